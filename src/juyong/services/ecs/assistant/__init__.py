"""Cloud Assistant: commands that calls run in instances."""
