"""What juyong ships: policies, checks, rules."""
