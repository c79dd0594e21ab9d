"""Simple Log Service: projects, logstores and what belongs to them."""
