"""HTTP/2 to clients: libnghttp2 reads frames and windows; each stream is an exchange of its own.

- `heads`: pseudo-headers to the head of a request, by the one grammar of `waf/http1`.
- `budgets`: how many frames a client may have the proxy answer.
- `stream`: the client's side of one exchange.
- `sending`: the frames on their way out.
- `connection`: the protocol of a connection.

Source: RFC 9113, RFC 7541 (documented).
"""
