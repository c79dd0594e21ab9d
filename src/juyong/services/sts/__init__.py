"""STS: temporary credentials for roles."""
