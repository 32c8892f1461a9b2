"""Keeping values that Terraform marks sensitive out of every output.

Resources are judged by their values without marks, and what is decided about them goes through many hands. So what
must not be shown is looked for once, in the finished report and before any format sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from tf_kms_guard.terraform.marks import SHORTEST
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown

_T = TypeVar("_T")

_OURS: Final = frozenset(
    (
        *("address", "bucket", "buckets", "confidence", "effect", "exists", "file", "form", "gate", "gates"),
        *(
            "intent",
            "kind",
            "location",
            "module",
            "resource",
            "rule",
            "secrets",
            "severity",
            "source",
            "state",
            "tool",
            "verdict",
        ),
        *("workspace", "line", "column", "end_line", "end_column", "schema_version"),
    )
)
"""What the program says in words of its own, and where things are: nothing of this is secret, but for keys."""

_KEY: Final = re.compile(r"\[.*?\]")


class Veil:
    """Replaces secrets, in whatever case and however JSON may spell them, by what may be shown of them."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._shown = {
            _folded(spelling): shown
            for secret, shown in secrets.items()
            for spelling in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        }
        self._by_start: dict[str, list[str]] = {}
        for spelling in sorted(self._shown, key=len, reverse=True):
            self._by_start.setdefault(spelling[:SHORTEST], []).append(spelling)

    def text(self, text: str) -> str:
        """``text`` without secrets; of one that was cut off (``…``), its beginning."""
        folded, done, kept = _folded(text), 0, []
        place = 0
        while place < len(text):
            length, shown = self._secret_at(folded, place)
            if length:
                kept += [text[done:place], shown]
                place = done = place + length
            else:
                place += 1
        return "".join([*kept, text[done:]]) if kept else text

    def _secret_at(self, folded: str, place: int) -> tuple[int, str]:
        """How many characters from ``place`` on are a secret, and what stands for them."""
        for spelling in self._by_start.get(folded[place : place + SHORTEST], ()):
            if folded.startswith(spelling, place):
                return len(spelling), self._shown[spelling]
            end = folded.find("…", place, place + len(spelling))
            if end > 0 and spelling.startswith(folded[place:end]):
                return end - place, self._shown[spelling]
        return 0, ""

    def over(self, value: _T) -> _T:
        """A report, or data for one, without secrets in the texts and numbers that come from what was read."""
        return self._over(value, False) if self._shown else value

    def _over(self, value: Any, keys: bool) -> Any:
        """``keys``: whether the names in it come from what was read as well."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Text):
            return Text(tuple(self._over(piece, keys) for piece in value.pieces))
        if isinstance(value, Unknown):
            names = {"identity": value.identity, "because": value.because, "shown": value.shown or value.identity}
            return replace(value, **{name: self.text(text) for name, text in names.items()})
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return self._shown.get(str(value), value)
        if isinstance(value, Mapping):
            return {
                self.text(key) if keys else key: self._keys(item)
                if key in _OURS and not _has_parts(item)
                else self._over(item, keys)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return type(value)(self._over(item, keys) for item in value)
        if isinstance(value, Struct):
            return replace(
                value,
                **{
                    name: self._keys(item) if name in _OURS else self._over(item, True)
                    for name, item in asdict(value).items()
                },
            )
        return value

    def _keys(self, value: Any) -> Any:
        """Of an address, the keys of instances may be secret: a module's output that is not shown may be one."""
        if isinstance(value, str):
            return _KEY.sub(lambda key: self.text(key.group()), value)
        return tuple(map(self._keys, value)) if isinstance(value, tuple) else value


def _has_parts(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, (list, tuple)) and any(map(_has_parts, value)))


def _folded(text: str) -> str:
    """``text`` in lower case, every character in its place."""
    folded = text.lower()
    return folded if len(folded) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
