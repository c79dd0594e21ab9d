"""Benign values as people and programs send them; made from parts, the same on every run.

Prose in ten languages, names with apostrophes, English full of words that SQL has too, code,
mathematics, addresses, prices, search words, HTML that runs nothing, and machine-made tokens.
"""

import random
from collections.abc import Callable, Iterator

_Pick = Callable[[str], str]

_SENTENCES = {
    "english": "The meeting is at noon|It's not about money, it's about time|Don't forget to call me"
    "|We'd like to order 12 more|She said \"yes\" and left|They're selling the house (again)"
    "|I can't believe it's over; let's go home|You're either in or out|This is fun, isn't it?"
    "|Rock 'n' roll is here to stay|The dogs' owners and the cats' owners met|Back in the '90s"
    "|Use '-' instead of '+' here|He wrote 'and' where he meant 'or'|Take a left (1 mile)",
    "german": "Das Treffen ist um zwölf|Wie geht's? Mir geht's gut|Führung und Prüfung > Übung"
    "|„Guten Tag“, sagte er|Straße 5, 2. Stock|Das war's dann wohl",
    "french": "C'est l'été, n'est-ce pas ?|L'eau qu'il a bue aujourd'hui|« Bonjour », dit-elle"
    "|J'aime l'art et d'autres choses|Qu'est-ce que c'est ?|Il y a 5 ou 6 personnes",
    "spanish": "¿Cómo estás? ¡Muy bien!|El niño comió 3 o 4 manzanas|Mañana será otro día"
    "|Select y unión son marcas|La unión hace la fuerza|Y si no, ¿qué?",
    "italian": "L'amico dell'avvocato|Un po' d'acqua e un po' di pane|Com'è andata? È andata bene"
    "|Dall'alto si vede tutto|C'era una volta",
    "portuguese": "Não é só isso|Água e pão, por favor|Coração de mãe|Copo d'água",
    "russian": "Привет, как дела?|Это не так просто|Слово «и» или слово «или»|5 или 6 человек",
    "chinese": "你好,世界|今天天气很好(真的)|他说“好的”就走了|价格是100元,不是200元|〈书名〉与《书名》",
    "japanese": "こんにちは世界|それは「はい」か「いいえ」か|3つまたは4つ|東京都千代田区1-1",
    "arabic": "مرحبا بالعالم|كيف حالك؟|د.. نعم|هذا 5 أو 6",
}
_SQL_LIKE = (
    "Select one from the list below|Please select your union representative|Drop the table by the door"
    "|The European Union select committee|Update: set your clock back 1 hour|Where is the group by now?"
    "|Order by phone or order by mail|Insert coin into the slot|Delete from here to there"
    "|Create table reservations early|Having 2 or more children|Join us and select a seat"
    "|All or nothing, like it or not|Like 1 in 10 people|Either 1 or 2 is fine|Not all who wander"
    "|In case when it rains we stay in|Grant access to all users|Limit 5 per customer|between 5 and 6 pm"
    "|Where 2 or 3 are gathered|From 9 to 5 and back|1 by 1 inch|Set of 4, or 2 sets of 2"
    "|Null and void|True or false?|Is it and or or?|Execute the plan; update the team; drop me a line"
    "|begin again; call me; use the door|the group's order|Top 10 (select 2)|(select one)"
    "|select all that apply|Exec summary - declare victory|waitfor it|order by number 5"
    "|union square and market|case 5 or case 6|sleep well (8 hours)|sleep (a lot)|count (5) or more"
    "|user (admin) or guest|if (and only if) it works|version 2.0 (beta) and up"
)
_CODE = (
    "if (a < b && c > d) { return a; }|for (int i = 0; i < 10; i++) {|x = y || z;|List<String> names = null;"
    "|const f = (a, b) => a + b;|print('hello', end='')|def f(x): return x * 2|a[i] += b[j] - 1"
    '|$ git commit -m \'fix: it\'|curl -X POST https://api.example/v1|{"a": 1, "b": [1, 2]}'
    '|{"name": "O\'Neil", "ok": true}|#include <stdio.h>|std::vector<int> v{1, 2};|a ? b : c'
    "|Map<Integer, Object> m|font-size: 12px; color: #fff|body { margin: 0 }|rgb(255, 0, 0)"
    "|x -> x + 1|!important|i++; j--;|/* a note */ return 1;|// a note|# a heading|-- a dash|a -- b|C:\\Users\\x"
    "|np.array([1,2,3])|max(a, b) and min(c, d)|re.sub('a', 'b', s)|s.split(',')|'a' + b + 'c'|f\"{x}\""
    "|a==b|a!=b && c!=d|50% off|100%|1/2 or 3/4|x^2 + y^2 = z^2|2 + 2 = 4|f(x) = x + 1|5 > 3 and 2 < 4"
)
_HTML = (
    '<b>bold</b> and <i>italic</i>|<p>It\'s a <em>test</em></p>|<a href="https://example.org/?a=1&b=2">x</a>'
    '|<img src="/logo.png" alt="Tom\'s logo">|a < b > c|<3 you|I <3 this|x<y and y>z|<br/>|</div>|< script >'
    '|<ul><li>one</li><li>two</li></ul>|<input type="text" name="q" value="it\'s">|<email@example.org>'
    '|<div style="color: red; background: url(/x.png)">x</div>|<!-- a note -->|on click = fun|JavaScript: The Good Parts'
    "|turn it on = true|data: 5 rows|<https://example.org>|<span class='on'>x</span>|<table><tr><td>1</td></tr></table>"
)
_FIRST = "Ann Bob Chloe D'Arcy Eve Finn Gwen Hugo Ida Jo Kofi Lena Mei Noor Olu Pia Quinn Rosa Sean Tariq"
_LAST = (
    "O'Brien|O'Neil|D'Angelo|N'Diaye|Smith|L'Hôpital|Al-Sa'ud|McDonald's|van 't Hoff|Müller|Nguyễn|Li|Dell'Acqua"
    "|Orand|Anders|Unionson|Selectman|Dropkin"
)
_STREETS = "Main St|King's Rd|Queen's Ave|Rue de l'Église|O'Connell St|Unter den Linden|St. John's Pl|5th Ave"
_THINGS = (
    "men's shoes|women's dress|kids' toys|1/2\" drill|27\" monitor|5' 6\" table|3'x5' rug|AC/DC t-shirt|c++ book"
    "|c# in depth|rock & roll|mac 'n' cheese|levi's 501|black and white|size 8 or 9|\"red wine\" glass|#1 mom mug"
    '|"#hashtag" mug|\'90s band|iphone 12 (64gb)|usb-c -> hdmi|100% cotton|a+ grade|"black" or "white"'
)


