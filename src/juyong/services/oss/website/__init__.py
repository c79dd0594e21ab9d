"""Static web sites: what a browser is shown of a bucket in the place of lists and errors."""
