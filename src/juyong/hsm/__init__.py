"""Keys inside a PKCS#11 token: made there, used there, never out of it.

`port.Hsm` is what the rest sees; `open.open_token` gives one over a token, `open.open_process` the
development fallback. `token` needs `juyong[hsm]` and is imported only when a token is opened.
"""
