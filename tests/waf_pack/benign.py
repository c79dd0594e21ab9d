"""Requests of ordinary sites, made by this file: prose in ten languages, code, APIs, uploads.

Each kind is a template and lists of words; a seeded generator mixes them, so that two runs see the
same requests. All text was written for this project; names and addresses are of no real person.
"""

import json
import random
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus, urlencode

from juyong.engines.inspect.http import Peer, Request

Made = tuple[str, Request, bytes]
"""The kind, the request and its body."""

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.60(0x18003c2a) NetType/WIFI Language/zh_CN",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "Take a left (1 mile) after the bridge; the house is on the right.",
        "This is not funny, and I would like to select another date from the calendar.",
        "The union will select delegates from every town where members live.",
        "It's 5 o'clock -- or six, if you ask my brother's wife.",
        "Please drop the table at our place, and update me when you are there.",
        "I can't find the cat; time flies and the dog sleeps on the mat & rug.",
        "Prices go from $5 to $12 (plus tax); 50% off on Mondays!",
        "She said \"or else\", and he said 'and so what?' -- nothing more.",
        "How do I insert a row into a spreadsheet, or delete from the list?",
        "My script for the school play: Romeo enters, alert and calm.",
        "Order by 5 pm, having paid in advance, and we ship within 24 hours.",
        "What if one is more than two? Then x < y or y < x; think about it.",
        "The group by the window ordered tea; the group by the door, coffee.",
        "Don't use the word 'null' for nothing; it's neither true nor false.",
        "Our system executes 300 orders a day (see the annual report, page 12).",
        "Rock 'n' roll, drum & bass, and a bit of jazz / blues.",
        "Version 2.0 of the manual: print it, copy it, share it with friends.",
        "We moved from Bash Street to Perl Lane; call me at home (evenings).",
    ),
    "de": (
        "Könnten Sie mir bitte die Führung> am Samstag um 10 Uhr bestätigen?",
        "Der Preis beträgt 12,50 € (inkl. MwSt.); Versand: 4,90 €.",
        "Ich hab's nicht gewusst, oder doch? Die Tür war's, und der Schlüssel fehlt.",
        'Wählen Sie "Datei > Öffnen" und dann die Tabelle aus.',
        "Größe 42 & Farbe blau, bitte; zahlbar binnen 14 Tagen.",
    ),
    "fr": (
        "L'été dernier, j'ai visité l'abbaye d'Aiguebelle; c'était magnifique!",
        "Qu'est-ce que c'est? Aujourd'hui, l'union fait la force.",
        "Le prix est de 25 € (TVA comprise) -- livraison offerte dès 50 €.",
        "Sélectionner l'article « Table basse » dans le menu déroulant.",
    ),
    "es": (
        "¿Dónde está la biblioteca? Está a la izquierda (a 200 m).",
        "El niño dijo: «¡Qué alegría!», y salió corriendo -- sin más.",
        "Quiero cambiar la fecha de mi reserva del 5 al 8 de mayo; gracias.",
    ),
    "ru": (
        "Привет! Как дела? Я хочу заказать столик на двоих (в 19:00).",
        "Цена — 1500 ₽; доставка бесплатно, если заказ > 3000 ₽.",
        "Он сказал: «Выбери одно из двух» -- и ушёл.",
    ),
    "ar": (
        "د.. نعم، هذا هو العنوان الصحيح؛ شكرًا جزيلاً!",
        "هل يمكنني تغيير موعد الحجز إلى يوم الخميس (مساءً)؟",
        "السعر ٢٥ دولارًا -- والتوصيل مجاني.",
    ),
    "zh": (
        "你好，请问这件商品（蓝色）什么时候发货？谢谢！",
        "价格：￥128；满￥200减￥30，限时优惠50%。",
        "选择“文件 > 打开”，然后从表中选择一行；或者删除。",
        "我家的地址是：北京市海淀区中关村大街1号院3号楼2单元501室。",
    ),
    "ja": (
        "こんにちは。予約を５月８日（木）に変更できますか？",
        "送料は５００円です；３０００円以上で無料！",
        "「はい」または「いいえ」を選択してください。",
    ),
    "bn": (
        "আমি আগামীকাল দুপুরে আসব; দয়া করে টেবিলটি রাখুন।",
        "দাম ৫০০ টাকা (ডেলিভারি সহ) -- ধন্যবাদ!",
    ),
    "hi": (
        "नमस्ते! क्या यह दुकान रविवार को (सुबह 10 बजे) खुली रहती है?",
        "कीमत ₹499 है; ₹1000 से ऊपर डिलीवरी मुफ़्त।",
    ),
}
NAMES = (
    *(
        "Anna O'Hara",
        "Jean-Luc D'Arcy",
        "José Núñez",
        "Müller & Söhne GmbH",
        "李小龙",
        "Мария Иванова",
    ),
    *("Null, Peter", "Sean O'Neil-Smith", "N'Golo K.", "Dr. Select (Ret.)", "Björk Guðmundsdóttir"),
    *(
        'Tim "The Man" Drop',
        "Grant Truncate",
        "Alter, Robert",
        "Chr. Union Jr.",
        "X Æ A-12",
        "Łukasz",
    ),
)
STREETS = (
    *("12 Bin Street, Apt. #4", "5/7 King's Road", "Rue de l'Union 3", "Straße des 17. Juni 135"),
    *(
        "Flat 2, 9 Etc Lane (rear)",
        "ул. Ленина, д. 5, кв. 7",
        "P.O. Box 1=2, Old Town",
        "中山路 88 号",
    ),
)
SEARCHES = (
    *(
        "50% off",
        "91.4%",
        "c++ tutorial",
        "how to drop a table in sql",
        "select from where",
        "cat & dog food",
    ),
    *(
        "price < 100 and size > 40",
        "o'reilly books",
        '"exact phrase" or similar',
        "javascript: the good parts",
    ),
    *(
        "what is /etc used for",
        "union jack flag",
        "rock 'n' roll -- best of",
        "https://shop.example/item?id=5",
    ),
    *(
        "fish;chips",
        "a|b test",
        "AT&T phones",
        "tcp/ip basics",
        'size 10.5"',
        "1=1 meaning",
        "C# or Java?",
    ),
    *(
        "php mysql forum",
        "who am i",
        "ping pong table",
        "windows 11 cmd key",
        "sleep mask (2 pack)",
        "echo dot",
    ),
    *(
        "node.js express",
        "python list sort",
        "curl hair",
        "find my order",
        "top 10 or top 20",
        "set of 4 mugs",
    ),
)
SNIPPETS = (
    "def add(a, b):\n    return a + b\n\nprint(add(1, 2))",
    "for (let i = 0; i < 10; i++) {\n  total += items[i].price;\n}",
    "SELECT name, price\nFROM products\nWHERE price < 100\nORDER BY name;",
    '<div class="card">\n  <h2>Title</h2>\n  <p>Some text & more</p>\n</div>',
    'git commit -m "fix: off by one" && git push origin main',
    "if x == 1:\n    y = [n for n in range(5) if n % 2]\n",
    "public static int max(int a, int b) { return a > b ? a : b; }",
    '#include <stdio.h>\nint main(void) { puts("hi"); return 0; }',
    "body { margin: 0; color: #333; }\na:hover { color: red; }",
    "| Name | Price |\n|------|-------|\n| Tea  | $3    |\n\n* one\n* two `code`\n",
)
PATHS = (
    *(
        "/",
        "/products/42",
        "/de/produkte/t-shirts?farbe=blau&groesse=xl",
        "/api/v1/users/7/orders?page=2&sort=-date",
    ),
    *(
        "/static/js/app.3f2a1b.js",
        "/images/logo@2x.png",
        "/blog/2025/07/it-s-a-new-day",
        "/a/b/c/..d/e",
    ),
    *(
        "/search?utm_source=mail&utm_campaign=summer%2025",
        "/wiki/C%2B%2B_(programming)",
        "/%E4%BA%A7%E5%93%81/1",
    ),
    *(
        "/login?next=%2Faccount%2Forders%3Fid%3D5",
        "/cart;v=1?add=3",
        "/feed.xml",
        "/favicon.ico",
        "/robots.txt",
    ),
    *(
        "/oauth/callback?code=4%2F0AbC-dEf_gH&state=xyz&scope=email+profile",
        "/map?ll=52.5200,13.4050&z=12",
    ),
    *(
        "/download/report%20(final).pdf",
        "/tags/rock%20%26%20roll",
        "/t/%23fun",
        "/.well-known/security.txt",
    ),
)
COOKIES = (
    "sid=5f2c9a7e1b; theme=dark",
    "_ga=GA1.1.1234567890.1751700000; _gid=GA1.1.99.1751700001; consent=%7B%22ads%22%3Afalse%2C%22v%22%3A2%7D",
    "session=eyJ1c2VyIjo3LCJleHAiOjE3NTE3MDB9.aBcDeFgHiJkLmNoP; csrftoken=Zk3lQ9xT; lang=zh_CN",
    "cart=%5B%7B%22id%22%3A7%2C%22qty%22%3A2%7D%5D; seen=1,2,3|4,5; tz=Europe%2FBerlin",
    "prefs=a:1|b:2|c:hello%20world; last=/products/42?x=1",
)


