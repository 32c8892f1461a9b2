"""UN002: controls around the accounts, where they are seen and surely deny."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tf_kms_guard.estate.access import Access, IntentAccess
from tf_kms_guard.estate.controls import Control
from tf_kms_guard.estate.gates import Gate, Gatekeeper
from tf_kms_guard.estate.questions import keeper_of
from tf_kms_guard.iam.context import ABSENT
from tf_kms_guard.iam.decide import PolicyKind, Request, StatementMatch, Verdict, decide
from tf_kms_guard.iam.layers import LayerKind
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity, Undetermined
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_NAMES = {
    LayerKind.SERVICE_CONTROL: "service control policy",
    LayerKind.RESOURCE_CONTROL: "resource control policy",
    LayerKind.ENDPOINT_POLICY: "VPC endpoint policy",
}


@rule(
    "UN002",
    "control-outside-denies",
    Severity.ERROR,
    None,
    "A control around the accounts denies what every gate lets through",
    "AWS Organizations User Guide, SCP evaluation and RCP evaluation",
)
def control_outside_denies(view: View) -> Iterator[Finding]:
    """Service and resource control policies that are attached to one of the accounts here, and S3 VPC endpoints of
    the outsider's account.

    A ``Deny`` of such a policy outweighs everything below it. That of an endpoint is a warning, since the outsider may
    come another way, unless the bucket asks for that endpoint. What is set elsewhere is never seen, and session
    policies cannot be.
    """
    for denial in _denials(view):
        if denial.truth is Truth.YES:
            yield _finding(view, denial)


def controls_in_doubt(view: View) -> Iterator[Undetermined]:
    """What a policy that is attached to one of the accounts may deny."""
    for denial in _denials(view):
        if denial.truth is Truth.UNKNOWN and denial.because is not None:
            yield Undetermined(
                workspace=view.bucket.workspace,
                gate=denial.gate.value,
                bucket=denial.access.bucket.address,
                principal=denial.access.outsider.spelled,
                because=f"{denial.control.address} may deny it: {denial.because.because}",
                settle=denial.because.settle,
                location=denial.because.origin or denial.control.span,
            )


def denied_by_controls(view: View, access: Access, judged: IntentAccess) -> set[Gate]:
    """The gates that organisation policies surely shut for an intent."""
    if view.judged.worlds > 1 or not view.estate.controls.all:
        return set()
    found = _of(view, access, judged)
    return {one.gate for one in found if one.truth is Truth.YES and one.control.kind is not LayerKind.ENDPOINT_POLICY}


class _Denial(Struct, frozen=True, eq=False):
    access: Access
    judged: IntentAccess
    control: Control
    gate: Gate
    action: str
    truth: Truth
    certain: bool
    match: StatementMatch | None
    because: Unknown | None


def _denials(view: View) -> Iterator[_Denial]:
    """Of each outsider and gate the first control that denies, or may do so; nothing where the gate is closed."""
    if view.key_never_works or view.judged.worlds > 1 or not view.estate.controls.all:
        return
    for access in view.accesses:
        if view.foreign(access) is not Truth.YES:
            continue
        seen = {gate.gate for gate in access.gates if gate.closed}
        found = [one for judged in access.intents for one in _of(view, access, judged)]
        for denial in sorted(found, key=lambda one: one.truth is not Truth.YES):
            if denial.gate not in seen:
                seen.add(denial.gate)
                yield denial


def _of(view: View, access: Access, judged: IntentAccess) -> Iterator[_Denial]:
    if judged.principal is not access.outsider.principal:
        return  # of an account that gets in by one of its identities it is not known what the others are refused
    keeper = keeper_of(access, judged, any_object=True)
    certain = keeper_of(access, judged, presume=False, any_object=True)
    for control in view.estate.controls.all:
        for gate, owner, request in keeper.requests():
            account = owner if control.kind is LayerKind.RESOURCE_CONTROL else keeper.principal.account
            if account is None or equal(control.account, account, keeper.world) is not Truth.YES:
                continue
            if (gate in (Gate.BUCKET_POLICY, Gate.KEY_POLICY)) is not (control.kind is LayerKind.RESOURCE_CONTROL):
                continue
            truth, match, because = _denies(control, request, keeper, owner)
            if truth is Truth.NO:
                continue
            if control.kind is LayerKind.ENDPOINT_POLICY and (gate is not Gate.IDENTITY_S3 or truth is not Truth.YES):
                continue
            sure = _denies(control, request, certain, owner)[0] is Truth.YES
            yield _Denial(access, judged, control, gate, request.action, truth, sure, match, because)


def _denies(
    control: Control, request: Request, keeper: Gatekeeper, owner: TextLike
) -> tuple[Truth, StatementMatch | None, Unknown | None]:
    """Whether a control denies a request. Beside an organisation's policy AWS has one that allows everything."""
    by_identity = control.kind is LayerKind.SERVICE_CONTROL
    kind = PolicyKind.IDENTITY if by_identity else PolicyKind.RESOURCE
    callers = control.kind is not LayerKind.RESOURCE_CONTROL
    decision = decide(kind, [control.document], request, keeper.world_of(owner, callers=callers))
    because = next(iter(decision.unknowns), None)
    if control.kind is LayerKind.ENDPOINT_POLICY:
        return Truth.of(decision.verdict is Verdict.DENIED), decision.explicit_deny, because
    if because is None and decision.deny is Truth.UNKNOWN:
        because = next((one for match in decision.matched for one in match.unknowns), control.document.incomplete)
    return decision.deny, decision.explicit_deny, because


