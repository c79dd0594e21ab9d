"""Access logs: a line for each request to a bucket, and each hour's lines as objects of another."""
