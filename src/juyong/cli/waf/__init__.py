"""The work of the commands `juyong waf`."""
