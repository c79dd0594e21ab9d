"""Words of SQL dialects, by the class of token that they make."""

from collections.abc import Mapping

_CLASSES = {
    "1": "null true false",
    "&": "and or xor",
    "!": "not binary",
    "L": "like rlike ilike regexp glob similar sounds",
    "i": "in is",
    "M": "between",
    "o": "div mod",
    "U": "union except intersect",
    "A": "all distinct distinctrow top",
    "S": "select",
    "F": "from",
    "W": "where",
    "H": "having",
    "q": "order group",
    "b": "by",
    "Y": "limit offset",
    "I": "into",
    "E": "set",
    "B": "waitfor",
    "c": "case",
    "w": "when",
    "z": "add identified cascade modify values",
    "T": (
        "table database view index user procedure function trigger schema role login column"
        " tablespace sequence outfile dumpfile delay time proc"
    ),
    "D": (
        "insert update delete drop create alter truncate exec execute declare grant revoke shutdown"
        " merge replace load handler call rename backup restore begin commit rollback copy vacuum"
        " attach detach use kill show describe explain lock do prepare deallocate dbcc bulk"
        " reconfigure"
    ),
}

WORDS: Mapping[bytes, str] = {
    word.encode(): letter for letter, words in _CLASSES.items() for word in words.split()
}
"""Classes of words in lower case; a word that is not here is an identifier."""

CALLABLE = frozenset("TDLAqoz")
"""Classes that are function names where a parenthesis follows, as user() and replace()."""

SYSTEM = (b"xp_", b"sp_")
"""Beginnings of stored procedures of the system, which need no parentheses."""

STRONG_BEGINNINGS = (b"dbms_", b"utl_", b"pg_sleep", b"pg_read", b"pg_ls", b"lo_im", b"lo_ex")
STRONG = frozenset(
    b"""
    benchmark ctxsys.drithsx.sn dbms_pipe.receive_message extractvalue gtid_subset gtid_subtract
    httpuritype load_extension load_file master_pos_wait opendatasource openquery openrowset
    query_to_xml randomblob sleep sys_eval sys_exec sysdate updatexml xmltype zeroblob
    is_srvrolemember fn_xe_file_target_read_file dblink
    """.split()
)
"""Functions that do harm by themselves, and are seldom called elsewhere."""
KNOWN = frozenset(
    b"""
    aes_decrypt aes_encrypt ascii bin_to_uuid char char_length charset chr coercibility compress
    concat concat_ws connection_id conv convert current_setting current_user database db_name
    elt exp_decode export_set extract field find_in_set from_base64 group_concat has_dbaccess
    hex host_name if ifnull iif instr is_member isnull json_keys lcase left length load lower
    lpad ltrim make_set md5 mid name_const nchar nullif nvl object_id ord pg_typeof quote
    rawtohex reverse row_count schema session_user sha sha1 soundex sqlite_version strcmp
    string_agg substr substring suser_name suser_sname system_user to_base64 to_char ucase unhex
    unicode upper user user_name utl_raw.cast_to_varchar2 uuid version
    """.split()
)
"""Functions of SQL on texts and on the server itself, as injections use them to read."""
