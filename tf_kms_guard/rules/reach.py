"""Whether an outsider reaches a bucket, intent by intent: its gates, and what no policy can mend.

The rules report what is closed; this tells of every intent what it comes to, in agreement with them.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tf_kms_guard.estate.access import Access, GateJudgement, IntentAccess
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Identity
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.controls import denied_by_controls
from tf_kms_guard.rules.finding import GateState
from tf_kms_guard.rules.key_condition import kept_from_writing
from tf_kms_guard.rules.key_reference import means_a_key_of_the_writer
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.truth import Truth

KEY_CHOICE = "key-choice"
KEY_REFERENCE = "key-reference"
_KMS_GATES = (Gate.KEY_POLICY, Gate.IDENTITY_KMS)


class Reach(Struct, frozen=True, eq=False):
    """One intent of one outsider of one bucket.

    ``gates``: the verdicts in the order in which they are shown; ``key-choice`` and ``key-reference`` are among them
    where they stand in the way. ``presumed``: every closed one is so only if what is presumed holds.
    """

    view: View
    access: Access
    judged: IntentAccess
    gates: tuple[GateState, ...]
    presumed: bool

    @property
    def verdict(self) -> str:
        """The weakest gate."""
        return Verdict.weakest(Verdict(gate.verdict) for gate in self.gates).value


def reaches(view: View) -> Iterator[Reach]:
    """Every intent of every outsider of a bucket, also of those that only the key policy hints at."""
    for access in view.judged.accesses:
        for judged in access.intents:
            yield _reach(view, access, judged)


def _reach(view: View, access: Access, judged: IntentAccess) -> Reach:
    verdicts = {gate.gate.value: gate.verdict for gate in judged.gates}
    sure = any(gate.closed and gate.certain for gate in judged.gates)
    foreign = view.foreign(access)
    if view.nobody_can or (view.uses_aws_managed_key and foreign is Truth.YES):
        verdicts[KEY_CHOICE] = Verdict.DENIED
        if view.key_never_works:
            verdicts[Gate.KEY_POLICY.value] = Verdict.DENIED
        surely_foreign = view.foreign(access, presume=False) is Truth.YES and not wording.writes_only(access)
        sure = sure or view.nobody_can or surely_foreign
    elif view.uses_aws_managed_key and foreign is Truth.UNKNOWN:
        verdicts[KEY_CHOICE] = Verdict.UNDETERMINED
    elif judged.intent is Intent.WRITE and foreign is Truth.YES:
        if means_a_key_of_the_writer(view) or kept_from_writing(view, access):
            verdicts[KEY_REFERENCE] = Verdict.DENIED
    for gate in denied_by_controls(view, access, judged):
        verdicts[gate.value] = Verdict.DENIED
    gates = tuple(GateState(name, verdict.value) for name, verdict in verdicts.items())
    closed = Verdict.DENIED in verdicts.values()
    return Reach(view, access, judged, gates, closed and not sure)


def rests_on(reach: Reach) -> tuple[str, ...]:
    """What is known of the accounts, and what is presumed where a gate is closed."""
    access, view = reach.access, reach.view
    bucket, identity = access.bucket, access.outsider.identity
    key = None if bucket.encryption.key is None else bucket.encryption.key.key
    accounts = [bucket.account]
    accounts += [] if key is None else [key.account]
    accounts += [] if identity is None else [identity.account]
    lines = list(wording.evidence(access.estate, *accounts))
    closed = [gate for gate in reach.judged.gates if gate.closed]
    states = {gate.gate: gate.verdict for gate in reach.gates}
    if any(not gate.certain for gate in closed):
        of_the_key = all(gate.gate is Gate.KEY_POLICY for gate in closed if not gate.certain)
        lines.append(wording.presumption(access, bucket.account if key is None or not of_the_key else key.account))
    elif _key_in_the_way(states) and not view.nobody_can and view.foreign(access, presume=False) is not Truth.YES:
        lines.append(wording.presumption(access, bucket.account))
    by_key = any(gate.gate in _KMS_GATES for gate in closed) or _key_in_the_way(states)
    if KEY_REFERENCE in states or (by_key and wording.writes_only(access) and not view.nobody_can):
        lines.append(wording.HEADER_PRESUMED)
    if identity is not None and not identity.exclusive and any(_own_lack(gate, identity) for gate in closed):
        lines.append(wording.nothing_attached(identity))
    return tuple(lines)


def _key_in_the_way(states: dict[str, str]) -> bool:
    return Verdict.DENIED.value in (states.get(KEY_CHOICE), states.get(KEY_REFERENCE))


def _own_lack(judged: GateJudgement, identity: Identity) -> bool:
    """Whether an identity gate is closed because nothing that is seen opens it, and not by a Deny or a boundary."""
    if judged.gate not in (Gate.IDENTITY_S3, Gate.IDENTITY_KMS) or wording.explicit_deny(judged) is not None:
        return False
    boundary = None if identity.boundary is None else identity.boundary.document
    asked = [document for decision in wording.denied_decisions(judged) for document in decision.documents]
    return all(document is not boundary for document in asked)
