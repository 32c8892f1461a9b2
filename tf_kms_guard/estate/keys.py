"""Keys, their policies, aliases and grants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from msgspec import Struct, field

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.model import Alias, Grant, Key, PolicySlot, SlotState
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.slots import Claim, claim_by, slot_of
from tf_kms_guard.estate.texts import as_texts, text_or
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import World, equal, sameness
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth

KEY_TYPES: Final = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key")

Thing = TypeVar("Thing")


def read_keys(reading: Reading) -> tuple[Key, ...]:
    """The keys that the workspace declares."""
    resources = [(resource, *_names(reading, resource)) for resource in reading.of_type(*KEY_TYPES)]
    sorter = _Sorter(reading.world, resources)
    policies = sorter.sort((reading.text(one, "key_id"), one) for one in reading.of_type("aws_kms_key_policy"))
    grants = sorter.sort((grant.key, grant) for grant in read_grants(reading))
    return tuple(_key(reading, *resource, policies, grants) for resource in resources)


def _names(reading: Reading, resource: ResourceInstance) -> tuple[TextLike, TextLike]:
    return reading.attribute(resource, "key_id"), reading.attribute(resource, "arn")


class _OfKeys(Struct, Generic[Thing]):
    """Things that name a key: those that surely name one that is declared here, by its address, and the rest.

    A thing that surely names one key names no other: no two keys have one id.
    """

    world: World
    surely: dict[str, list[Thing]] = field(default_factory=dict)
    others: list[tuple[TextLike | None, Thing]] = field(default_factory=list)

    def of(self, address: str, key_id: TextLike, arn: TextLike) -> Iterator[tuple[Thing, Truth]]:
        """What names, or may name, a certain key."""
        for thing in self.surely.get(address, ()):
            yield thing, Truth.YES
        for text, thing in self.others:
            linked = Truth.UNKNOWN if text is None else equal(text, arn, self.world) | equal(text, key_id, self.world)
            if linked is not Truth.NO:
                yield thing, linked


class _Sorter:
    """Sorts things by the declared key that they surely name."""

    def __init__(self, world: World, resources: Sequence[tuple[ResourceInstance, TextLike, TextLike]]) -> None:
        self.world = world
        self.addresses = {
            sameness(name, world): resource.address for resource, *names in resources for name in reversed(names)
        }

    def sort(self, things: Iterable[tuple[TextLike | None, Thing]]) -> _OfKeys[Thing]:
        """Sort things, each with the text by which it names a key."""
        sorted_ = _OfKeys[Thing](self.world)
        for text, thing in things:
            address = None if text is None else self.addresses.get(sameness(text, self.world))
            if address is None:
                sorted_.others.append((text, thing))
            else:
                sorted_.surely.setdefault(address, []).append(thing)
        return sorted_


def _key(
    reading: Reading,
    resource: ResourceInstance,
    key_id: TextLike,
    arn: TextLike,
    policies: _OfKeys[ResourceInstance],
    grants: _OfKeys[Grant],
) -> Key:
    with reading.watching() as conditions:
        account = reading.account(resource)
        _names(reading, resource)  # on what they hang, the key hangs too
        claims: list[Claim] = []
        value = reading.value(resource, "policy")
        if not isinstance(value, NotSet):
            claims.append(Claim(resource, "policy", value, reading.policies))
        for policy, linked in policies.of(resource.address, key_id, arn):
            claim = claim_by(reading, policy, linked)
            if claim is not None:
                claims.append(claim)
        default = PolicySlot(SlotState.DEFAULT, default_key_policy(account), resource.span, resource.address)
        slot = slot_of(claims, default, "the key policy", reading.given_away(resource, key_id))
        own = tuple(grant for grant, _ in grants.of(resource.address, key_id, arn))
    return Key(resource.address, key_id, arn, account, slot, own, resource.span, conditions)


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
            bool(resource.blocks("constraints")),
            resource.span,
            reading.presence(resource.presence),
        )
        for resource in reading.of_type("aws_kms_grant")
    )
