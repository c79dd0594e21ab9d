"""The servers behind the proxy: addresses that may be dialled, connections, health, choice."""
