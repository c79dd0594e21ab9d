"""House rules that no published linter knows; each is a function over one parsed module."""