class Builder:
    """Makes requests of each kind, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin anew."""
        self.random = random.Random(seed)  # noqa: S311  # repeatable samples, no secrets
        self._count = 0

    def requests(self, count: int) -> Iterator[Made]:
        """Yield requests, all kinds in turn."""
        kinds: list[tuple[str, Callable[[], tuple[Request, bytes]]]] = [
            ("page", self._page),
            ("search", self._search),
            *((f"prose-{language}", self._prose(language)) for language in SENTENCES),
            ("profile", self._profile),
            ("json", self._json),
            ("code", self._code),
            ("upload", self._upload),
            ("xml", self._xml),
            ("rich-text", self._rich_text),
            ("text", self._text),
        ]
        for at in range(count):
            kind, make = kinds[at % len(kinds)]
            yield (kind, *make())

    def posted(self, text: str, at: int) -> tuple[Request, bytes]:
        """Return a request that a person makes with a text; at: Chooses the form."""
        name = self.random.choice(NAMES)
        if at % 8 == 7:
            return self._request("GET", "/ask?" + urlencode({"q": text[:200]}, errors="replace"))
        match at % 4:
            case 0:
                return self._form("/comments", {"name": name, "text": text, "post": "17"})
            case 1:
                return self.sent_as_json(json.dumps({"author": name, "body": text, "tags": ["a"]}))
            case 2:
                fields = {"title": "A question", "body": text, "name": name}
                return self._parts("/posts", list(fields.items()))
            case _:
                return self._request(
                    "POST", "/notes", text.encode(errors="replace"), "text/plain; charset=utf-8"
                )

    def sent_as_json(self, text: str) -> tuple[Request, bytes]:
        """Return a call of an API with a body in JSON."""
        return self._request("POST", "/api/v2/notes", text.encode(), "application/json")

    def query(self, fields: dict[str, str]) -> tuple[Request, bytes]:
        """Return a call with its parameters in the target."""
        return self._request("GET", "/?" + urlencode(fields, errors="replace"))

    def form(self, target: str, fields: dict[str, str]) -> tuple[Request, bytes]:
        """Return a form that is posted."""
        return self._form(target, fields)

    def file(self, name: str, content: bytes) -> tuple[Request, bytes]:
        """Return an upload of a file."""
        kind = "Content-Type: application/octet-stream"
        return self._files(
            [(f'name="file"; filename="{name}"\r\n{kind}', content)], self._boundary()
        )

    def _parts(self, target: str, fields: list[tuple[str, str]]) -> tuple[Request, bytes]:
        boundary = self._boundary()
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields
        ]
        body = "".join((*parts, f"--{boundary}--\r\n")).encode(errors="replace")
        return self._request("POST", target, body, f"multipart/form-data; boundary={boundary}")

    def _request(
        self, method: str, target: str, body: bytes = b"", kind: str = ""
    ) -> tuple[Request, bytes]:
        pick = self.random.choice
        self._count += 1
        headers = [
            ("Host", pick(("shop.example", "www.example.com:8080", "xn--bcher-kva.example"))),
            ("User-Agent", pick(AGENTS)),
            (
                "Accept",
                pick(
                    ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "application/json", "*/*")
                ),
            ),
            ("Accept-Language", pick(("en-GB,en;q=0.9", "zh-CN,zh;q=0.9", "de", "ar,en;q=0.5"))),
            ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ("Cookie", pick(COOKIES)),
        ]
        if pick((True, False)):
            headers.append(("Referer", f"https://shop.example{pick(PATHS)}"))
        if body or method != "GET":
            headers.append(("Content-Length", str(len(body))))
        if kind:
            headers.append(("Content-Type", kind))
        if method != "GET":
            headers.append(("Origin", "https://shop.example"))
        made = Request(
            method=method.encode(),
            target=target.encode(),
            version=pick(("HTTP/1.1", "HTTP/2.0")),
            headers=tuple((name.encode(), value.encode()) for name, value in headers),
            client=Peer(address="192.0.2.7", port=4711),
            server=Peer(address="192.0.2.1", port=443),
            unique=f"benign-{self._count}",
        )
        return made, body

    def _form(self, target: str, fields: dict[str, str]) -> tuple[Request, bytes]:
        body = urlencode(fields, quote_via=self.random.choice((quote, quote_plus))).encode()
        return self._request("POST", target, body, "application/x-www-form-urlencoded")

    def _sentences(self, language: str, count: int) -> str:
        return " ".join(self.random.choice(SENTENCES[language]) for _ in range(count))

    def _any_prose(self, count: int) -> str:
        return self._sentences(self.random.choice(tuple(SENTENCES)), count)

    def _page(self) -> tuple[Request, bytes]:
        return self._request("GET", self.random.choice(PATHS))

    def _search(self) -> tuple[Request, bytes]:
        words = self.random.choice(SEARCHES)
        more = {
            "page": str(self.random.randrange(9)),
            "sort": self.random.choice(("price", "-date")),
        }
        return self._request("GET", "/search?" + urlencode({"q": words, **more}))

    def _prose(self, language: str) -> Callable[[], tuple[Request, bytes]]:
        def make() -> tuple[Request, bytes]:
            text = self._sentences(language, self.random.randrange(1, 6))
            name = self.random.choice(NAMES)
            if self.random.random() < 0.2:
                return self._request("GET", "/ask?" + urlencode({"q": text}))
            return self._form(
                "/comments", {"name": name, "text": text, "post": "17", "mail": "a.b+c@d.example"}
            )

        return make

    def _profile(self) -> tuple[Request, bytes]:
        pick = self.random.choice
        fields = {
            "name": pick(NAMES),
            "street": pick(STREETS),
            "phone": pick(("+49 (0)30 123-456", "010-8888 9999", "(555) 010-2233 ext. 4")),
            "birthday": f"19{self.random.randrange(50, 99)}-02-1{self.random.randrange(9)}",
            "site": pick(("https://anna.example/~me?a=1&b=2", "http://blog.example", "")),
            "about": self._any_prose(2),
            "_csrf": f"{self.random.getrandbits(128):032x}",
        }
        return self._form("/account", fields)

    def _json(self) -> tuple[Request, bytes]:
        pick = self.random.choice
        told = {
            "id": self.random.randrange(10**6),
            "items": [
                {
                    "sku": f"A-{at}",
                    "qty": at,
                    "price": 9.99,
                    "note": self._any_prose(1),
                    "tags": ["new", "50%"],
                }
                for at in range(self.random.randrange(1, 6))
            ],
            "filter": {
                "price": {"gte": 5, "lt": 100},
                "where": {"color": "blue"},
                "order_by": "-price",
            },
            "name": pick(NAMES),
            "url": "https://cdn.example/img/1.png?w=200&h=100",
            "query": "query Q($id: ID!) { user(id: $id) { name, orders(first: 5) { total } } }",
            "variables": {"id": "7"},
            "at": "2025-07-05T10:00:00+02:00",
            "ok": True,
            "none": None,
            "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl",
        }
        body = json.dumps(told, ensure_ascii=pick((True, False))).encode()
        return self._request(
            pick(("POST", "PUT", "PATCH")), "/api/v2/orders", body, "application/json"
        )

    def _code(self) -> tuple[Request, bytes]:
        text = self.random.choice(SNIPPETS)
        title = self.random.choice(("Why does this not work?", "A small question", "review please"))
        note = self._sentences("en", 1)
        return self._form("/questions", {"title": title, "body": f"{note}\n\n{text}\n\n{note}"})

    def _upload(self) -> tuple[Request, bytes]:
        pick = self.random.choice
        boundary = self._boundary()
        name = pick(
            (
                "photo 1.jpg",
                "rechnung_März.pdf",
                "报告（终稿）.docx",
                "it's me.png",
                "data.csv",
                "v1.2.tar.gz",
            )
        )
        content = bytes(self.random.getrandbits(8) for _ in range(self.random.randrange(600)))
        if name.endswith("csv"):
            content = b"name;price\n'Tea';3,50\n\"Cake (1 pc)\";-\n=SUM(A1:A2)\n"
        parts = [
            ('name="title"', self._any_prose(1).encode()),
            ('name="form:input_1"', b"5"),
            (f'name="file"; filename="{name}"\r\nContent-Type: application/octet-stream', content),
        ]
        return self._files(parts, boundary)

    def _boundary(self) -> str:
        return f"----WebKitFormBoundary{self.random.getrandbits(64):016x}"

    def _files(self, parts: list[tuple[str, bytes]], boundary: str) -> tuple[Request, bytes]:
        body = b"".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
            + data
            + b"\r\n"
            for head, data in parts
        )
        body += f"--{boundary}--\r\n".encode()
        return self._request("POST", "/upload", body, f"multipart/form-data; boundary={boundary}")

    def _xml(self) -> tuple[Request, bytes]:
        text = self._any_prose(1).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        body = (
            '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/'
            f'soap-envelope"><soap:Body><Order id="7" kind="a/b"><Note>{text}</Note><Qty>2</Qty></Order>'
            "</soap:Body></soap:Envelope>"
        ).encode()
        return self._request(
            "POST",
            "/soap",
            body,
            self.random.choice(("text/xml; charset=utf-8", "application/soap+xml")),
        )

    def _rich_text(self) -> tuple[Request, bytes]:
        text = self._any_prose(2)
        told = {
            "ops": [
                {"insert": text},
                {"attributes": {"bold": True, "header": 2}, "insert": "Titel\n"},
            ]
        }
        return self._form(
            "/posts/7/edit",
            {
                "delta": json.dumps(told),
                "markdown": f"# Hi\n\n> {text}\n\n1. **a**\n2. [b](https://b.example/?c=d)",
            },
        )

    def _text(self) -> tuple[Request, bytes]:
        return self._request(
            "POST", "/notes", self._any_prose(3).encode(), "text/plain; charset=utf-8"
        )
