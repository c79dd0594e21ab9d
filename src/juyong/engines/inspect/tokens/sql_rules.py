r"""Rules over fingerprints of SQL: the fragments of grammar that change a query.

Each rule is a regular expression over the letters of sql.py, in which `<…>` stands for a part.
RULES hold in every context, STANDING for a value that stands as it is, LEAVING for a value that
leaves a string: there the first letter is the string that it leaves.

Prose has words next to words; a query has operators between operands. So a word alone is no
evidence, and rules that words could satisfy ask for a number, a string, a variable, a call or a
comment as well.
"""

from collections.abc import Mapping

from juyong.engines.inspect.patterns import compile_pattern

_PARTS = {
    # What may stand before an operand, and after one.
    "(": "[!(+]*",
    ")": "[)]*",
    # An operand of one token; one that no prose has.
    "X": "<(>[1stenvT]<)>",
    "K": "<(>[1stev]<)>",
    # A number, but not the second one of a comparison of two: `5 > 3 and 2 < 4` is mathematics.
    "N": "(?:^|[^=]|[^1]=)1",
    # The names of functions; of those of SQL; the parenthesis.
    "G": "<(>[fgk][(]",
    "F": "<(>[fk][(]",
    # A comparison by a word; a comment that ends the value.
    "L": "!?L+<(>",
    "C": "[-#]",
    # A list after SELECT that no prose has.
    "LIST": (
        "A*[(]*(?:[+](?:F|,|$)|[+!]*v|[+!]*[1s]<)>(?:[,F;#=+|&-]|$)|[+!]*[fgk][(]|[nT],[1svnTfgk]"
        "|[nT]F[nx][;#,-])"
    ),
    # The string that a value leaves, closing parentheses, and complete operations after it.
    "Q": "^[ste]+<)>(?:[+=|]<X>)*",
    # The arguments of a call that no prose has; the end of a statement.
    "ARGS": "(?:[)]|<K>(?:[,=+|)]|$)|<(>[fgkcS][(]?|[(]*S|n[=+|(.,])",
    "END": "(?:$|[WYO;]|<C>)",
    "STATEMENT": (
        "(?:DA*TA*!?(?:[gfk][(]|[nx](?:<END>|[z(]))|DI[nxg]|D[nT]*F[nx]<END>|D[nTx]+E[nT]=|D+n?x"
        "|x[sv1(n]|D+v|Ev|DD*[fg][(]|D+n?s|D[nT]*[ste]?-|D#|S<LIST>|S[nT]F[nx]<END>|BT"
        "|[fk][(]<ARGS>|n<X>=<X>D|D[nTz]+s)"
    ),
}


def spelled(rule: str) -> str:
    """Put the parts into a rule."""
    while "<" in rule:
        for name, part in _PARTS.items():
            rule = rule.replace(f"<{name}>", part)
    return rule


RULES: Mapping[str, str] = {
    "union": "U[(]*A?[(]*S(?:<LIST>|[nT]F[nx])|[1sv)]U[(]*A?[(]*S|1UA(?:[^n]|$)",
    "subquery": (
        "[=+|&,!Lig(U][(]+S(?:<LIST>|A?1?[nT]F[nx])|[(]+S(?:A*[+]F|<G>|<K>[,F]|A*[nT],[1svnfgk])"
        "|[(]+S[^;F]*F[nxg](?:Y1|W[^n]|W<X>[=L])|[(]S[nT]+[(][^)]*[)]+F[nxgT]"
    ),
    "whole query": (
        "S<F>|S[stev]F|Sv|S<K>F[nx](?:[WY;]|<C>)|S<LIST>[^;]*F[nxgT]|DI[nxg]+[(](?:.*[(])?<K>|DI[nx]S"
        "|D[nT]*F[nx]W<X>[=L]|D[nTx]+E[nT]=|DD*x|S[+]F[nx]|^<(>x[(1s]|1[)]+F[nx]W<X>[=L]"
    ),
    "wait": "BT[st1v]",
    "out": "I[T][st1v(g]|[1sv]IT[gk]",
    "analyse": "[1sv)nT]Tg[(]",
    "strong call": ("(?:^|[=+|&,(;!ASiO])f[(]<ARGS>|^<(>k[(]+<(>[fkv]|[1sv)][+|=]<F>"),
    "constant comparison": (
        "(?:<N>|[svn)])[&|]<K>(?:[+]<K>)*=<K>|[1svn)][&|]<K><L>[1sv]|[1svnT)][&|]<F>"
        "|[1sv)][&|]<K>!?i[(]+[1sv]|[&|]<K>!?M<K>&<K>|^[&|](?:<K>=|<F>)"
    ),
    "case": "[=+|&,(!]<(>c[^;]?<)>w<X>[=L]|[1sv)]<)>[&|]<(>c[^w;]*w|c[1s]w[1s]|cw<(>[1s]<)>n[1s]",
    "having": "H[(]+[1sv][&|)]",
    "stacked": ";[(;]*<STATEMENT>",
}

