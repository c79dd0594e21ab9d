"""The generated pages of the reference, a module a page."""
