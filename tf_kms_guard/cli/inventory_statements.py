"""Policy statements for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from tf_kms_guard.cli.inventory_lines import Lines, at, unknown_words

Data: TypeAlias = Mapping[str, Any]

_ELEMENTS: Final = (
    ("principals", "principals", ""),
    ("not_principals", "principals", "all but "),
    ("actions", "actions", ""),
    ("not_actions", "actions", "all but "),
    ("resources", "resources", ""),
    ("not_resources", "resources", "all but "),
)


def statements(out: Lines, depth: int, document: Data) -> None:
    """The statements of a document, what is wrong with it, and whether more may be hidden."""
    starts = [_start(statement) for statement in document["statements"]]
    for statement in document["statements"]:
        _Statement(statement, starts).write(out, depth)
    if document["incomplete"] is not None and document["statements"]:
        out.line(depth, f"and what is not known{unknown_words(document['incomplete'])}")
    elif document["incomplete"] is not None and document.get("unknown") is None:
        out.line(depth, f"what it says is not known{unknown_words(document['incomplete'])}")
    for problem in document["problems"]:
        out.line(depth, f"AWS would not accept this: {problem['message']}{at(problem['location'])}")


class _Statement:
    """One statement. ``starts`` are the places where the statements of its document begin."""

    def __init__(self, statement: Data, starts: Iterable[tuple[str, int]]) -> None:
        self.statement = statement
        self.file, self.first = _start(statement)
        whole = statement["location"]
        self.last = 0 if whole is None else whole["end_line"]
        if self.first == self.last:  # the header of a block, whose end is not told
            later = [line for file, line in starts if file == self.file and line > self.first]
            self.last = min(later, default=sys.maxsize) - 1

    def write(self, out: Lines, depth: int) -> None:
        """Effect and place, then the elements."""
        statement = self.statement
        effect = "Allow or Deny" if statement["effect"] == "unknown" else statement["effect"]
        sid = "" if statement["sid"] is None else f' "{statement["sid"]}"'
        out.line(depth, f"{effect}{sid}{at(statement['location'])}")
        if statement["exists"] != "yes":
            words = unknown_words(statement["exists_if"], ", it hangs on ")
            out.field(depth + 1, "exists", f"not known{words}")
        for name, label, before in _ELEMENTS:
            element = statement[name]
            if element is not None:
                out.field(depth + 1, label, before + self.values(element))
        conditions = statement["conditions"]
        if isinstance(conditions, Mapping):
            out.field(depth + 1, "conditions", self.values(conditions))
            return
        for condition in conditions:
            out.field(depth + 1, "condition", self.condition(condition))

    def values(self, element: Any) -> str:
        """Actions and the like in one line."""
        if isinstance(element, Mapping):
            return f"not known{unknown_words(element['unknown'])}"
        return ", ".join(value["value"] + self.elsewhere(value["location"]) for value in element) or "none"

    def condition(self, condition: Data) -> str:
        """``StringEquals kms:ViaService: s3.eu-west-1.amazonaws.com``."""
        return f"{condition['operator']} {condition['key']}: {self.values(condition['values'])}"

    def elsewhere(self, location: Data | None) -> str:
        """The place of a value that is not written inside the statement."""
        if location is None:
            return ""
        inside = location["file"] == self.file and self.first <= location["line"] <= self.last
        return "" if inside else at(location)


def _start(statement: Data) -> tuple[str, int]:
    location = statement["location"]
    return ("", 0) if location is None else (location["file"], location["line"])
