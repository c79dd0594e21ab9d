"""The WAF of the platform's home: the sites that it protects, as domains."""
