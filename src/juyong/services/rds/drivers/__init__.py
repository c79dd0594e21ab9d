"""One module an engine; each imports its driver and is loaded at first use (targets.driver_of)."""
