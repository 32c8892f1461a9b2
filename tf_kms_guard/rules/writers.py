"""WR: what writers of other accounts stumble over, depending on how they write."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access, IntentAccess
from tf_kms_guard.estate.bucket_settings import ENFORCED
from tf_kms_guard.estate.bucket_side import NO_HEADERS
from tf_kms_guard.estate.gates import Gate, GateResult
from tf_kms_guard.estate.questions import keeper_of, writing
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.identity import form_of
from tf_kms_guard.rules.key_condition import kept_from_writing
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known, spell
from tf_kms_guard.values.truth import Truth

_DECRYPT = "kms:Decrypt"


@rule(
    "WR002",
    "writer-misses-decrypt",
    Severity.WARNING,
    None,
    "An external writer may not decrypt, which multipart uploads need",
    "Amazon S3 User Guide, Uploading and copying objects using multipart upload",
)
def writer_misses_decrypt(view: View) -> Iterator[Finding]:
    """The writer is allowed ``kms:GenerateDataKey`` but not ``kms:Decrypt``, in the key policy or in its own policies.

    A single PUT works. Large files do not: clients upload them in parts, and S3 has to decrypt those.
    """
    for access, judged in writers(view):
        for result, certain in _lacking(access, judged):
            yield _without_decrypt(view, access, result, certain)


def writers(view: View) -> Iterator[tuple[Access, IntentAccess]]:
    """The outsiders that surely are of another account and are meant to write.

    Of an account that gets in by one of its identities it is not known what the others are refused.
    """
    if view.key_never_works or view.judged.worlds > 1:
        return
    for access in view.accesses:
        judged = writing(access)
        if judged is not None and judged.principal is access.outsider.principal and view.foreign(access) is Truth.YES:
            yield access, judged


def _lacking(access: Access, judged: IntentAccess) -> Iterator[tuple[GateResult, bool]]:
    """The KMS gates that let it write and are closed for decrypting; none of which another rule speaks already."""
    open_gates = {gate.gate for gate in judged.gates if gate.verdict is Verdict.ALLOWED}
    closed = {gate.gate for gate in access.gates if gate.verdict is not Verdict.ALLOWED}
    if not open_gates.intersection((Gate.KEY_POLICY, Gate.IDENTITY_KMS)) - closed:
        return
    certain = {one.gate: one for one in keeper_of(access, judged, presume=False).sometimes()}
    for result in keeper_of(access, judged).sometimes():
        denied = result.verdict is Verdict.DENIED and result.foreign is Truth.YES
        if denied and result.gate in open_gates - closed:
            sure = certain.get(result.gate)
            yield result, sure is not None and sure.verdict is Verdict.DENIED and sure.foreign is Truth.YES


def _without_decrypt(view: View, access: Access, result: GateResult, certain: bool) -> Finding:
    bucket, choice = access.bucket, access.bucket.encryption.key
    identity = access.outsider.identity if result.gate is Gate.IDENTITY_KMS else None
    key = None if choice is None else choice.key
    account = bucket.account if key is None else key.account
    why = list(wording.evidence(access.estate, account, *([] if identity is None else [identity.account])))
    if identity is not None and not identity.exclusive:
        why.append(wording.nothing_attached(identity))
        certain = False
    if not certain and identity is None:
        why.append(wording.presumption(access, account))
    resource, workspace, span = bucket.address, bucket.workspace, bucket.span
    if identity is not None:
        resource, workspace, span = identity.address, identity.workspace, identity.span
        where, owner = "its own policies allow", identity.account
        fix = statements.allow([_DECRYPT], [statements.key_reference(choice)])
        form, module = form_of(identity), statements.module_of(identity.address)
    else:
        owner = account
        where = "the key policy allows"
        form, module = "jsonencode", ""
        if key is not None:
            resource, workspace, span = key.address, key.workspace, key.policy.span
            form, module = key.policy.form, statements.module_of(key.policy.source)
        fix = statements.for_outsider(access, [_DECRYPT], ["*"])
    name = wording.bucket_shown(bucket)
    return Finding(
        rule=info_of("WR002"),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
        workspace=workspace,
        resource=resource,
        buckets=(bucket.address,),
        key=wording.key_shown(choice),
        principal=wording.principal_shown(access),
        actions=(_DECRYPT,),
        intent=(Intent.WRITE.value,),
        message=f"{wording.who(access)} cannot upload in parts to {name}: {where} kms:GenerateDataKey without "
        f"{_DECRYPT}, which S3 needs to put the parts together",
        label=f"nothing here allows {_DECRYPT} to {access.outsider.spelled}",
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=False),
        fix=Fix(
            f"allow {_DECRYPT} as well: extend the statement, or add",
            fix,
            form,
            f"in account {spell(access.estate.world.bind(owner.id))}",
            module,
        ),
        closes=result.gate.value,
    )


@rule(
    "WR003",
    "write-needs-encryption-header",
    Severity.WARNING,
    "bucket-policy",
    "The bucket policy refuses external writers that leave encryption to the bucket's default",
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
)
def write_needs_encryption_header(view: View) -> Iterator[Finding]:
    """A statement lets in only what brings the encryption headers, and default encryption sends none.

    A negated operator is true where the header is absent, with ``IfExists`` too; a ``Null`` test beside it mends that.
    """
    for access, judged in writers(view):
        gate = access.gate(Gate.BUCKET_POLICY)
        if gate is None or gate.verdict is Verdict.DENIED or kept_from_writing(view, access):
            continue
        bare = keeper_of(access, judged).at_bucket(Intent.WRITE, NO_HEADERS)
        deny = None if bare.decision is None else bare.decision.explicit_deny
        if bare.verdict is not Verdict.DENIED or deny is None:
            continue
        sure = keeper_of(access, judged, presume=False).at_bucket(Intent.WRITE, NO_HEADERS).verdict is Verdict.DENIED
        span = deny.statement.origin or access.bucket.policy.span
        yield finding_at_bucket(
            view,
            access,
            "WR003",
            sure,
            span,
            f"{wording.who(access)} cannot write to {wording.bucket_shown(access.bucket)} unless it sends encryption "
            f"headers: {deny.name} of the bucket policy denies requests without them, which default encryption would "
            "have encrypted",
            "this statement denies a request without the header, too",
            Fix(
                'add the condition Null = { "s3:x-amz-server-side-encryption" = "false" } to this statement, so that '
                "it speaks of requests with the header only; or have every writer send the headers",
                None,
                access.bucket.policy.form,
            ),
        )


@rule(
    "WR004",
    "object-brings-what-the-bucket-refuses",
    Severity.WARNING,
    None,
    "An object is written with an ACL or a customer key that its bucket refuses",
    "Amazon S3 User Guide, Controlling ownership of objects and disabling ACLs for your bucket",
)
def object_brings_what_the_bucket_refuses(view: View) -> Iterator[Finding]:
    """The bucket has ACLs disabled, and an object asks for one; or it refuses SSE-C, and an object brings its own key.

    Of the objects, those are looked at that this code writes into a bucket which other accounts use.
    """
    bucket = view.bucket
    if not view.accesses or view.judged.worlds > 1:
        return
    ownership = bucket.ownership
    enforced = ownership is not None and ownership.declared and ownership.setting == ENFORCED
    for one in view.estate.objects.of(bucket) if enforced or bucket.refuses_customer_keys is Truth.YES else ():
        if one.presence is not Truth.YES:
            continue
        acl = None if one.acl is None else known(one.acl)
        if enforced and acl is not None and acl != "bucket-owner-full-control":
            yield _of_object(
                view,
                one.address,
                one.acl_span,
                f"{one.address} cannot be written: it asks for the ACL {acl}, and "
                f"{wording.bucket_shown(bucket)} has ACLs disabled",
                "S3 answers AccessControlListNotSupported to every ACL but bucket-owner-full-control",
                "leave acl out: with BucketOwnerEnforced policies alone decide",
            )
        if one.customer_key and bucket.refuses_customer_keys is Truth.YES:
            yield _of_object(
                view,
                one.address,
                one.span,
                f"{one.address} cannot be written: it brings a key of its own (SSE-C), and "
                f"{wording.bucket_shown(bucket)} refuses that",
                "blocked_encryption_types of the bucket has SSE-C",
                "leave the customer key out, so that the bucket's key is used",
            )


def _of_object(view: View, address: str, span: Span, message: str, label: str, fix: str) -> Finding:
    bucket = view.bucket
    return Finding(
        rule=info_of("WR004"),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        workspace=bucket.workspace,
        resource=address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=None,
        actions=(),
        intent=(),
        message=message,
        label=label,
        why=wording.evidence(view.estate, bucket.account),
        location=span,
        fix=Fix(fix),
    )


def finding_at_bucket(
    view: View, access: Access, rule_id: str, sure: bool, span: Span, message: str, label: str, fix: Fix
) -> Finding:
    """A warning about a writer and the bucket's own settings; ``sure``: nothing is presumed for it."""
    bucket = view.bucket
    sure = sure and view.foreign(access, presume=False) is Truth.YES
    why = list(wording.evidence(access.estate, bucket.account))
    if not sure:
        why.append(wording.presumption(access, bucket.account))
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=bucket.workspace,
        resource=bucket.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=("s3:PutObject",),
        intent=(Intent.WRITE.value,),
        message=message,
        label=label,
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=False),
        fix=fix,
    )
