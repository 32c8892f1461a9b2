"""Why a gate is closed: of all rules that could explain it, the most specific one speaks.

A rule of a gate is a function from the closed gate to an explanation, or ``None`` where it has nothing to say. It
registers with :func:`explains`; :data:`ORDER` says which of them is asked first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.gates import Asked, Gate
from tf_kms_guard.estate.model import Identity, Key
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Decision, StatementMatch, Verdict
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import Check, info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Related, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span

_CONDITIONS: Final = ("CO001", "CO002", "CO003", "CO004", "CO005")

ORDER: Final[Mapping[Gate, tuple[str, ...]]] = {
    Gate.BUCKET_POLICY: ("BP004", "BP003", "BP002", "BP006", *_CONDITIONS, "BP001"),
    Gate.KEY_POLICY: ("KP005", "KP004", "KP007", *_CONDITIONS, "GR001", "KC006", "KP003", "KP002", "KP001"),
    Gate.IDENTITY_S3: ("ID004", "BP002", *_CONDITIONS, "ID001"),
    Gate.IDENTITY_KMS: ("ID004", "KR003", *_CONDITIONS, "KC006", "ID003", "ID002"),
}
"""The rules that explain a gate, the most specific first; the last one of each always has something to say."""

DOUBTS: Final[Mapping[Gate, tuple[str, ...]]] = {Gate.KEY_POLICY: ("KP004",), Gate.IDENTITY_KMS: ("GR002",)}
"""Rules that have something to say of a gate that is not known to be closed, though no gate surely is."""


class Closed(Struct, frozen=True, eq=False):
    """A closed gate of one outsider of the bucket of ``view``; to :func:`doubts` it is one that is not decided."""

    view: View
    access: Access
    judged: GateJudgement

    @property
    def gate(self) -> Gate:
        """Which gate it is."""
        return self.judged.gate

    @property
    def key(self) -> Key:
        """The bucket's key. A gate of the key is closed only if its policy is seen."""
        choice = self.access.bucket.encryption.key
        assert choice is not None
        assert choice.key is not None
        return choice.key

    @property
    def identity(self) -> Identity:
        """The outsider as it is declared here. Its own gates are closed only if its policies are seen."""
        assert self.access.outsider.identity is not None
        return self.access.outsider.identity

    @property
    def actions(self) -> tuple[str, ...]:
        """What is denied, or not decided."""
        return tuple(dict.fromkeys(asked.action for asked in self._asked))

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions behind it."""
        return tuple(asked.decision for asked in self._asked if asked.decision is not None)

    @property
    def intents(self) -> tuple[Intent, ...]:
        """What the outsider is kept from."""
        return tuple(dict.fromkeys(asked.intent for asked in self._asked))

    @property
    def _asked(self) -> list[Asked]:
        return [asked for asked in self.judged.result.asked if asked.verdict is self.judged.verdict]

    def allows(self) -> Iterator[tuple[Decision, StatementMatch]]:
        """How each Allow statement that was asked meets what is denied."""
        for decision in self.decisions:
            for match in decision.statements:
                if match.statement.effect is Effect.ALLOW:
                    yield decision, match

    @property
    def spelled(self) -> str:
        """What is denied, for people."""
        return " or ".join(self.actions)


class Explanation(Struct, frozen=True, eq=False):
    """Why a gate is closed, and what would open it.

    ``because`` comes after ``role/reader in 444455556666 cannot read s3://data: ``; ``label`` stands at ``location``.
    ``nearest``: the statement that came closest, where ``location`` is not its place. ``related``: further places.
    ``regardless``: it holds whatever other policies the outsider has. ``severity``: another one than the rule's own.
    """

    location: Span
    because: str
    label: str
    fix: Fix
    nearest: str | None = None
    related: tuple[Related, ...] = ()
    regardless: bool = False
    severity: Severity | None = None


Explain: TypeAlias = Callable[[Closed], "Explanation | None"]

_EXPLAINERS: Final[dict[str, tuple[frozenset[Gate], Explain]]] = {}
_DOUBTERS: Final[dict[str, Explain]] = {}


def explains(
    id: str, name: str, severity: Severity, summary: str, source: str, *gates: Gate
) -> Callable[[Explain], Explain]:
    """Register the function below as the rule ``id``, which explains some gates; its place is in :data:`ORDER`."""
    gate = gates[0].value if len(gates) == 1 else None

    def register(explain: Explain) -> Explain:
        _EXPLAINERS[id] = frozenset(gates), explain
        rule(id, name, severity, gate, summary, source)(_check(id, explain))
        return explain

    return register


def doubts(id: str) -> Callable[[Explain], Explain]:
    """Register the function below for gates that are not decided, under a rule's id; its place is in :data:`DOUBTS`."""

    def register(explain: Explain) -> Explain:
        _DOUBTERS[id] = explain
        return explain

    return register


