"""The data plane of SLS: logs come in, and consumers read them."""
