"""Hiding a part of an argument never changes what is certain.

Every call of the table that Terraform accepts is made again with a part of a string argument unknown. What
comes out must be what came out before, wherever it is known; and it must not be an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from tests.terraform.functions.support import Site, run
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.syntax import nodes, parse_expression
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Object, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.text import Text, join_text, known, pieces_of
from tf_kms_guard.values.unknown import ANY, Shape, Unknown

CALLS = (Path(__file__).parent / "calls.txt").read_text(encoding="utf-8").splitlines()
SPECIAL = re.compile(r'["\\<>&\u2028\u2029\x00-\x1f%]')


def _hide(value: Value) -> Iterator[tuple[Value, str]]:
    """``value`` with a part of one of its strings unknown, and what that part was."""
    if isinstance(value, str):
        for start in range(len(value)):
            for end in range(start + 1, min(start + 4, len(value)) + 1):
                part = value[start:end]
                if SPECIAL.search(part):
                    continue
                for shape in (ANY, Shape("near", frozenset(part + "0"), 1, 4)):
                    yield (
                        join_text([value[:start], Unknown("hidden", "it is hidden", shape), value[end:]]),
                        part,
                    )
    elif isinstance(value, list):
        for place, item in enumerate(value):
            for hidden, part in _hide(item):
                yield Tuple([*value[:place], hidden, *value[place + 1 :]]), part
    elif isinstance(value, dict):
        for key, item in value.items():
            for hidden, part in _hide(item):
                yield Object({**value, key: hidden}), part
    elif isinstance(value, SetValue) and len(value.elements) == 1:
        for hidden, part in _hide(value.elements[0]):
            yield SetValue((hidden,)), part


def _agrees(ours: Value, truth: Value, part: str) -> bool:
    if isinstance(ours, Choice):
        return any(_agrees(item, truth, part) for _, item in alternatives(ours))
    if isinstance(ours, Marked) and isinstance(truth, Marked):
        return ours.marks == truth.marks and _agrees(ours.value, truth.value, part)
    if isinstance(ours, Failed):
        return False
    if isinstance(ours, Unknown) and isinstance(truth, (bool, int, Decimal)):
        return True
    if isinstance(ours, (Unknown, Text)) and known(ours) is None:
        if isinstance(ours, Unknown) and ours.identity != "hidden":
            return True
        written = known(to_string(truth)) if isinstance(truth, (str, bool, int, Decimal)) else None
        if written is not None and not written.isascii() and _composed(ours, part) == written:
            return True
        return written is not None and re.fullmatch(_as_pattern(ours, part), written, re.S) is not None
    if isinstance(ours, dict) and isinstance(truth, dict):
        filled = {_filled(key, part): item for key, item in ours.items()}
        return filled.keys() == truth.keys() and all(_agrees(item, truth[key], part) for key, item in filled.items())
    if isinstance(ours, list) and isinstance(truth, list):
        return len(ours) == len(truth) and all(map(_agrees, ours, truth, [part] * len(ours)))
    if isinstance(ours, SetValue) and isinstance(truth, SetValue):
        if ours.exact and len(ours.elements) != len(truth.elements):
            return False
        return all(any(_agrees(item, other, part) for other in truth.elements) for item in ours.elements)
    return type(known(ours) or ours) is type(known(truth) or truth) and (known(ours) or ours) == (known(truth) or truth)


def _filled(key: str, part: str) -> str:
    pieces = pieces_of(key.text) if isinstance(key, UnknownKey) else (key,)
    return "".join(piece if isinstance(piece, str) else part for piece in pieces)


def _composed(text: Text | Unknown, part: str) -> str:
    """The text with what was hidden, in the normal form that Terraform keeps strings in."""
    pieces = (piece if isinstance(piece, str) else part for piece in pieces_of(text))
    return unicodedata.normalize("NFC", "".join(pieces))


def _as_pattern(text: Text | Unknown, part: str) -> str:
    return "".join(
        re.escape(piece) if isinstance(piece, str) else re.escape(part) if piece.identity == "hidden" else ".*"
        for piece in pieces_of(text)
    )


def _literal(node: nodes.Expression) -> Value:
    match node:
        case nodes.Literal(value=value):
            return value
        case nodes.TupleItems(items=items):
            return Tuple(map(_literal, items))
        case nodes.ObjectItems(items=pairs):
            return Object((str(_literal(key)), _literal(item)) for key, item in pairs)
        case nodes.Call(name=name, arguments=arguments):
            return run(name, *map(_literal, arguments))
    raise LookupError


@cache
def _cases() -> list[tuple[str, str, list[Value], Value]]:
    cases = []
    for text in CALLS:
        node = parse_expression(text, "calls.txt")
        assert isinstance(node, nodes.Call)
        try:
            arguments = [_literal(argument) for argument in node.arguments]
            cases.append((text, node.name, arguments, run(node.name, *arguments)))
        except (EvaluationError, LookupError):
            continue
    return cases


KEPT = {"distinct", "compact", "setunion", "toset", "tolist", "tomap", "jsondecode", "yamldecode", "yamlencode"}
"""On purpose: these keep elements that only may be equal or empty, and numbers beside what may be a string;
a hole outside of the quotes of a JSON text, or anywhere in YAML, is taken for data and not for syntax,
so that yamlencode may lay out otherwise what reads back the same."""


@pytest.mark.parametrize("name", sorted({name for _, name, _, _ in _cases()}))
def test_hiding_a_part_changes_nothing_that_is_certain(name: str) -> None:
    for text, called, arguments, truth in _cases():
        if called != name or isinstance(truth, Unknown):
            continue
        for place, argument in enumerate(arguments):
            for hidden, part in _hide(argument):
                try:
                    ours = run(name, *arguments[:place], hidden, *arguments[place + 1 :], site=Site())
                except EvaluationError as error:
                    pytest.fail(f"{text} with {part!r} hidden in argument {place + 1}: {error.message}")
                if name in KEPT:
                    continue
                assert _agrees(ours, truth, part), f"{text} with {part!r} hidden gave {ours!r}, not {truth!r}"
