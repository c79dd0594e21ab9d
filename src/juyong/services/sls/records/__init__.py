"""Resources of an account and their records, such as policies of alerts."""
