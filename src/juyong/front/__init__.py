"""The listening side: the local CA, TLS, HTTP and the forward proxy, all on one port."""
