"""The files of blobs in a bucket of another store: what it is asked, and by which client."""