def _check(id: str, explain: Explain) -> Check:
    @functools.wraps(explain)
    def check(view: View) -> Iterator[Finding]:
        return (finding for finding in explained(view) if finding.rule.id == id)

    return check


def explained(view: View) -> tuple[Finding, ...]:
    """A finding for each closed gate of the bucket's outsiders, by the rule that explains it best."""
    if not view.explained:
        view.explained.append(tuple(_explained(view)))
    return view.explained[0]


def _explained(view: View) -> Iterator[Finding]:
    for gate in ORDER:
        for access in view.closed(gate):
            yield from _diagnose(view, access, gate)
    for access in view.hinted:
        judged = access.gate(Gate.BUCKET_POLICY)
        if judged is not None and judged.closed:
            yield from _diagnose(view, access, Gate.BUCKET_POLICY, Severity.NOTE)

    for gate, ids in DOUBTS.items():
        for access in () if view.key_never_works else view.accesses:
            judged = access.gate(gate)
            if judged is None or judged.verdict is not Verdict.UNDETERMINED or access.verdict is Verdict.DENIED:
                continue
            closed = Closed(view, access, judged)
            for id in ids:
                explanation = _DOUBTERS[id](closed)
                if explanation is not None:
                    yield _finding(closed, id, explanation, None)


def _diagnose(view: View, access: Access, gate: Gate, severity: Severity | None = None) -> Iterator[Finding]:
    judged = access.gate(gate)
    own = gate in (Gate.IDENTITY_S3, Gate.IDENTITY_KMS)
    if judged is None or (own and access.outsider.identity is None):
        return
    closed = Closed(view, access, judged)
    for id in ORDER[gate]:
        gates, explain = _EXPLAINERS.get(id, (frozenset(), None))
        explanation = explain(closed) if explain is not None and gate in gates else None
        if explanation is not None:
            yield _finding(closed, id, explanation, severity)
            return


def _finding(closed: Closed, id: str, explanation: Explanation, severity: Severity | None) -> Finding:
    access, judged = closed.access, closed.judged
    info = info_of(id)
    cannot = wording.cannot if judged.closed else wording.may_fail
    thing = _thing(closed)
    presumed = tuple(_presumed(closed, explanation, thing.accounts[0]))
    why = (*wording.evidence(access.estate, *thing.accounts), *presumed)
    return Finding(
        rule=info,
        severity=severity or explanation.severity or info.severity,
        confidence=Confidence.MEDIUM if presumed else Confidence.HIGH,
        workspace=thing.workspace,
        resource=thing.resource,
        buckets=(access.bucket.address,),
        key=wording.key_shown(access.bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=closed.actions,
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{cannot(access, closed.intents)}: {explanation.because}",
        label=explanation.label,
        why=why,
        location=explanation.location,
        related=(*explanation.related, *wording.signs_related(access, explanation.location)),
        gates=wording.gate_states(access, key_never_works=closed.view.key_never_works),
        nearest=explanation.nearest,
        fix=explanation.fix,
        closes=closed.gate.value,
    )


class _Thing(Struct, frozen=True, eq=False):
    """What has to change, and the accounts on which that rests, the owner's first."""

    workspace: str
    resource: str
    accounts: tuple[Account, ...]


def _thing(closed: Closed) -> _Thing:
    bucket = closed.access.bucket
    if closed.gate is Gate.BUCKET_POLICY:
        return _Thing(closed.view.bucket.workspace, bucket.address, (bucket.account,))
    if closed.gate is Gate.KEY_POLICY:
        return _Thing(closed.key.workspace, closed.key.address, (closed.key.account,))
    identity = closed.identity
    return _Thing(identity.workspace, identity.address, (bucket.account, identity.account))


def _presumed(closed: Closed, explanation: Explanation, owner: Account) -> Iterator[str]:
    access, gate = closed.access, closed.gate
    if not closed.judged.closed:
        return
    if gate in (Gate.IDENTITY_S3, Gate.IDENTITY_KMS) and not explanation.regardless and not closed.identity.exclusive:
        yield wording.nothing_attached(closed.identity)
    if not closed.judged.certain:
        yield wording.presumption(access, owner)
    if gate in (Gate.KEY_POLICY, Gate.IDENTITY_KMS) and wording.writes_only(access):
        yield wording.HEADER_PRESUMED
