"""The protocol of OSS: signatures, requests, answers."""