def _finding(view: View, denial: _Denial) -> Finding:
    access, control, bucket = denial.access, denial.control, denial.access.bucket
    name = f"the {_NAMES[control.kind]} {control.address}"
    endpoint = control.kind is LayerKind.ENDPOINT_POLICY
    asked_for = endpoint and _is_asked_for(denial)
    why = list(wording.evidence(access.estate, bucket.account))
    if endpoint:
        why.append(f"presumed: its requests come by {control.address}")
    else:
        why.append(f"{control.source} attaches {control.address} to account {spell(control.account)}")
    if control.kind is LayerKind.SERVICE_CONTROL:
        why.append(f"presumed: {spell(control.account)} is not the organization's management account")
    elif not denial.certain and not endpoint:
        why.append(wording.presumption(access, bucket.account))
    words = "denies it" if denial.match is None else f"has {denial.match.name}, which denies it"
    span = control.span if denial.match is None else denial.match.statement.origin or control.span
    through = f" by {control.address}" if endpoint else ""
    sure = denial.certain and control.kind is LayerKind.RESOURCE_CONTROL
    return Finding(
        rule=info_of("UN002"),
        severity=Severity.WARNING if endpoint and not asked_for else Severity.ERROR,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=control.workspace,
        resource=control.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=(denial.action,),
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{wording.cannot(access, [denial.judged.intent])}{through}: {name} {words} {denial.action}",
        label="nothing goes through that this leaves out" if endpoint else "this outweighs every Allow of the gates",
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=False),
        fix=Fix(f"leave this bucket, its key and {wording.who(access)} out of what {control.address} denies"),
        closes=denial.gate.value,
    )


def _is_asked_for(denial: _Denial) -> bool:
    """Whether the bucket lets the outsider in by this very endpoint, and not without one."""
    keeper, intent = keeper_of(denial.access, denial.judged), denial.judged.intent
    identifier = denial.control.identifier
    if identifier is None or known(identifier) == "":
        return False
    without = keeper.at_bucket(intent, {"aws:SourceVpce": ABSENT}).verdict
    by_it = keeper.at_bucket(intent, {"aws:SourceVpce": (identifier,)}).verdict
    return without is Verdict.DENIED and by_it is Verdict.ALLOWED
