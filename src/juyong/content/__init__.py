"""The content that juyong ships: policies, checks, rules."""
