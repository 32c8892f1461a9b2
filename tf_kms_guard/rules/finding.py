"""Findings as data: what reports show and the JSON report spells (design §8)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from tf_kms_guard.values.span import Span


class Severity(enum.Enum):
    """How bad: an error is a denial that is certain."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for an error, rising as it gets milder."""
        return list(Severity).index(self)


class Confidence(enum.Enum):
    """How sure: high presumes nothing, medium one thing that the finding names."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for high, rising as it gets less sure."""
        return list(Confidence).index(self)


class RuleInfo(Struct, frozen=True):
    """What a rule is: stable id and name, what it says in one line, and its source."""

    id: str
    name: str
    severity: Severity
    gate: str | None
    summary: str
    source: str


class Related(Struct, frozen=True):
    """Another place that matters, and what is to be seen there."""

    message: str
    location: Span


class PrincipalShown(Struct, frozen=True):
    """The principal of a finding."""

    kind: str
    value: str


class Fix(Struct, frozen=True):
    """How to open the gate. ``form`` is how the policy to change is written: ``document``, ``jsonencode``, ``json``.

    ``statement`` is a policy statement to add, ``None`` where the fix is another change; ``where`` says in
    which policy it belongs, for people; ``module`` is the path of the module whose code holds that policy.
    """

    summary: str
    statement: Mapping[str, Any] | None = None
    form: str = "jsonencode"
    where: str | None = None
    module: str = ""


class Edit(Struct, frozen=True):
    """``text``, to be put in at a place of a file; ``line`` and ``column`` count from 1, in characters."""

    file: str
    line: int
    column: int
    text: str


class GateState(Struct, frozen=True):
    """A gate as open, closed or not known, for the picture of all four."""

    gate: str
    verdict: str


class Suppression(Struct, frozen=True):
    """Why a finding does not count: ``kind`` is ``in-source`` for a comment in the code, ``external`` for a baseline.

    ``until``: the last day on which it holds, as ``2027-01-31``. ``location``: of the comment, and
    ``marker`` its word, ``tf-kms-guard:ignore`` or ``checkov:skip``.
    """

    kind: str
    reason: str
    until: str | None = None
    location: Span | None = None
    marker: str | None = None


class Idle(Struct, frozen=True):
    """A comment that is to suppress findings and does not: ``state`` is ``invalid``, ``expired`` or ``unused``."""

    state: str
    message: str
    location: Span


class Finding(Struct, frozen=True):
    """One rule violated, at one primary location.

    ``change``: whether the plan that is checked has ``introduced``, ``kept`` or ``resolved`` it; ``None`` where that
    is not known. One that is resolved is no longer there, and does not count. ``closes``: the gate that is closed,
    for a rule that can be about several. ``chain``: the place and the module calls that lead there, the innermost
    first, all in full. ``suppression``: why it does not count.
    """

    rule: RuleInfo
    severity: Severity
    confidence: Confidence
    workspace: str
    resource: str | None
    buckets: tuple[str, ...]
    key: str | None
    principal: PrincipalShown | None
    actions: tuple[str, ...]
    intent: tuple[str, ...]
    message: str
    label: str
    why: tuple[str, ...]
    location: Span | None
    related: tuple[Related, ...] = ()
    gates: tuple[GateState, ...] = ()
    nearest: str | None = None
    fix: Fix | None = None
    change: str | None = None
    closes: str | None = None
    chain: tuple[Span, ...] = ()
    suppression: Suppression | None = None

    @property
    def gate(self) -> str | None:
        """The gate that it is about."""
        return self.closes or self.rule.gate

    @property
    def fingerprint(self) -> str:
        """Stable across line and file moves: of rule, resource address, principal and actions."""
        parts = (
            self.rule.id,
            self.resource or "",
            self.principal.value if self.principal else "",
            *sorted(self.actions),
        )
        import hashlib  # imported where used: it costs 3 ms

        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Undetermined(Struct, frozen=True):
    """A gate that could not be decided, why, and what would settle it."""

    workspace: str
    gate: str
    bucket: str
    principal: str
    because: str
    settle: str | None = None
    location: Span | None = None


class InputError(Struct, frozen=True):
    """Something that could not be read."""

    kind: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


class WorkspaceShown(Struct, frozen=True):
    """A workspace as the report names it. ``accounts``: by provider, its id and the evidence for it."""

    id: str
    source: str
    kind: str
    accounts: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)


class Report(Struct, frozen=True):
    """Everything that a run found out. ``hidden``: how many findings the choice of rules leaves out; ``left_out``:
    how many options and configuration do otherwise. ``idle``: comments that suppress nothing.

    ``secrets``: texts that no output may show, each with what stands in its place. ``texts``: files that are not to be
    read at their path, as those inside a plan file.
    """

    workspaces: tuple[WorkspaceShown, ...]
    findings: tuple[Finding, ...]
    undetermined: tuple[Undetermined, ...]
    errors: tuple[InputError, ...]
    buckets: int
    keys: int
    outsiders: int
    shared_buckets: int
    hidden: int = 0
    left_out: int = 0
    idle: tuple[Idle, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Finding, ...]:
        """The findings that count: not those that are suppressed, nor those that the plan resolves."""
        return tuple(one for one in self.findings if one.change != "resolved" and one.suppression is None)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings but for those that are suppressed."""
        return tuple(one for one in self.findings if one.suppression is None)

    def suppressed(self, kind: str | None = None) -> int:
        """How many findings are suppressed, of one kind or of any."""
        found = [one.suppression.kind for one in self.findings if one.suppression is not None]
        return len(found) if kind is None else found.count(kind)

    def count(self, severity: Severity) -> int:
        """How many findings have a severity; those that are resolved or suppressed do not count."""
        return sum(finding.severity is severity for finding in self.standing)