def benign_texts(count: int = 2_400) -> list[str]:
    """Return so many different values, in a fixed order."""
    found: dict[str, None] = {}
    makers = _makers(random.Random(13))  # noqa: S311  # the same texts on every run
    while len(found) < count:
        for maker in makers:
            found[maker()] = None
    return list(found)[:count]


def _makers(chance: random.Random) -> list[Callable[[], str]]:
    def pick(texts: str) -> str:
        return chance.choice(texts.split("|"))

    def prose() -> str:
        sentences = [
            pick(chance.choice(list(_SENTENCES.values()))) for _ in range(chance.randint(1, 4))
        ]
        return f"{'. '.join(sentences)}."

    def mixed() -> str:
        return f"{pick(_SQL_LIKE)}. {pick(_SENTENCES['english'])}, {pick(_SQL_LIKE)}"

    def code() -> str:
        return "\n".join(pick(_CODE) for _ in range(chance.randint(1, 3)))

    def markup() -> str:
        return " ".join(pick(_HTML) for _ in range(chance.randint(1, 3)))

    return [prose, mixed, code, markup, *_records(chance, pick)]


def _records(chance: random.Random, pick: _Pick) -> Iterator[Callable[[], str]]:
    def person() -> str:
        return f"{chance.choice(_FIRST.split())} {pick(_LAST)}"

    yield person
    yield lambda: f"{person()} and {person()}'s {pick(_THINGS)}"
    yield (
        lambda: (
            f"{chance.randint(1, 999)} {pick(_STREETS)}, Apt #{chance.randint(1, 99)} ({person()})"
        )
    )
    yield (
        lambda: f"{pick(_THINGS)} {pick(_THINGS)} ${chance.randint(1, 99)}.{chance.randint(10, 99)}"
    )
    yield (
        lambda: (
            f"{person()} <{chance.choice(_FIRST.split()).lower()}@example.org>; tel +{chance.randint(10**9, 10**10)}"
        )
    )
    yield (
        lambda: (
            f"https://example.org/{chance.randint(1, 99)}?a={chance.randint(1, 9)}&b={pick(_THINGS)}#top"
        )
    )
    yield (
        lambda: (
            f"{chance.randint(1900, 2100)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02} or later"
        )
    )
    yield lambda: "".join(chance.choice("ABCDEFabcdef0123456789+/=-_") for _ in range(40))
    yield lambda: f"{pick(_SQL_LIKE)}; {pick(_SQL_LIKE).lower()}"
    yield (
        lambda: (
            f"{pick(_SENTENCES['french'])} {pick(_SENTENCES['italian'])} {chance.randint(1, 99)}"
        )
    )
