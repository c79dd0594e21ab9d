"""The log engine that the settings choose."""
