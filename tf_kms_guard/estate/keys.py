"""Keys, their policies, aliases and grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.model import Alias, Grant, Key, PolicySlot, SlotState
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.slots import Claim, argument_of, slot_of
from tf_kms_guard.estate.texts import as_text, as_texts, text_or
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.grants import Constraint
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

KEY_TYPES: Final = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key")


def read_keys(reading: Reading) -> tuple[Key, ...]:
    """The keys that the workspace declares."""
    policies = list(reading.of_type("aws_kms_key_policy"))
    grants = read_grants(reading)
    return tuple(_key(reading, resource, policies, grants) for resource in reading.of_type(*KEY_TYPES))


def _key(
    reading: Reading, resource: ResourceInstance, policies: Sequence[ResourceInstance], grants: Sequence[Grant]
) -> Key:
    with reading.watching() as conditions:
        account = reading.account(resource)
        key_id, arn = reading.attribute(resource, "key_id"), reading.attribute(resource, "arn")
        policy = _policy(reading, resource, policies, key_id, arn, account)
        own = tuple(grant for grant in grants if names_key(reading, grant.key, key_id, arn) is not Truth.NO)
    return Key(resource.address, key_id, arn, account, policy, own, resource.span, conditions)


def names_key(reading: Reading, text: TextLike, key_id: TextLike, arn: TextLike) -> Truth:
    """Whether an argument that takes a key id or ARN means a certain key."""
    return equal(text, arn, reading.world) | equal(text, key_id, reading.world)


def _policy(
    reading: Reading,
    resource: ResourceInstance,
    policies: Sequence[ResourceInstance],
    key_id: TextLike,
    arn: TextLike,
    account: Account,
) -> PolicySlot:
    claims: list[Claim] = []
    value = reading.value(resource, "policy")
    if not isinstance(value, NotSet):
        claims.append(Claim(resource, "policy", value))
    for policy in policies:
        target = reading.text(policy, "key_id")
        linked = Truth.UNKNOWN if target is None else names_key(reading, target, key_id, arn)
        document = argument_of(policy, "policy")
        if linked is not Truth.NO and document is not None:
            claims.append(Claim(policy, "policy", reading.settle(document), linked, reading.presence(policy.presence)))
    default = PolicySlot(SlotState.DEFAULT, default_key_policy(account), resource.span, resource.address)
    return slot_of(claims, default, "the key policy", reading.given_away(resource, key_id))


def default_key_policy(account: Account) -> Document:
    """What KMS puts where no policy is set: the account's root may do everything (KMS guide, "Default key policy")."""
    root = join_text(("arn:", account.partition, ":iam::", account.id, ":root"))
    return parse_document(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": root},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )


def read_aliases(reading: Reading) -> tuple[Alias, ...]:
    """The aliases that the workspace declares."""
    return tuple(
        Alias(
            resource.address,
            reading.attribute(resource, "name"),
            reading.attribute(resource, "arn"),
            reading.text(resource, "target_key_id"),
            reading.account(resource),
            resource.span,
        )
        for resource in reading.of_type("aws_kms_alias")
    )


def read_grants(reading: Reading) -> tuple[Grant, ...]:
    """The grants that the workspace declares."""
    return tuple(
        Grant(
            resource.address,
            text_or(reading.text(resource, "key_id"), ""),
            reading.text(resource, "grantee_principal"),
            as_texts(reading.value(resource, "operations")),
            _constraint(reading, resource),
            resource.span,
            reading.presence(resource.presence),
        )
        for resource in reading.of_type("aws_kms_grant")
    )


def _constraint(reading: Reading, resource: ResourceInstance) -> Constraint | Unknown | None:
    """The ``constraints`` block: one map of pairs that the encryption context must equal or contain."""
    blocks = resource.blocks("constraints")
    if not blocks:
        return None
    unreadable = Unknown(
        f"{resource.address}.constraints", "which constraint it has cannot be read", origin=resource.span
    )
    if len(blocks) > 1 or reading.presence(blocks[0].presence) is not Truth.YES:
        return unreadable
    found = [
        (reading.value(blocks[0], name), exact)
        for name, exact in (("encryption_context_equals", True), ("encryption_context_subset", False))
    ]
    written = [(value, exact) for value, exact in found if not isinstance(value, NotSet) and value is not None]
    if len(written) != 1:
        return unreadable
    value, exact = written[0]
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, dict):
        return unreadable
    pairs = {key: as_text(one) for key, one in value.items()}
    texts = {key: text for key, text in pairs.items() if text is not None}
    return Constraint(texts, exact) if len(texts) == len(pairs) else unreadable
