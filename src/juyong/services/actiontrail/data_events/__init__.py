"""Data events: which calls on data a trail selects, how the calls are kept, and their delivery."""
