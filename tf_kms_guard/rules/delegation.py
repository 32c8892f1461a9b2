"""KP006: a key whose own account's IAM policies do not count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tf_kms_guard.estate.model import Bucket, Identity, Key, SlotState
from tf_kms_guard.estate.outsiders import names_bucket
from tf_kms_guard.iam.context import s3_context
from tf_kms_guard.iam.decide import Decision, Request, Verdict, decide_identity_policies, decide_resource_policy
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.iam.grants import judge_grants
from tf_kms_guard.iam.principal import account_principal
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Related, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import known, spell
from tf_kms_guard.values.truth import Truth

_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt")


@rule(
    "KP006",
    "key-policy-does-not-delegate",
    Severity.WARNING,
    "key-policy",
    "The key policy does not leave its own account to IAM, where a role or user relies on an IAM policy alone",
    "AWS KMS Developer Guide, Default key policy",
)
def key_policy_does_not_delegate(view: View) -> Iterator[Finding]:
    """Without a statement for the root of the key's account, IAM policies of that account do not count for the key.

    A role or user of that account whose own policy names the key, or the bucket, and that the key policy does not name
    is kept out, and so is whoever takes on the role from another account.
    """
    choice = view.bucket.encryption.key
    key = None if choice is None else choice.key
    sure = view.judged.settled and view.judged.worlds == 1 and not view.key_never_works
    if key is None or not sure or key.policy.state is not SlotState.SET:
        return
    actions = _not_delegated(view, key)
    if not actions:
        return
    for identity in view.estate.identities:
        if identity.workspace == key.workspace:
            action = _kept_out(view, key, identity, actions)
            if action is not None:
                yield _finding(view, key, identity, action)


def _not_delegated(view: View, key: Key) -> tuple[str, ...]:
    """The actions that the key policy does not surely leave to any identity of the account: of most keys none."""
    document = key.policy.document
    if any(statement.not_principals is not None for statement in document.statements):
        return _ACTIONS
    anybody = account_principal(key.account.id, key.account.partition)
    context = s3_context(anybody).with_values({"kms:calleraccount": (key.account.id,)})
    world = view.estate.world.certain()
    requests = {action: Request(anybody, action, key.arn, context) for action in _ACTIONS}
    decided = {action: decide_resource_policy([document], one, world) for action, one in requests.items()}
    return tuple(action for action, decision in decided.items() if decision.allow is not Truth.YES)


def _kept_out(view: View, key: Key, identity: Identity, actions: tuple[str, ...]) -> str | None:
    """An action that an identity of the key's account surely relies on its own policies for, in vain."""
    world = view.estate.world.certain()
    if equal(identity.account.id, key.account.id, world) is not Truth.YES:
        return None
    principal = identity.principal
    context = s3_context(principal).with_values({"kms:calleraccount": (key.account.id,)})
    grants = [grant.for_deciding() for grant in key.grants]
    for action in actions:
        request = Request(principal, action, key.arn, context)
        own = decide_identity_policies(identity.documents, request, world)
        if own.allow is not Truth.YES or own.deny is not Truth.NO or not _is_meant(own, identity, view.bucket, view):
            continue
        policy = decide_resource_policy([key.policy.document], request, world)
        if policy.verdict is Verdict.DENIED and policy.deny is Truth.NO:
            if judge_grants(grants, request, world).truth is Truth.NO:
                return action
    return None


def _is_meant(own: Decision, identity: Identity, bucket: Bucket, view: View) -> bool:
    """Whether the identity means this key: the statement names it, or another one names the bucket."""
    for match in own.matched:
        resources = match.statement.resources
        if isinstance(resources, tuple) and all(known(resource) != "*" for resource in resources):
            return True
    return any(
        statement.effect is Effect.ALLOW and names_bucket(statement.resources, bucket, view.estate.world)
        for policy in identity.policies
        for statement in policy.document.statements
    )


def _finding(view: View, key: Key, identity: Identity, action: str) -> Finding:
    account = spell(view.estate.world.bind(key.account.id))
    partition = spell(key.account.partition)
    root = f"arn:{partition}:iam::{account}:root"
    bucket = wording.bucket_shown(view.bucket)
    return Finding(
        rule=info_of("KP006"),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        workspace=key.workspace,
        resource=key.address,
        buckets=(view.bucket.address,),
        key=key.address,
        principal=PrincipalShown(identity.kind, spell(identity.arn)),
        actions=(action,),
        intent=(),
        message=f"{identity.kind} {spell(identity.name)} of the key's own account cannot use {bucket} by its IAM "
        f"policy: no statement of the key policy names it or leaves {action} to account {account}",
        label=f"nothing here leaves the key to the IAM policies of account {account}",
        why=wording.evidence(view.estate, key.account),
        location=key.policy.span,
        related=(Related(f"this {identity.kind} has an IAM policy that allows {action}", identity.span),),
        fix=Fix(
            "leave the account to IAM with this statement, or name the role or user in the key policy",
            statements.allow(["kms:*"], ["*"], root),
            key.policy.form,
            f"in account {account}",
            statements.module_of(key.policy.source),
        ),
    )
