"""Flow logs: records of what passed interfaces, written into logstores of their owners."""
