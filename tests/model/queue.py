"""A queue as a plain list, obviously right and slow: what each item is, told in words."""

import itertools
from dataclasses import dataclass, field

_NUMBERS = itertools.count()


@dataclass
class Item:
    key: str
    due: int
    tries: int = 0
    holder: object | None = None
    put_again: bool = False
    dead: bool = False
    number: int = field(default_factory=lambda: next(_NUMBERS))


@dataclass
class QueueModel:
    """Every function scans the whole list; a claim is a plain object, compared by identity."""

    items: list[Item] = field(default_factory=list)

    def _find(self, key: str) -> Item | None:
        return next((item for item in self.items if item.key == key), None)

    def put(self, key: str, due: int) -> bool:
        item = self._find(key)
        if item is None:
            self.items.append(Item(key, due))
            return True
        if item.holder is not None:
            item.put_again = True
        elif item.dead:
            self._anew(item, due)
        else:
            item.due = min(item.due, due)
        return False

    def hasten(self, key: str, now: int) -> None:
        item = self._find(key)
        if item is not None and item.holder is None:
            if item.dead:
                item.dead, item.tries = False, 0
            item.due = now

    def withdraw(self, key: str) -> None:
        self.items = [item for item in self.items if item.key != key]

    def claimable(self, now: int) -> set[str]:
        """Return the keys of which one may be claimed: alive, due, and due the longest."""
        due = [item for item in self.items if not item.dead and item.due <= now]
        longest = min((item.due for item in due), default=0)
        return {item.key for item in due if item.due == longest}

    def claim(self, key: str, holder: object, now: int, lease: int) -> int:
        item = self._find(key)
        assert item is not None
        if item.put_again:
            self._anew(item, now)
        item.holder, item.due, item.tries = holder, now + lease, item.tries + 1
        return item.tries

    def holds(self, holder: object, now: int) -> Item | None:
        for item in self.items:
            if item.holder is holder and item.due > now:
                return item
        return None

    def finish(self, item: Item, now: int) -> None:
        if item.put_again:
            self._anew(item, now)
        else:
            self.items.remove(item)

    def give_back(self, item: Item, now: int, seconds: int | None, *, counted: bool = True) -> None:
        if item.put_again:
            self._anew(item, now)
            return
        item.holder = None
        item.dead = seconds is None
        item.due = now + (seconds or 0)
        item.tries -= not counted

    def _anew(self, item: Item, due: int) -> None:
        item.holder, item.put_again, item.dead, item.tries, item.due = None, False, False, 0, due
        item.number = next(_NUMBERS)
