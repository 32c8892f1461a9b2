"""What is certain although a variable has no value holds for every value that the variable may have.

Each generated expression is evaluated with some variables open, and again in several worlds in which they have
values; Terraform itself has judged the evaluation of known values (``test_expressions_against_terraform``). A world in
which the expression is refused is never deployed and proves nothing, but what is refused with open variables must be
refused in every world.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.terraform.expressions import NAMES, expressions, root_module
from tests.terraform.judging import NOT_KNOWN, generated, ours, workspace
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.syntax import parse_expression
from tf_kms_guard.terraform.values import Choice, Failed, SetValue, UnknownKey, Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.text import Text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown

COUNT = int(os.environ.get("TF_KMS_GUARD_EXPRESSIONS", "2500"))

OPEN = """
variable "open_s" { type = string }
variable "open_n" { type = number }
variable "open_b" { type = bool }
variable "open_ls" { type = list(string) }
variable "open_ms" { type = map(string) }
variable "open_o" { type = object({ name = string, flag = bool, items = list(string) }) }
"""

OPEN_NAMES = {
    "s": ("var.open_s", "var.open_s", "var.open_o.name", "var.open_ls[0]", 'var.open_ms["a"]', "var.open_ms.b"),
    "n": ("var.open_n", "var.open_n", "length(var.open_ls)"),
    "b": ("var.open_b", "var.open_b", "var.open_o.flag"),
    "ls": ("var.open_ls", "var.open_o.items", "[var.open_s, var.s]", "keys(var.open_ms)"),
    "ln": ("[var.open_n, 1]",),
    "ms": ("var.open_ms", '{ a = var.open_s, b = "b" }', '{ (var.open_s) = "v", k = "w" }'),
    "o": ("var.open_o", "{ a = var.open_n, id = var.open_b }", "[var.open_o]"),
}

WORLDS: Sequence[Mapping[str, str]] = [
    dict(zip(("s", "n", "b", "ls", "ms", "o"), values, strict=True))
    for values in (
        ("a", "0", "true", "[]", "{}", '{ name = "a", flag = false, items = [] }'),
        ("", "1", "false", '["a"]', '{ a = "a" }', '{ name = "", flag = true, items = ["b"] }'),
        ("12", "2.5", "true", '["x", "a", "x"]', '{ b = "1" }', '{ name = "s", flag = true, items = ["a", "a"] }'),
        ("text", "-3", "false", '["b", "one"]', '{ k1 = "x", a = "t" }', '{ name = "x", flag = false, items = ["1"] }'),
        ("k", "7", "true", '["Hi"]', '{ a = "true", b = "a" }', '{ name = "true", flag = true, items = ["x", ""] }'),
        ("é-1", "12", "false", '["", "", ""]', '{ "odd key" = "k" }', '{ name = "12", flag = false, items = ["k1"] }'),
    )
]  # fmt: skip


def evaluated(where: Workspace, text: str) -> Value | None:
    """The value; the refusal is a :class:`Failed`."""
    try:
        return Evaluator(where.root, {}).settled(parse_expression(text, "test"))
    except (EvaluationError, CycleError) as error:
        return Failed(error.message)


class World:
    """One world: what is asked of the values is whether they are what they turn out to be here."""

    def __init__(self, where: Workspace) -> None:
        self.where = where
        self.seen: dict[str, Value] = {}

    def fits(self, value: Value, truth: Value) -> bool:
        """Whether ``value``, which is not wholly known, may be ``truth``."""
        if isinstance(value, Choice):
            return self._choice_fits(value, truth)
        if isinstance(value, Failed):
            return False
        if isinstance(value, Unknown):
            return self._hole_fits(value, truth)
        if isinstance(value, Text) and known(value) is None:
            return self._text_fits(value, truth)
        if isinstance(value, dict):
            return isinstance(truth, dict) and self._map_fits(value, truth)
        if isinstance(value, SetValue):
            return isinstance(truth, SetValue) and self._set_fits(value, truth)
        if isinstance(value, list):
            return isinstance(truth, list) and len(value) == len(truth) and all(map(self.fits, value, truth))
        return _scalar(value) == _scalar(truth)

    def _here(self, unknown: Unknown) -> Value | None:
        """What an unknown of which the identity is an expression is here."""
        if re.fullmatch(r"var\.open_\w+((\.[a-z]\w*)|(\[\d+\])|(\[\"\w+\"\]))*", unknown.identity) is None:
            return Failed("no expression")
        return evaluated(self.where, unknown.identity)

    def _hole_fits(self, unknown: Unknown, truth: Value) -> bool:
        here = self._here(unknown)
        return isinstance(here, Failed) or self.fits(here, truth) or self.fits(to_string(here), truth)

    def _choice_fits(self, value: Choice, truth: Value) -> bool:
        here = self._here(value.condition)
        fitting = [
            outcome
            for outcome, alternative in value.alternatives
            if not isinstance(alternative, Failed) and self.fits(alternative, truth)
        ]
        if isinstance(here, bool):
            return here in fitting or not any(outcome is here for outcome, _ in value.alternatives)
        return fitting != []

    def _text_fits(self, value: Text, truth: Value) -> bool:
        written = known(to_string(truth)) if isinstance(truth, (str, Text, bool, int, Decimal)) else None
        if written is None:
            return False
        groups: dict[str, int] = {}
        pattern = ""
        for piece in pieces_of(value):
            if isinstance(piece, str):
                pattern += re.escape(piece)
                continue
            here = self._here(piece)
            if not isinstance(here, (Failed, list, dict, type(None))):
                pattern += re.escape(known(to_string(here)) or "")
            elif piece.identity in groups:
                pattern += f"(?:\\{groups[piece.identity]})"
            else:
                groups[piece.identity] = len(groups) + 1
                pattern += "(.*)"
        return re.fullmatch(pattern, written, re.S) is not None

    def _map_fits(self, value: Mapping[str, Value], truth: Mapping[str, Value]) -> bool:
        left = dict(truth)
        for key, item in value.items():
            if isinstance(key, UnknownKey):
                continue
            if str(key) not in left or not self.fits(item, left.pop(str(key))):
                return False
        vague = [(key.text, item) for key, item in value.items() if isinstance(key, UnknownKey)]
        if not all(
            any(self.fits(text, key) and self.fits(item, found) for text, item in vague) for key, found in left.items()
        ):
            return False
        return bool(vague) or not left

    def _set_fits(self, value: SetValue, truth: SetValue) -> bool:
        if value.exact and len(value.elements) != len(truth.elements):
            return False
        return all(any(self.fits(item, element) for item in value.elements) for element in truth.elements) and all(
            any(self.fits(item, element) for element in truth.elements) for item in value.elements
        )


def _scalar(value: Value) -> object:
    characters = known(value)
    if characters is not None:
        return ("text", str(characters))
    return (type(value).__name__ if value is None or isinstance(value, bool) else "number", value)


def names() -> dict[str, tuple[str, ...]]:
    return {kind: OPEN_NAMES[kind] * 2 + NAMES[kind] for kind in NAMES}


def _worlds(directory: Path) -> list[World]:
    (directory / "main.tf").write_text(root_module() + OPEN, encoding="utf-8")
    return [
        World(workspace(directory, variables=tuple((f"open_{name}", value) for name, value in world.items())))
        for world in WORLDS
    ]


def test_what_is_certain_with_open_variables_holds_in_every_world(tmp_path: Path) -> None:
    worlds = _worlds(tmp_path)
    open_world = workspace(tmp_path)
    outcomes: Counter[str] = Counter()
    wrong: list[tuple[str, object, object, int]] = []
    for text in generated(expressions(names()), COUNT):
        value = evaluated(open_world, text)
        outcomes[_how_much(value)] += 1
        for number, world in enumerate(worlds):
            truth = evaluated(world.where, text)
            if _how_much(truth) == "certain" and not world.fits(value, truth):
                wrong.append((text, value, truth, number))
    print(dict(outcomes))
    assert sorted(wrong, key=lambda case: len(case[0])) == []
    assert outcomes["known in part"] > COUNT / 20
    assert outcomes["certain"] > COUNT / 5


def _how_much(value: Value | None) -> str:
    if isinstance(value, Failed):
        return "refused"
    if isinstance(value, Unknown):
        return "open"
    found: list[Value] = [value]
    while found:
        item = found.pop()
        if isinstance(item, (Unknown, Choice)) or (isinstance(item, Text) and known(item) is None):
            return "known in part"
        if isinstance(item, dict):
            found.extend(item.values())
            if any(isinstance(key, UnknownKey) for key in item):
                return "known in part"
        elif isinstance(item, (list, SetValue)):
            found.extend(item)
    return "certain"


CHILD = """
variable "list" {}
variable "own" {}
output "for" { value = [for x in var.list : "${var.own}${x}"] }
output "text" { value = "%{ for x in var.list }${var.own}%{ endfor }" }
output "splat" { value = var.list[*][var.own] }
"""


@pytest.mark.parametrize(
    "pair",
    [
        '[for own in ["a", "b"] : [for x in var.list : "${own}${x}"]]',
        '[for own in ["a", "b"] : "%{ for x in var.list }${own}%{ endfor }"]',
        '[for own in ["a", "b"] : var.list[*][own]]',
        '[for own in ["a", "b"] : templatestring(local.text, { list = var.list, own = own })]',
        "module.child[*].for",
        "module.child[*].text",
        "module.child[*].splat",
    ],
)
def test_one_expression_evaluated_with_other_values_is_not_the_same_unknown(tmp_path: Path, pair: str) -> None:
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "main.tf").write_text(CHILD, encoding="utf-8")
    (tmp_path / "main.tf").write_text(
        'variable "list" {}\nlocals {\n  text = "%{ for x in list }$${own}%{ endfor }"\n}\n'
        'module "child" {\n  source = "./child"\n  count = 2\n  list = var.list\n  own = count.index\n}\n'
        f"locals {{\n  pair = {pair}\n}}\n",
        encoding="utf-8",
    )
    where = workspace(tmp_path)
    assert list(ours(where, ["local.pair[0] == local.pair[1]"])) == [NOT_KNOWN]
    assert list(ours(where, ["local.pair[0] == local.pair[0]"])) == ["true"]
