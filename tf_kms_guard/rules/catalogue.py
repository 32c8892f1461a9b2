"""The rules that there are, by id. A rule module registers its functions here when it is imported."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct

from tf_kms_guard.rules.finding import Finding, RuleInfo, Severity
from tf_kms_guard.rules.view import View

Check: TypeAlias = Callable[[View], Iterator[Finding]]


class Rule(Struct, frozen=True):
    """A rule: what it is, and the function that finds its violations."""

    info: RuleInfo
    check: Check


UNDETERMINED: Final = "UN001"
"""The rule that has no findings: it lists what could not be decided."""

RULES: Final[dict[str, Rule]] = {}


GROUPS_OF_RULES: Final = {
    "KC": "keys that no policy can open to another account",
    "KR": "the form in which a key is named",
    "KP": "the key policy gate",
    "BP": "the bucket policy gate",
    "ID": "the identity gates, for roles and users that are declared here",
    "GR": "grants on a shared key",
    "CO": "conditions that keep a statement from counting",
    "WR": "what writers need beside",
    "RE": "replication",
    "SD": "services that deliver",
    "HY": "shared more widely than needed",
    "CH": "what a plan takes away from outsiders who need it",
    "UN": "what could not be decided",
}
"""What the rules of a group are about, by the letters that their ids begin with."""


def group_of(id: str) -> str:
    """The letters that a rule's id begins with."""
    return id.rstrip("0123456789")


def rule(
    id: str, name: str, severity: Severity, gate: str | None, summary: str, source: str
) -> Callable[[Check], Check]:
    """Register the function below as a rule."""
    info = RuleInfo(id, name, severity, gate, summary, source)

    def register(check: Check) -> Check:
        RULES[id] = Rule(info, check)
        return check

    return register


def extend(id: str, more: Check) -> None:
    """Let ``more`` find violations of a rule that is registered already, after its own function."""
    entry = RULES[id]

    @functools.wraps(entry.check)
    def check(view: View) -> Iterator[Finding]:
        yield from entry.check(view)
        yield from more(view)

    RULES[id] = Rule(entry.info, check)


def info_of(id: str) -> RuleInfo:
    """What a rule is, by its id."""
    return RULES[id].info
