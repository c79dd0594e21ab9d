"""How HTTP/2 begins; apart from the session, so that a site without HTTP/2 imports no library."""

from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
