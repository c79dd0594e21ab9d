"""The form of a source identity, one rule for every way a role is assumed."""

import re

_FORM = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}", re.ASCII)
_RESERVED = ("acs:", "aliyun:", "alibabacloud:")


def is_source_identity(text: str) -> bool:
    """Tell whether `text` may be a source identity: 2-64 characters, no reserved prefix.

    Source: STS API reference, AssumeRole, SourceIdentity (documented).
    """
    return _FORM.fullmatch(text) is not None and not text.lower().startswith(_RESERVED)
