"""EIPs: allocated, bound, shown and released."""