STANDING: Mapping[str, str] = {
    "logic after a number": (
        "(?:^|[^1]=|[+,(]|^[+].*)<(>[1v]<)>[&|]"
        "(?:<X>=|<X><L>[1svg]|<(>g[(](?:[^n]|n[^)])|<G>?[(]*S|<X>!?i!?[(1]|<K>[OH])"
        "|^<(>1<)>(?:[&|]<(>[1v]<)>)+<C>|^<(>1<)>[|]<(>1<)>$"
    ),
    "order after a number": (
        "^(?:[+].*)?<(>[1v]<)>(?:,[1v])*(?:O<(>(?:1|[gk][(])|O[^;]*-$|H<X>[=L]|Y1,1|<L>[(]+S)"
    ),
    "union after a number": "^[(]*[+]+1<)>(?:[+]1)*U(?:$|<C>)|^<(>1(?:[+]1)+U$|^<(>1(?:[+]1)*U-",
    "comment after a number": "^<(>[1v]<)>(?:[+]<(>[1v]<)>)*;*-$|^[(]+[1sv](?:[+&|][1sv])*[)]+-$",
}

LEAVING: Mapping[str, str] = {
    "comment": "<Q>;*-",
    "comparison": (
        "<Q>[&|]<(>(?:[1stenvT]<)>[+]<(>)*(?:[1stenvT]<)>=|[1sv]<)>!?[LMi]|[nT]<)>!?[LMi]<(>[1sv])"
    ),
    "constant": "<Q>[&|]<(>(?:[1v]|[fgk][(].*[)])<)>[-#;OHY]",
    "operation": "^[ste]+<)>(?:[=+|&LMio]+<X>)+-|^[ste]+<)>(?:[=+|&LMio]+<(>[1sv]<)>)+<C>",
    "reopened": (
        "<Q>(?:[&|]<(>[se]<)>)+$|^[se][=+|]<(>[se]$|^s!?[LMio]+[+]*[se]$"
        "|^[ste]<)>(?:[=+|]<(>[se]<)>)(?:[=+|]<(>[se]<)>)+$"
        "|^[ste]+<)>!?[=+|&LMio][^;]*[n1vTfgk)][^;]*[+=|L&]<(>[se]$"
    ),
    "call": "<Q>[&|L=]?<(>f[(]|<Q>[&|L=]<(>g[(](?:[^;]*[=Li]|[^n]|n[^)])|<Q>[&|L=+o]<F>",
    "select": "<Q>[&|=+Lo]?<G>?[(]*S(?:[(]|<LIST>|nF)",
    "union after a string": "<Q>[;]?U[(]*A?[(]*S",
    "clause": "<Q>(?:O<(>1|O<X>(?:,<X>)*<C>|(?:O[nT])?H<X>[=L]|W<X>[=L]|Y1|IT|Tg[(])",
    "list": "<Q>!?(?:i[(]+[1sv]|i!?1(?:[&|;]|<C>)|M<K>&)",
    "blocking": "<Q>;*B",
    "stacked after a string": "<Q>;[;(]*(?:<STATEMENT>|Dn<C>)|<Q>Dv",
}


def _joined(*rules: Mapping[str, str]) -> bytes:
    return "|".join(f"(?:{spelled(each)})" for named in rules for each in named.values()).encode()


BARE = _joined(RULES, STANDING)
QUOTED = _joined(RULES, LEAVING)
"""Texts: where the core reads values, no pattern is made of these here."""


HEADS = frozenset("-#;=+|&!LMioUSqHWYITBDfgk")
"""Tokens after the string that is left (and after parentheses) with which a rule of LEAVING goes
on; q is the word order or group."""

SIGNS = (
    rb"""(?i)union|select|insert|update|delete|exec|waitfor|into[\x00-\x20\xa0]|case|having|xp_|sp_"""
    rb"""|analyse|\|\||&&|--|/\*|\#|[\w$]\("""
    rb"""|[0-9)][\x00-\x20\xa0]*(?:from|order|group|limit|r?like|and|x?or|[&|])"""
    rb"""|(?:and|x?or)[\x00-\x20\xa0(!+~-]*(?:[0-9'"@.$]|not|binary)"""
    rb"""|(?:sleep|benchmark|updatexml|extractvalue|load_file)[\x00-\x20\xa0]"""
    rb"""|;[\x00-\x20\xa0(;]*(?:drop|create|alter|truncate|declare|grant|revoke|shutdown|merge|replace"""
    rb"""|load|handler|call|rename|backup|restore|begin|commit|rollback|copy|vacuum|attach|detach"""
    rb"""|use|kill|show|describe|explain|lock|do|prepare|deallocate|dbcc|bulk|reconfigure|set|if)"""
)
"""A value without any of these is not read as it stands."""


def rules_of(fingerprint: bytes, *, quoted: bool) -> list[str]:
    """Return the names of the rules that match a fingerprint, for people."""
    rules = {**RULES, **(LEAVING if quoted else STANDING)}
    return [
        name
        for name, rule in rules.items()
        if compile_pattern(spelled(rule).encode()).span(fingerprint)
    ]
