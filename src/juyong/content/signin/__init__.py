"""The sign-in page: HTML, script and style, served as they stand."""
