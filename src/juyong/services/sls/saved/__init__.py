"""Documents of a project that are kept as they are sent: saved searches and dashboards."""
