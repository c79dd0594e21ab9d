"""Pure domains: no store, network, clock, environment or log."""
