"""Advanced query templates: questions over the logstores of trails, kept by name."""
