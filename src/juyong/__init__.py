"""juyong: the Alibaba Cloud security stack as open software you run yourself."""

__version__ = "0.1.0"
