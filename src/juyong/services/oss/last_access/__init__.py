"""The last access of objects: switched on for a bucket, noted by reads, and shown."""
