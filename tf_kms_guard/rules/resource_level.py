"""BP002: actions on objects that are given for the bucket alone, and listing that is given for objects alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Bucket, Identity
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.iam.context import s3_context
from tf_kms_guard.iam.decide import Decision, PolicyKind, Request, StatementMatch, Verdict, decide
from tf_kms_guard.iam.document import Document, Effect
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import extend, info_of
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.identity import form_of
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known, pieces_of, spell
from tf_kms_guard.values.truth import Truth

_LISTING = "s3:ListBucket"


@explains(
    "BP002",
    "action-on-the-wrong-level",
    Severity.ERROR,
    "A statement allows actions on objects for the bucket alone, or listing for objects alone",
    "Amazon S3 User Guide, Policy actions for Amazon S3",
    Gate.BUCKET_POLICY,
    Gate.IDENTITY_S3,
)
def action_on_the_wrong_level(closed: Closed) -> Explanation | None:
    """A statement would let the outsider use objects, but its resource is the bucket and not what is in it.

    The reverse is found too: ``s3:ListBucket`` is asked of the bucket, and a statement for objects does not give it.
    Both are looked for in the bucket policy and in the outsider's own policies.
    """
    bucket, world = closed.access.bucket, closed.access.estate.world
    match = next((one for one in _allowing(closed) if _is_bucket_alone(one, bucket, world)), None)
    if match is None:
        return None
    own = closed.gate is Gate.IDENTITY_S3
    place = "in its own policies " if own else ""
    return Explanation(
        match.statement.origin or bucket.policy.span,
        f"{place}{match.name} allows {closed.spelled} on the bucket alone, which is asked of objects",
        f"the objects are {spell(statements.objects_of(bucket))}",
        Fix(
            "name the objects as well: extend the resources of this statement, or add",
            statements.allow(closed.actions, [statements.objects_of(bucket)])
            if own
            else statements.for_outsider(closed.access, closed.actions, [statements.objects_of(bucket)]),
            form_of(closed.identity) if own else bucket.policy.form,
            _where(closed.access, closed.identity if own else None),
            statements.module_of(closed.identity.address if own else bucket.policy.source),
        ),
    )


def _allowing(closed: Closed) -> Iterator[StatementMatch]:
    """The Allow statements that only their resources keep from opening the gate."""
    for decision in wording.denied_decisions(closed.judged):
        for match in decision.statements:
            fits = match.principal is Truth.YES and match.action is Truth.YES and match.condition is not Truth.NO
            if match.statement.effect is Effect.ALLOW and fits and match.resource is Truth.NO:
                yield match


def _is_bucket_alone(match: StatementMatch, bucket: Bucket, world: World) -> bool:
    resources = match.statement.resources
    return isinstance(resources, tuple) and any(equal(one, bucket.arn, world) is Truth.YES for one in resources)


def _where(access: Access, identity: Identity | None) -> str:
    owner = access.bucket.account if identity is None else identity.account
    return f"in account {spell(access.estate.world.bind(owner.id))}"


# ---- listing


def _listing(view: View) -> Iterator[Finding]:
    bucket = view.bucket
    if view.key_never_works or view.judged.worlds > 1 or bucket.other_way is not None or bucket.points:
        return
    for access in view.accesses:
        if view.foreign(access) is not Truth.YES:
            continue
        if not _is_closed(access, Gate.BUCKET_POLICY):
            yield from _listing_in(view, access, None)
        identity = access.outsider.identity
        if identity is not None and identity.closed is Truth.YES and not _is_closed(access, Gate.IDENTITY_S3):
            yield from _listing_in(view, access, identity)


def _is_closed(access: Access, gate: Gate) -> bool:
    judged = access.gate(gate)
    return judged is not None and judged.closed


def _listing_in(view: View, access: Access, identity: Identity | None) -> Iterator[Finding]:
    """Listing that a policy says and does not give: the bucket policy, or those of ``identity``."""
    documents = [access.bucket.policy.document] if identity is None else identity.documents
    if not any(_has_listing(document) for document in documents):
        return
    decision = _decided(access, identity, access.estate.world)
    match = next((one for one in decision.statements if _says_listing(one, access.bucket)), None)
    if match is None or decision.verdict is not Verdict.DENIED or decision.deny is Truth.YES:
        return
    certain = _decided(access, identity, access.estate.world.certain()).verdict is Verdict.DENIED
    certain = certain and view.foreign(access, presume=False) is Truth.YES
    bucket = access.bucket
    owner = bucket.account if identity is None else identity.account
    why = list(wording.evidence(access.estate, bucket.account, owner))
    if identity is not None and not identity.exclusive:
        why.append(wording.nothing_attached(identity))
        certain_set = False
    else:
        certain_set = True
    if not certain:
        why.append(wording.presumption(access, bucket.account))
    place = "" if identity is None else "in its own policies "
    resources: Sequence[TextLike] = [statements.reference(f"{bucket.address}.arn")]
    statement = (
        statements.allow([_LISTING], resources)
        if identity is not None
        else statements.for_outsider(access, [_LISTING], resources)
    )
    gate = Gate.BUCKET_POLICY if identity is None else Gate.IDENTITY_S3
    span: Span = match.statement.origin or bucket.policy.span
    yield Finding(
        rule=info_of("BP002"),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH if certain and certain_set else Confidence.MEDIUM,
        workspace=bucket.workspace if identity is None else identity.workspace,
        resource=bucket.address if identity is None else identity.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=(_LISTING,),
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{wording.who(access)} cannot list {wording.bucket_shown(bucket)}: {place}{match.name} allows "
        f"{_LISTING} on objects alone, which is asked of the bucket",
        label=f"{_LISTING} is asked of {bucket.address}.arn, without /*",
        why=tuple(why),
        location=span,
        gates=wording.gate_states(access, key_never_works=False),
        fix=Fix(
            "name the bucket as well: extend the resources of this statement, or add",
            statement,
            bucket.policy.form if identity is None else form_of(identity),
            _where(access, identity),
            statements.module_of(bucket.policy.source if identity is None else identity.address),
        ),
        closes=gate.value,
    )


def _decided(access: Access, identity: Identity | None, world: World) -> Decision:
    bucket, principal = access.bucket, access.outsider.principal
    context = s3_context(principal, action=_LISTING, region=bucket.region, bucket_account=bucket.account.id)
    request = Request(principal, _LISTING, bucket.arn, context)
    if identity is not None:
        return decide(PolicyKind.IDENTITY, identity.documents, request, world)
    return decide(PolicyKind.RESOURCE, [bucket.policy.document], request, world)


def _says_listing(match: StatementMatch, bucket: Bucket) -> bool:
    """Whether a statement says ``s3:ListBucket`` by name, for objects of this bucket alone."""
    statement = match.statement
    if statement.effect is not Effect.ALLOW or match.principal is not Truth.YES or match.condition is Truth.NO:
        return False
    actions, resources = statement.actions, statement.resources
    if not isinstance(actions, tuple) or not isinstance(resources, tuple) or match.resource is not Truth.NO:
        return False
    named = any((known(action) or "").lower() == _LISTING.lower() for action in actions)
    return named and any(_is_in(resource, bucket) for resource in resources)


@lru_cache(maxsize=1024)
def _has_listing(document: Document) -> bool:
    """Whether any statement says ``s3:ListBucket`` by name."""
    actions = (action for one in document.statements if isinstance(one.actions, tuple) for action in one.actions)
    return any((known(action) or "").lower() == _LISTING.lower() for action in actions)


def _is_in(resource: TextLike, bucket: Bucket) -> bool:
    name = bucket_named(resource)
    has_objects = any(isinstance(piece, str) and "/" in piece for piece in pieces_of(resource))
    return name is not None and has_objects and equal(name, bucket.name) is Truth.YES


extend("BP002", _listing)
