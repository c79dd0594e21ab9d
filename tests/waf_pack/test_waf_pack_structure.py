"""The same words in another place: level 1 refuses the attack, and lets the ordinary value pass.

Each pair differs in structure alone: which quote is open, what stands ahead of a name, whether a
line begins with a header. All texts were written for this project.
"""

import json

import pytest
from tests.inspect_suite.running import inspected
from tests.waf_pack.cases import FORM, arg, body
from tests.waf_pack.engines import pack


def said(text):
    """Return a form with a text, line breaks as browsers send them."""
    lines = text.replace("\n", "\r\n").encode()
    return body(b"text=" + b"".join(b"%%%02x" % each for each in lines), FORM)


def sent(value):
    return body(json.dumps(value).encode(), b"application/json")


def refused(sample):
    return inspected(pack(), *sample).verdict is not None


PAIRS = {
    "a quote that opens in the value": ("x' or 'a'='a", "Scope, such as 'PROFILE' or 'DOMAIN'"),
    "a marker of a package": (
        "3.14' and 'a' = 'a",
        "pyarrow; python_version < '3.14' and os == 'nt'",
    ),
    "double quotes in pairs": (
        'x" and "a" = "a',
        'mypy; implementation != "pypy" and extra == "test"',
    ),
    "a query in quotes of code": (
        "x'; select * from users where 1",
        'An example of use\n\nrows = run("SELECT * FROM shops")',
    ),
    "a quoted arrow": ("data'->'x'", 'The line is marked by "->".'),
    "a method of an object": ("localtime(1)", "as told by time.localtime(), in seconds"),
    "exec of a text": ("exec('xp_cmdshell')", "a call of shell.exec(command)"),
    "a network in a rule": ("http://0.0.0.0/admin", "0.0.0.0/0"),
    "an address in a log": ("http://127.0.0.1:6379/", "Running on http://127.0.0.1:5000/ now"),
    "a schema of repositories": ("gopher://x.example/_a", "git clone git://git.example/a.git"),
    "a shell in a sentence": (";/bin/sh -i", "The value must be valid /bin/sh syntax."),
    "a counted repetition": ("{ls,}", "[0-9]{12,}"),
    "a cast of C++": ("cat <(id)", "static_cast<Data*>(data);"),
    "a substitution of RST": ("x|python", "|Version| |Python| |License|"),
    "a loop of Windows with options": (
        'FOR /F "tokens=1,3 delims=," %%G IN (a.txt) DO @echo %%G',
        'for /f "a b" in the manual',
    ),
    "an environment that is read": ("getenv('HOME')", "ak = os.getenv('ak')"),
    "a variable of another language": ("$f($_GET[1])", '$lowercase($substringAfter(Id, "/"))'),
    "an assignment of another language": (
        "$a = `id`; echo $a;",
        "$protocol := $map ? $map : $low(P);",
    ),
    "a module that is only loaded": (
        "require('fs').readdirSync('.')",
        "const fs = require('node:fs');\nconst data = fs.name;",
    ),
    "a function that is only named": (
        "child_process.exec('id')",
        "the `child_process.spawn()` function",
    ),
    "the end of a program": ("process.kill(1)", "such as calling `process.exit()`"),
    "a prototype that is only named": (
        "Object.prototype.a = 1",
        "inherits from `Object.prototype`.",
    ),
    "a property of a request": (
        "${request.getParameter('a')}",
        "is ``${request.method} ${request.path}``",
    ),
    "a class of Ruby": ("File.read('/a')", "lines created from file.readlines() have ends"),
    "a pattern that is compiled": ("compile('1')", "name = re.compile('[a-z]+')"),
    "a template of C++": ("<object data=x>", "void Initialize(Local<Object> exports)"),
    "an image in an address": (
        "data:text/html;base64,PHNjcmlwdD5hbGVydA",
        "logo=data:image/png;base64,iVBORw0KGgoAAAANS",
    ),
    "a module by name": ("import('//x.example/a.js')", "const a = await import('node:https');"),
    "a function in a fence": ("print()", "an interface similar to `print()`, in colour"),
    "a place and no header": (
        "a\nLocation: //x.example/",
        "The fair\nLocation: Hall 3\nStatus: open\nLink: see below",
    ),
    "an export of a module": (
        "module.exports={a:1}",
        "module.exports = {\n  read: read,\n  write: write,\n  close: function (done) {\n    done()\n  }\n}",
    ),
    "a function of another language": (
        "x');setTimeout('a()',9)//",
        "def open(self):\n    self.link.settimeout(self.seconds)\n    return self.link",
    ),
    "a loop that ends": (
        "while(true){}",
        "for (;;) {\n    read(fd);\n}\nwhile (1) {\n    int n = next(fd);\n    if (n < 0)\n        break;\n}",
    ),
    "an environment with a name": (
        "process.env",
        "const home = dir ? dir : process.env.HOME\nconst lines = []",
    ),
    "a property of a class": (
        "Object.prototype.admin = 1",
        "Box.prototype.open = function (lid) {\n  return Object.assign({}, this.lids, lid)\n}",
    ),
    "a test for a prototype": (
        "__proto__[admin]",
        "if (name === '__proto__') {\n  continue\n}",
    ),
    "keys of an object": (
        "Dir.entries('/')",
        "for (const [a, b] of Object.entries(boxes)) put(a, b)",
    ),
    "a member of self": (
        "self['alert'](1)",
        'def put(self, at):\n    self["Name"] = at\n    self["Place"] = at',
    ),
    "a path of a type": (
        "x']/ancestor::node()",
        "impl Box {\n    fn new() -> Result<Self::Lid, self::Fault> {\n        Self::default()\n    }\n}",
    ),
    "a type with a tuple": ("diff <(id)", "fn pair(&self) -> Option<(Lid, Lid)> {\n    None\n}"),
    "a field that is compared": (
        "'; this.pass == 'a",
        "const lid = box.lid\nif (this.kind === lid.kind) shut()",
    ),
    "a folder of classes": ("Ljava/lang/Runtime;", "Passed: java/lang/Math/Rounding.java"),
    "a call of C": (
        "printf('a');",
        'int main(void)\n{\n    printf("%d lids", 3);\n    fclose(lids);\n    return 0;\n}',
    ),
    "an object of Perl": (
        "$a->b('id');",
        "use Lids;\nmy $lid = Lids->new;\nmy $box = $lid->open(3);\nprint $box->name;",
    ),
    "a name that databases share": (
        "1 and sha1(1)",
        "pub fn compress(lids: &mut [u8]) -> usize {\n    lids.len()\n}",
    ),
    "a script of tables": (
        "1; create table a (b int)",
        "-- Lids, and where they're kept.\nCREATE TABLE lids (id int, name text);\nCREATE INDEX by_name ON lids (name);",
    ),
    "a licence of a script": (
        "1/*!union*/",
        "a = 1;\n\n/*! A library of lids, MIT licence. */\nb = 2;",
    ),
    "two texts of a line": (
        "x'; --",
        "let kind = 'lid'\nconst open = kind == 'box' || kind == 'lid'\nlet shut = 'no';",
    ),
    "a word in a longer name": (
        "x' or a='b' --",
        'class Kind:\n    NEPTUNE = "neptune"\n    ORACLE_EE = "oracle-ee"\n    ORDER = "order"',
    ),
    "a module in a list": (
        "import os;os.getcwd()",
        "def lid():\n    import os, sys\n    os.unlink(sys.path)",
    ),
    "a method of all objects": (
        "().__getattribute__('__class__')",
        "def __getattribute__(self, name):\n    return tuple.__getattribute__(self, name)",
    ),
    "a module by a name in a variable": (
        "__import__('o'+'s')",
        "for name in names:\n    __import__(name)\n    home = os.environ['HOME']",
    ),
    "a file of a module": (
        "../../etc/group",
        "const { lids } = require('../../boxes/lids')\nconst open = require('../open')",
    ),
    "a file in prose": (
        "cat /etc/passwd",
        "The tool reads the file /etc/passwd, then /etc/group (and /etc/lids.conf) to find names.",
    ),
    "a file ahead of prose": (
        "/etc/lids.conf",
        "/etc/lids.conf - what the tool reads at its start",
    ),
    "a place of settings in a log": (
        "file:/root/.npmrc",
        "5 load:file:/root/.lids\n6 load took 3 ms\n7 logs are in /root/.lids/_logs",
    ),
    "a class of letters": ("/[b]in/id", "const ends = windows ? /[/]/ : /[^\\u0020-\\u007E]/"),
    "a badge": ("[![]+[]]", "# lids [![](https://x.example/a.svg)](https://x.example/)"),
    "a day in a log": (
        "Start-Process calc",
        "Start-Date: 2025-01-02 10:00\nEnd-Date: 2025-01-02 10:01",
    ),
    "a name of a command in quotes": (
        "'`id`'",
        "throw new Error('`npm prune` does not take more than one name.')",
    ),
    "a letter and no header": (
        "a@b.example\nBcc: c@d.example",
        "From: Ann\nTo: Ben\nSubject: tea\n\nquit\nHello",
    ),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_structure_tells_an_attack_from_a_text(pair):
    attack, ordinary = pair
    assert refused(said(attack))
    assert not refused(said(ordinary))


@pytest.mark.parametrize(
    "value",
    [
        {"location": {"name": "Berlin", "hash": "a1"}, "parent": {"name": "shop"}},
        {"top": {"location": "left"}, "frames": [{"url": "/a"}], "window": {"open": True}},
        {"process": {"env": "test"}, "module": {"exports": 1}, "os": {"environ": "x"}},
        {"properties": {"LocalStorage": {"type": "string"}}},
    ],
)
def test_names_of_objects_in_json_are_no_code(value):
    assert not refused(sent(value))


def test_values_and_odd_names_of_json_are_judged_as_ever():
    assert refused(sent({"name": "document.cookie"}))
    assert refused(sent({"x'];document.cookie//": 1}))
    assert refused(arg(b"document.cookie"))


@pytest.mark.parametrize(
    "attack",
    [
        "foo' union all select password from users",
        "foo') union all select null --",
        'foo") union all select name from users',
    ],
)
@pytest.mark.parametrize(
    "ahead", ["", "I like the tea, my dear friends. ", "A short title of this\n\n"]
)
def test_a_sentence_ahead_hides_no_attack(ahead, attack):
    """The quote that the attack ends was never opened, so the value is no prose."""
    assert refused(said(ahead + attack))


def test_prose_has_its_quotes_in_pairs():
    assert not refused(
        said("The union will 'select all' delegates (of the town) from every region.")
    )
