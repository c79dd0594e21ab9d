"""Object Storage Service: buckets and objects, over OSS's own protocol."""
