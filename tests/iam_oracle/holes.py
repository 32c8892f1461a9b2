"""Makes parts of a case unknown, and fills them again.

A hole stands in a string of a policy, or is the value of a condition key of the request. It has a few possible
fillings, which the simulator is asked about one by one; we are asked once, about the hole.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tests.iam_oracle.generator import FULL_ACCESS, POOLS, A, B, C, Json
from tf_kms_guard.iam.shapes import ACCOUNT_ID
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.unknown import ANY, Unknown

POLICIES = ("identity", "policy", "boundary", "session", "endpoint", "scps", "rcps")
ABSENT_KEY = "\0absent"
"""The filling of a condition key's hole by which the request lacks the key."""


class Hole(Struct, frozen=True):
    """One thing that is not known. ``key``: it is the value of this condition key of the request."""

    name: str
    fillings: tuple[str, ...]
    account: bool = False
    key: str | None = None

    @property
    def unknown(self) -> Unknown:
        return Unknown(self.name, f"{self.name} has no value", ACCOUNT_ID if self.account else ANY)


class Holed(Struct, frozen=True):
    """A string with one hole in it."""

    before: str
    hole: Hole
    after: str


def with_holes(asked: dict[str, Json], dice: random.Random, most: int = 2) -> tuple[dict[str, Json], list[Hole]]:
    """The case with one or more holes."""
    holes: list[Hole] = []
    for number in range(dice.randint(1, most)):
        if dice.random() < 0.2:
            key = dice.choice([key for key in POOLS if key.startswith(("aws:", str(asked["action"]).split(":")[0]))])
            if isinstance(asked["context"].get(key), Holed):
                continue
            given = asked["context"].get(key)
            own = (given,) if isinstance(given, str) else ()
            fillings = tuple(dict.fromkeys((*own, *POOLS[key].given[:2], ABSENT_KEY)))
            holes.append(Hole(f"request.{key}", fillings, key=key))
            asked = {**asked, "context": {**asked["context"], key: Holed("", holes[-1], "")}}
            continue
        paths = [path for name in POLICIES for path in _strings(asked[name], [name])]
        if not paths:
            continue
        path = dice.choice(paths)
        text = _at(asked, path)
        hole, holed = _hole(f"var.h{number}", text, path, dice)
        holes.append(hole)
        twin = dice.random() < 0.4
        same = [one for one in paths if twin and _at(asked, one) == text and _element(one) == _element(path)]
        for one in same or [path]:
            asked = _replaced(asked, one, holed)
    return asked, holes


def _hole(name: str, text: str, path: list[Any], dice: random.Random) -> tuple[Hole, Holed]:
    account = next((one for one in (A, B, C) if one in text), None)
    if account is not None and dice.random() < 0.6:
        before, after = text.split(account, 1)
        hole = Hole(name, (A, B, C), account=True)
        return hole, Holed(before, hole, after)
    # what an unknown value means that is itself a policy variable which the request lacks, AWS does not say
    first = max(_first_free(text, path), text.rfind("}") + 1)
    whole = text == "*"
    cut = 0 if whole else dice.randrange(first, len(text) + 1)
    end = len(text) if whole or dice.random() < 0.6 else dice.randrange(cut, len(text) + 1)
    inside = text[cut:end]
    others = _alternatives(path, text, cut)
    hole = Hole(name, tuple(dict.fromkeys((inside, *dice.sample(others, min(2, len(others)))))))
    return hole, Holed(text[:cut], hole, text[end:])


def _first_free(text: str, path: list[Any]) -> int:
    """Where a hole may start: an action keeps its service and an ARN its parts, else AWS refuses the policy."""
    if _element(path) == "Resource" or text.startswith("arn:"):
        return len(text) - len(text.split(":", 5)[-1])
    return text.find(":") + 1 if _element(path) == "Action" else 0


def _alternatives(path: list[Any], text: str, cut: int) -> list[str]:
    """Other fillings that make sense where the string stands."""
    element = _element(path)
    if text == "*":
        return _INSTEAD_OF_ALL.get(element, ["", "x", "true"])
    if element == "Action":
        return ["*", "x", "Decrypt", "GetObject"]
    if element == "Principal":
        return ["", "x", "root", "role/reader", "user/ann"] if ":" in text else ["", "x", A, B]
    return ["", "x", "*", "/*", "true"]


_INSTEAD_OF_ALL = {
    "Action": ["kms:Decrypt", "s3:GetObject", "s3:*", "kms:*"],
    "Resource": ["arn:aws:s3:::*", "arn:aws:kms:*:*:key/*", "arn:aws:s3:::acme-data"],
    "Principal": [A, B, f"arn:aws:iam::{B}:role/reader"],
}


def _element(path: list[Any]) -> str:
    """The element of a statement to which the string belongs, without its ``Not``."""
    known = ("Action", "Resource", "Principal", "Condition")
    return next((str(key).removeprefix("Not") for key in path if str(key).removeprefix("Not") in known), "")


def _strings(value: Json, path: list[Any]) -> Iterator[list[Any]]:
    """The ways to the strings that may get a hole: not to versions and effects."""
    if value is FULL_ACCESS:
        return  # AWS attaches it always
    if isinstance(value, str):
        if path[-1] not in ("Version", "Effect"):
            yield path
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _strings(inner, [*path, key])


def _at(value: Json, path: list[Any]) -> Any:
    for key in path:
        value = value[key]
    return value


def _replaced(value: Json, path: list[Any], by: object) -> Any:
    if not path:
        return by
    result = dict(value) if isinstance(value, dict) else list(value)
    result[path[0]] = _replaced(value[path[0]], path[1:], by)
    return result


def unfilled(value: Json) -> Any:
    """For us: every hole an ``Unknown``."""
    if isinstance(value, Holed):
        return join_text((value.before, value.hole.unknown, value.after))
    return _mapped(value, unfilled)


def filled(asked: dict[str, Json], holes: list[Hole]) -> Iterator[dict[str, Json]]:
    """For the simulator: one case for every way to fill the holes."""
    for fillings in itertools.product(*(hole.fillings for hole in holes)):
        by_name = {hole.name: filling for hole, filling in zip(holes, fillings, strict=True)}
        result = _fill(asked, by_name)
        result["context"] = {key: value for key, value in result["context"].items() if value != ABSENT_KEY}
        yield result


def _fill(value: Json, by_name: dict[str, str]) -> Any:
    if isinstance(value, Holed):
        return value.before + by_name[value.hole.name] + value.after
    return _mapped(value, lambda inner: _fill(inner, by_name))


def _mapped(value: Json, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: change(inner) for key, inner in value.items()}
    return [change(inner) for inner in value] if isinstance(value, list) else value
