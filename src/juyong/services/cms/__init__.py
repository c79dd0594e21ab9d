"""CloudMonitor: metrics, alarm rules, contacts and events."""
