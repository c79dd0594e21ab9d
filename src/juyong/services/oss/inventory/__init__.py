"""Bucket inventories: the objects of a bucket, listed into another bucket by day or week."""
