"""A small shop: products, a search, reviews, an editor and a cart; a site to protect.

Start with the port as the one argument.
"""

import json
import sqlite3
import sys
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STORE = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
STORE.executescript(
    """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, about TEXT, price INTEGER);
    CREATE TABLE reviews (product INTEGER, text TEXT);
    INSERT INTO products VALUES (1, 'Kettle', 'Boils a litre in three minutes.', 2900);
    INSERT INTO products VALUES (2, 'T-shirt `DROP TABLE students; --`', 'Mother of Bobby.', 1900);
    """
)


class Shop(BaseHTTPRequestHandler):
    """Answers pages and one JSON call; every value that it shows is escaped."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        wanted = f"%{parse_qs(url.query).get('q', [''])[0]}%"
        if url.path in ("/", "/search"):
            found = STORE.execute("SELECT id, name FROM products WHERE name LIKE ?", (wanted,))
            self._page("".join(f"<li>{number} {escape(name)}</li>" for number, name in found))
            return
        product = STORE.execute(
            "SELECT name, about FROM products WHERE id = ?", (url.path.rpartition("/")[2],)
        ).fetchone()
        if product is None:
            self._say(404, "text/plain", "no such product\n")
            return
        # The text of a product is markup that the shop's own people write.
        self._page(f"<h2>{escape(product[0])}</h2>{product[1]}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        place, number, what = (*self.path.split("/"), "", "")[1:4]
        if self.path == "/api/cart":
            items = json.loads(body)["items"]
            self._say(200, "application/json", json.dumps({"items": len(items)}) + "\n")
            return
        text = parse_qs(body).get("text", [""])[0]
        if place == "products" and what == "reviews":
            STORE.execute("INSERT INTO reviews VALUES (?, ?)", (number, text))
        elif place == "admin" and what == "about":
            STORE.execute("UPDATE products SET about = ? WHERE id = ?", (text, number))
        self._page("<p>saved</p>")

    def _page(self, inside: str) -> None:
        self._say(200, "text/html; charset=utf-8", f"<h1>Shop</h1>{inside}\n")

    def _say(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
