"""The WAF: a proxy before a site that judges each request by the rules of `engines.inspect`.

Knows no service and no store, so that `juyong waf protect` runs without a platform.
"""
