"""The location service: where a product answers in a region."""
