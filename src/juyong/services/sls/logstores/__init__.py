"""Logstores and their shards."""
