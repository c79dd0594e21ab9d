"""Commands of juyong itself, a module a subject; products have services/<product>/commands.py."""
