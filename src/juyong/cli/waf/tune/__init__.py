"""Exclusions for false positives: found, proved by judging again, and written as SecLang."""
