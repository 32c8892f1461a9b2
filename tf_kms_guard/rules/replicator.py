"""RE: what keeps the role that replicates from doing so, in its own policies and over there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.bucket_side import restricted_by
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Bucket, Identity, Key
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.estate.replicating import Answer, answers, destination_of
from tf_kms_guard.estate.replication import Replication, ReplicationRule
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.iam.layers import LayerKind
from tf_kms_guard.iam.principal import describe, same_principal
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Severity, Undetermined
from tf_kms_guard.rules.identity import form_of
from tf_kms_guard.rules.replication import is_judged, why_in_doubt
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, spell
from tf_kms_guard.values.truth import Truth


@rule(
    "RE002",
    "replication-role-misses-permission",
    Severity.ERROR,
    None,
    "The role that replicates may not read or decrypt the source, or not write or encrypt the replicas",
    "Amazon S3 User Guide, Replicating encrypted objects (SSE-S3, SSE-KMS, DSSE-KMS, SSE-C)",
)
def replication_role_misses_permission(view: View) -> Iterator[Finding]:
    """The role's own policies lack a part of what replication takes, or the source's own key keeps the role out."""
    for replication in view.judged.replications:
        found = list(_refused(view, replication))
        own = [answer for answer in found if answer.own]
        identity = replication.estate.identity(replication.role, replication.workspace)
        if own and identity is not None:
            yield _of_role(view, replication, identity, own)
        known_outside = any(
            same_principal(access.outsider.principal, replication.role, replication.estate.world) is not Truth.NO
            for access in view.accesses
        )
        if not known_outside:  # of the source's own gates other rules speak then
            yield from _of_policies(view, replication, "RE002", (one for one in found if one.at_source and not one.own))


@rule(
    "RE003",
    "replication-destination-refuses",
    Severity.ERROR,
    None,
    "The destination of a replication does not accept the role that replicates",
    "Amazon S3 User Guide, Granting permissions when the source and destination buckets are owned by different "
    "AWS accounts; Changing the replica owner",
)
def replication_destination_refuses(view: View) -> Iterator[Finding]:
    """The policy of the destination bucket or of the replicas' key does not let the role in, or the owner is not said.

    A destination that no target declares is undetermined.
    """
    for replication in view.judged.replications:
        for one in replication.rules:
            if one.translated is Truth.YES and one.account is None and is_judged(view, replication, one):
                yield _without_account(view, replication, one)
        found = (one for one in _refused(view, replication) if not one.at_source and not one.own)
        yield from _of_policies(view, replication, "RE003", found)


def undetermined_replicators(view: View) -> Iterator[Undetermined]:
    """What is not known of the policies that a replication needs, where none of them surely refuses."""
    seen: set[tuple[str, str]] = set()
    for replication in view.judged.replications:
        for one in replication.rules:
            doubt = why_in_doubt(view, replication, one)
            if doubt is None and not is_judged(view, replication, one):
                continue
            found = list(answers(replication, one))
            refused = [answer for answer in found if answer.because is None]
            if doubt is not None:
                if refused:
                    yield _open(replication, refused[0], doubt, None, one.span)
                continue
            for answer in () if refused else found:
                because = answer.because
                words = "it depends on a value that is not known" if because is None else because.because
                if (replication.address, words) not in seen:
                    seen.add((replication.address, words))
                    settle = None if because is None else because.settle
                    origin = None if because is None else because.origin
                    yield _open(replication, answer, words, settle, origin or one.spans[0])


def _open(replication: Replication, answer: Answer, because: str, settle: str | None, span: Span) -> Undetermined:
    return Undetermined(
        workspace=replication.workspace,
        gate=answer.gate.value,
        bucket=answer.bucket.address,
        principal=spell(replication.role.value),
        because=because,
        settle=settle,
        location=span,
    )


def _refused(view: View, replication: Replication) -> Iterator[Answer]:
    for one in replication.rules:
        if is_judged(view, replication, one):
            yield from (answer for answer in answers(replication, one) if answer.because is None)


def _of_role(view: View, replication: Replication, identity: Identity, own: Sequence[Answer]) -> Finding:
    match, span = _deny(own), identity.span
    lacking = "; ".join(dict.fromkeys(f"{one.action} on {_thing_shown(one)}" for one in own))
    if match is None:
        because = f"its own policies do not allow {lacking}"
        nearest = next((words for one in own if (words := _nearest(one)) is not None), None)
        label = f"nothing attached here allows {_actions(own, ' or ')}"
        near = _all_but_one(own[0]) if len(own) == 1 else None
        if near is not None and near.statement.origin is not None:
            span, nearest, label = near.statement.origin, None, near.why
            because = f"{because}: {near.name} {near.why}"
    else:
        span = match.statement.origin or span
        because, nearest = f"{match.name} of its own policies denies {lacking}", None
        label = "this statement denies it, and a Deny outweighs every Allow"
    resources = list({spell(text): text for text in map(_resource, own)}.values())
    account = spell(replication.estate.world.bind(identity.account.id))
    presumed = [] if identity.exclusive or match is not None else [wording.nothing_attached(identity)]
    return _finding(
        view,
        replication,
        "RE002",
        own,
        identity.workspace,
        identity.address,
        span,
        because,
        label,
        Fix(
            f"add this statement to a policy of {identity.address}"
            if match is None
            else f"leave {describe(replication.role)} out of {match.name}",
            None if match is not None else statements.allow(_unique(own), resources),
            form_of(identity),
            f"in account {account}",
            statements.module_of(identity.address),
        ),
        (identity.account, replication.bucket.account),
        presumed,
        nearest,
    )


def _of_policies(view: View, replication: Replication, id: str, found: Iterable[Answer]) -> Iterator[Finding]:
    """A finding for each bucket or key whose policy refuses."""
    things: dict[tuple[str, str], list[Answer]] = {}
    for one in found:
        thing = _key(one) if one.gate is Gate.KEY_POLICY else one.bucket
        if thing is not None:
            things.setdefault(thing.place, []).append(one)
    for refusals in things.values():
        yield _of_policy(view, replication, id, refusals)


def _of_policy(view: View, replication: Replication, id: str, refusals: Sequence[Answer]) -> Finding:
    first = refusals[0]
    bucket, key = first.bucket, _key(first)
    owner = bucket if first.gate is Gate.BUCKET_POLICY or key is None else key
    policy, match = owner.policy, _deny(refusals)
    of_bucket = owner is bucket
    named = f"the bucket policy of {wording.bucket_shown(bucket)}" if of_bucket else f"the policy of {key_of(first)},"
    span, actions = policy.span, _actions(refusals, " or ")
    nearest = None
    fix = Fix(f"leave {describe(replication.role)} out of it")
    if first.layer.kind is LayerKind.PUBLIC_ACCESS_BLOCK:
        source, span = restricted_by(bucket, None)
        because = f"{source} keeps other accounts out, for {named} is public"
        label = "this leaves a public policy to the bucket's own account"
        fix = Fix(f"name {describe(replication.role)} in the bucket policy, so that it is not public")
    elif match is not None:
        because = f"{match.name} of {named} denies it {actions}"
        label = "this statement denies it, and a Deny outweighs every Allow"
        span = match.statement.origin or span
    else:
        because = f"{named} does not allow it {actions}"
        label = f"nothing here allows {actions} to {spell(replication.role.value)}"
        nearest = next((words for one in refusals if (words := _nearest(one)) is not None), None)
        resource: TextLike = statements.objects_of(bucket) if of_bucket else "*"
        fix = Fix(
            f"add this statement to the {'bucket' if of_bucket else 'key'} policy",
            statements.for_outsider(_access(replication, bucket), _unique(refusals), [resource]),
            policy.form,
            f"in account {spell(replication.estate.world.bind(owner.account.id))}",
            statements.module_of(policy.source),
        )
    accounts = (owner.account, replication.bucket.account)
    return _finding(
        view,
        replication,
        id,
        refusals,
        owner.workspace,
        owner.address,
        span,
        because,
        label,
        fix,
        accounts,
        (),
        nearest,
    )


def _without_account(view: View, replication: Replication, one: ReplicationRule) -> Finding:
    destination = destination_of(replication, one) or replication.bucket
    return _finding(
        view,
        replication,
        "RE003",
        (),
        replication.workspace,
        replication.address,
        one.spans[0],
        f"the replicas are to be owned by the owner of {wording.bucket_shown(destination)}, and it is not said who "
        "that is",
        "access_control_translation without account",
        Fix("say the account that owns the destination bucket as account in this block"),
        (replication.bucket.account,),
    )


def _finding(
    view: View,
    replication: Replication,
    id: str,
    found: Sequence[Answer],
    workspace: str,
    resource: str,
    span: Span,
    because: str,
    label: str,
    fix: Fix,
    accounts: tuple[Account, ...],
    presumed: Iterable[str] = (),
    nearest: str | None = None,
) -> Finding:
    bucket = replication.bucket
    into = list(dict.fromkeys(wording.bucket_shown(one.bucket) for one in found if not one.at_source))
    to = f" to {' and '.join(into)}" if into else ""
    assumed = list(presumed)
    if not all(one.certain for one in found):
        assumed.append(wording.presumption(_access(replication, bucket), accounts[0]))
    return Finding(
        rule=info_of(id),
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM if assumed else Confidence.HIGH,
        workspace=workspace,
        resource=resource,
        buckets=(bucket.address,),
        key=next((wording.key_shown(one.bucket.encryption.key) for one in found if _of_key(one)), None),
        principal=PrincipalShown(replication.role.kind.value, spell(replication.role.value)),
        actions=tuple(_unique(found)),
        intent=("replicate",),
        message=f"{describe(replication.role)} cannot replicate {wording.bucket_shown(bucket)}{to}: {because}",
        label=label,
        why=(*wording.evidence(view.estate, *accounts), *assumed),
        location=span,
        nearest=nearest,
        fix=fix,
        closes=found[0].gate.value if found else Gate.BUCKET_POLICY.value,
    )


def _access(replication: Replication, bucket: Bucket) -> Access:
    """The role at a bucket, for the words that other rules use of outsiders."""
    identity = replication.estate.identity(replication.role, replication.workspace)
    return Access(bucket, replication.estate, Outsider(replication.role, identity), (), ())


def _of_key(answer: Answer) -> bool:
    return answer.gate in (Gate.KEY_POLICY, Gate.IDENTITY_KMS)


def _key(answer: Answer) -> Key | None:
    choice = answer.bucket.encryption.key
    return None if choice is None else choice.key


def key_of(answer: Answer) -> str:
    """The key of the objects that are read or written."""
    shown = wording.key_shown(answer.bucket.encryption.key) or "a key that is not known"
    return f"{shown}, the source's key" if answer.at_source else f"{shown}, the replicas' key"


def _thing_shown(answer: Answer) -> str:
    return key_of(answer) if _of_key(answer) else wording.bucket_shown(answer.bucket)


def _resource(answer: Answer) -> TextLike:
    if _of_key(answer):
        return statements.key_reference(answer.bucket.encryption.key)
    return statements.objects_of(answer.bucket)


def _unique(found: Iterable[Answer]) -> list[str]:
    return list(dict.fromkeys(one.action for one in found))


def _actions(found: Iterable[Answer], joined: str) -> str:
    return joined.join(_unique(found))


def _deny(found: Iterable[Answer]) -> StatementMatch | None:
    denies = (one.layer.decision.explicit_deny for one in found if one.layer.decision is not None)
    return next((deny for deny in denies if deny is not None), None)


def _all_but_one(answer: Answer) -> StatementMatch | None:
    """An Allow statement for the action that another key or bucket, or a condition, keeps from counting."""
    match = None if answer.layer.decision is None else answer.layer.decision.nearest
    if match is None or match.action is not Truth.YES or not match.reasons:
        return None
    return match if match.misses in (("resource",), ("condition",)) else None


def _nearest(answer: Answer) -> str | None:
    match = None if answer.layer.decision is None else answer.layer.decision.nearest
    return match.words if match is not None and match.reasons and len(match.misses) == 1 else None
