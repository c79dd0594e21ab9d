"""The older version of SLS, which opens the service; see services.sls."""
