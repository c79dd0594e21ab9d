"""juyong: the Alibaba Cloud security stack as open software you run yourself."""
