"""Exports: jobs that write the logs of a logstore into a bucket of OSS, as roles of the account."""
