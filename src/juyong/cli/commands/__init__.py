"""The house's own commands: a module a subject. Products' are in services/<product>/commands.py."""
