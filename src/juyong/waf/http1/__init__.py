"""HTTP/1.1 read strictly and written anew, in both directions; pure.

Two parsers that read one message differently are how requests are smuggled past a WAF. So a
message that any parser might read differently is refused, and a message that passes is written
anew from its parts: the bytes that were inspected are the bytes that are sent.

    heads.py     heads of requests and responses
    lines.py     lines of headers, and what each becomes
    reading.py   heads read by the native core, where that is installed
    bodies.py    where a body ends
    writing.py   heads as they leave
"""
