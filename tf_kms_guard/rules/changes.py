"""CH: what a plan takes away from outsiders who need it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tf_kms_guard.estate.access import Access, BucketAccess
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Bucket, Identity, IdentityPolicy, PolicySlot, SlotState
from tf_kms_guard.estate.planned import Planned
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import Condition, Effect, Statement
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


@rule(
    "CH001",
    "plan-removes-key-of-shared-bucket",
    Severity.WARNING,
    None,
    "A plan deletes or replaces the key of a bucket that another account uses",
    "AWS KMS Developer Guide, Deleting AWS KMS keys; Amazon S3 User Guide, default encryption",
)
def plan_removes_key(view: View) -> Iterator[Finding]:
    """What is stored in the bucket stays encrypted with the key that goes, whichever key the bucket gets next.

    Nothing is said where the bucket goes as well, where nobody of another account got through before, or where the
    bucket goes on naming the key, of which KC004 speaks.
    """
    planned, before = view.planned, view.before
    if planned is None or before is None or not before.settled or view.key_that_goes is not None:
        return
    choice = before.bucket.encryption.key
    if choice is None or choice.key is None or not planned.removes(choice.key.address):
        return
    accesses = [access for access in before.accesses if access.verdict is not Verdict.DENIED]
    if not accesses:
        return
    key = choice.key
    now = next((one for one in view.estate.keys if one.address == key.address), None)
    bucket = wording.bucket_shown(view.bucket)
    yield _finding(
        view,
        "CH001",
        key.address,
        f"{_whom(accesses)} cannot read what is in {bucket} any more: this plan {planned.verb(key.address)} its key, "
        f"{key.address}",
        "this takes the place of the key under which objects are stored"
        if now
        else "objects are stored under a key that goes",
        view.bucket.encryption.span if now is None else now.span,
        Fix(
            "keep the old key as a resource of its own until no object needs it: copy the objects, or change their key "
            "with S3 Batch Operations or UpdateObjectEncryption, and delete the key after that"
        ),
    )


@rule(
    "CH002",
    "plan-removes-named-role",
    Severity.WARNING,
    None,
    "A plan deletes or replaces a role or user that a policy of the bucket or its key names",
    "AWS IAM User Guide, AWS JSON policy elements: Principal",
)
def plan_removes_named_identity(view: View) -> Iterator[Finding]:
    """AWS keeps the unique id of a role or user that a policy names: a new one of the same name has another id.

    A policy that the plan makes anew, or changes in what it says, is stored with the new id, and is left alone.
    """
    planned, before = view.planned, view.before
    if planned is None or before is None:
        return
    for address, access in {a.outsider.identity.address: a for a in before.accesses if a.outsider.identity}.items():
        identity = access.outsider.identity
        if identity is None or not planned.removes(address):
            continue
        now = next((one for one in view.estate.identities if _takes_place(one, identity, view)), None)
        for place, then, slot in _slots(before.bucket, view.bucket, planned):
            named = _naming(slot, identity.arn, view)
            if named is None or _naming(then, identity.arn, view) is None:
                continue
            if now is not None and (planned.makes(slot.source) or not _says_the_same(then, slot)):
                continue
            yield _of_identity(view, access, identity, now, place, slot, named)
            break


def _takes_place(new: Identity, old: Identity, view: View) -> bool:
    """Whether a plan makes one role or user with the ARN of another that it removes."""
    makes = view.planned is not None and view.planned.makes(new.address)
    return makes and equal(new.arn, old.arn, view.estate.world) is Truth.YES


def _of_identity(
    view: View,
    access: Access,
    identity: Identity,
    now: Identity | None,
    place: str,
    slot: PolicySlot,
    named: Statement,
) -> Finding:
    if now is None:
        what = f"deletes {identity.address}, and the {place} goes on naming it"
    elif now.address == identity.address:
        what = f"replaces {identity.address}, and the {place} keeps naming the one that is gone"
    else:
        what = f"deletes {identity.address}, and the {place} does not come to name {now.address} in its place"
    return _finding(
        view,
        "CH002",
        identity.address,
        f"{wording.who(access)} loses access to {wording.bucket_shown(view.bucket)}: this plan {what}",
        f"the {place} names the {identity.kind} by its ARN, for which AWS has stored its unique id",
        named.origin or slot.span,
        Fix(
            f"take {spell(identity.arn)} out of the {place}, or keep the {identity.kind}"
            if now is None
            else f"keep the {identity.kind} (a moved block, where it only has another name in the code); or apply once "
            "more after this: AWS then shows the old id in the policy, so that Terraform writes it again"
        ),
        wording.principal_shown(access),
    )


@rule(
    "CH003",
    "plan-removes-policy-in-use",
    Severity.WARNING,
    None,
    "A plan deletes or replaces the resource of a policy that lets another account in",
    "AWS provider documentation, aws_kms_key_policy and aws_s3_bucket_policy",
)
def plan_removes_policy(view: View) -> Iterator[Finding]:
    """Between the removal of a policy and the next one nobody gets in, and a removal that comes last takes the next
    one along: there is one policy to a bucket or key, whichever resource sets it.

    Of a bucket policy that goes and has no successor it speaks too, for then nothing is left that says who is meant to
    have access. Where a removal closes the gate of somebody who is still meant to have it, that gate's rule speaks.
    """
    planned, before = view.planned, view.before
    if planned is None or before is None:
        return
    gates = {"bucket policy": Gate.BUCKET_POLICY, "key policy": Gate.KEY_POLICY}
    for place, then, slot in _slots(before.bucket, view.bucket, planned):
        if not planned.removes(then.source):
            continue
        if slot.state is SlotState.SET:
            passing = [access for access in view.accesses if _passes(access, gates[place])]
            if passing:
                yield _of_policy(view, planned, then.source, place, passing, slot.span)
        elif slot.state is SlotState.ABSENT:
            passing = [access for access in before.accesses if _passes(access, gates[place])]
            losing = [access for access in passing if _is_forgotten(access, view, planned)]
            if losing:
                yield _without_policy(view, then.source, place, losing)
    for access in view.accesses:
        yield from _of_its_own(view, planned, before, access)


def _is_forgotten(access: Access, view: View, planned: Planned) -> bool:
    """Whether somebody who was meant to have access stays, and nothing says any more that it is."""
    identity = access.outsider.identity
    if identity is not None and planned.removes(identity.address):
        return False
    return all(one.outsider.spelled != access.outsider.spelled for one in view.accesses)


def _of_its_own(view: View, planned: Planned, before: BucketAccess, access: Access) -> Iterator[Finding]:
    """A policy of the outsider itself that is removed, and another one that is made."""
    identity = access.outsider.identity
    if identity is None or planned.removes(identity.address):
        return
    for earlier in before.accesses:
        then = earlier.outsider.identity
        if then is None or then.address != identity.address:
            continue
        removed = [one for one in then.policies if planned.removes(one.source) and _is_relied_on(earlier, one)]
        made = [one for one in identity.policies if planned.makes(one.source) and _is_relied_on(access, one)]
        if removed and made:
            place = f"policy of {identity.address}"
            yield _of_policy(view, planned, removed[0].source, place, [access], made[0].span)


def _of_policy(view: View, planned: Planned, source: str, place: str, passing: Sequence[Access], span: Span) -> Finding:
    return _finding(
        view,
        "CH003",
        source,
        f"{_whom(passing)} may lose access to {wording.bucket_shown(view.bucket)}: this plan {planned.verb(source)} "
        f"{source}, the {place} that lets it in",
        f"this {place} comes in its place: before it, or if the removal comes after it, nobody gets in",
        span,
        Fix(
            f"change {source} in place, or say with a moved block that it only has another name in the code; or apply "
            "once more after this, which puts back what is missing"
        ),
    )


def _without_policy(view: View, source: str, place: str, losing: Sequence[Access]) -> Finding:
    return _finding(
        view,
        "CH003",
        source,
        f"{_whom(losing)} loses access to {wording.bucket_shown(view.bucket)}: this plan deletes {source}, the {place} "
        "that lets it in",
        f"nothing sets a {place} here any more",
        view.bucket.span,
        Fix(f"keep {source}, if the bucket is still to be shared"),
    )


def _slots(then: Bucket, now: Bucket, planned: Planned) -> Iterator[tuple[str, PolicySlot, PolicySlot]]:
    """The policies of a bucket and of its key that both are there before and after, each with its name."""
    if not planned.removes(now.address):
        yield "bucket policy", then.policy, now.policy
    old, new = then.encryption.key, now.encryption.key
    if old is None or new is None or old.key is None or new.key is None:
        return
    if old.key.address == new.key.address and not planned.removes(new.key.address):
        yield "key policy", old.key.policy, new.key.policy


def _naming(slot: PolicySlot, arn: TextLike, view: View) -> Statement | None:
    """The first Allow statement that names an ARN as its principal."""
    for statement in slot.document.statements:
        named = statement.principals if isinstance(statement.principals, tuple) else ()
        if statement.effect is Effect.ALLOW and any(
            equal(principal.value, arn, view.estate.world) is Truth.YES for principal in named
        ):
            return statement
    return None


def _says_the_same(one: PolicySlot, other: PolicySlot) -> bool:
    first, second = ([_spelled(statement) for statement in slot.document.statements] for slot in (one, other))
    return first == second


def _spelled(statement: Statement) -> tuple[object, ...]:
    def texts(values: tuple[TextLike, ...] | Unknown | None) -> object:
        return sorted(map(spell, values)) if isinstance(values, tuple) else values is None

    def principals(values: tuple[Principal, ...] | Unknown | None) -> object:
        return sorted(spell(one.value) for one in values) if isinstance(values, tuple) else values is None

    def condition(one: Condition) -> object:
        return one.operator, spell(one.key), texts(one.values)

    conditions = statement.conditions
    return (
        statement.effect,
        principals(statement.principals),
        principals(statement.not_principals),
        *(texts(part) for part in (statement.actions, statement.not_actions)),
        *(texts(part) for part in (statement.resources, statement.not_resources)),
        sorted(map(repr, map(condition, conditions))) if isinstance(conditions, tuple) else None,
    )


def _passes(access: Access, gate: Gate) -> bool:
    judged = access.gate(gate)
    return judged is not None and judged.verdict is Verdict.ALLOWED


def _is_relied_on(access: Access, policy: IdentityPolicy) -> bool:
    """Whether a statement of a policy is what lets somebody through one of its own gates."""
    for gate in (Gate.IDENTITY_S3, Gate.IDENTITY_KMS):
        judged = access.gate(gate)
        for asked in () if judged is None or judged.verdict is not Verdict.ALLOWED else judged.result.asked:
            nearest = None if asked.decision is None else asked.decision.nearest
            if nearest is not None and any(one is nearest.statement for one in policy.document.statements):
                return True
    return False


def _whom(accesses: Sequence[Access]) -> str:
    first, *others = accesses
    return f"{wording.who(first)}{f' (and {len(others)} more)' if others else ''}"


def _finding(
    view: View,
    rule_id: str,
    resource: str,
    message: str,
    label: str,
    location: Span,
    fix: Fix,
    principal: PrincipalShown | None = None,
) -> Finding:
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        workspace=view.bucket.workspace,
        resource=resource,
        buckets=(view.bucket.address,),
        key=wording.key_shown(view.bucket.encryption.key),
        principal=principal,
        actions=(),
        intent=(),
        message=message,
        label=label,
        why=wording.evidence(view.estate, view.bucket.account),
        location=location,
        fix=fix,
    )
