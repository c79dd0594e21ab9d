"""Transformations: pure functions from bytes to bytes, by their names in lower case.

Each returns the very object that it was given when nothing changes, raises nothing, and takes time
linear in the length of the value.

Source: the reference manual of ModSecurity 2.9 and 3, transformation functions (documented);
what libmodsecurity 3 and Coraza 3 do where the manual is silent (observed).
"""

from collections.abc import Callable, Mapping

from juyong.engines.inspect.transforms.binary import (
    base64_decode,
    base64_decode_ext,
    base64_encode,
    hex_decode,
    hex_encode,
    length,
    md5,
    parity_even,
    parity_odd,
    parity_zero,
    sha1,
    sql_hex_decode,
)
from juyong.engines.inspect.transforms.comments import (
    remove_comments,
    remove_comments_char,
    replace_comments,
)
from juyong.engines.inspect.transforms.escapes import (
    css_decode,
    escape_seq_decode,
    html_entity_decode,
    js_decode,
)
from juyong.engines.inspect.transforms.paths import normalize_path, normalize_path_win
from juyong.engines.inspect.transforms.spaces import (
    cmd_line,
    compress_whitespace,
    lowercase,
    remove_nulls,
    remove_whitespace,
    replace_nulls,
    trim,
    trim_left,
    trim_right,
    uppercase,
)
from juyong.engines.inspect.transforms.urls import (
    url_decode,
    url_decode_uni,
    url_encode,
    utf8_to_unicode,
)

Transform = Callable[[bytes], bytes]

TRANSFORMS: Mapping[str, Transform] = {
    "base64decode": base64_decode,
    "base64decodeext": base64_decode_ext,
    "base64encode": base64_encode,
    "cmdline": cmd_line,
    "compresswhitespace": compress_whitespace,
    "cssdecode": css_decode,
    "escapeseqdecode": escape_seq_decode,
    "hexdecode": hex_decode,
    "hexencode": hex_encode,
    "htmlentitydecode": html_entity_decode,
    "jsdecode": js_decode,
    "length": length,
    "lowercase": lowercase,
    "md5": md5,
    "normalisepath": normalize_path,
    "normalisepathwin": normalize_path_win,
    "normalizepath": normalize_path,
    "normalizepathwin": normalize_path_win,
    "parityeven7bit": parity_even,
    "parityodd7bit": parity_odd,
    "parityzero7bit": parity_zero,
    "removecomments": remove_comments,
    "removecommentschar": remove_comments_char,
    "removenulls": remove_nulls,
    "removewhitespace": remove_whitespace,
    "replacecomments": replace_comments,
    "replacenulls": replace_nulls,
    "sha1": sha1,
    "sqlhexdecode": sql_hex_decode,
    "trim": trim,
    "trimleft": trim_left,
    "trimright": trim_right,
    "uppercase": uppercase,
    "urldecode": url_decode,
    "urldecodeuni": url_decode_uni,
    "urlencode": url_encode,
    "utf8tounicode": utf8_to_unicode,
}
