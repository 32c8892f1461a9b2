"""Keys, their policies, aliases and grants."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, Generic, TypeAlias, TypeVar, Union

from msgspec import Struct, field

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.key_names import KeyNames
from tf_kms_guard.estate.key_state import REPLICA_TYPES, hindrance, material, multi_region, primary_arn
from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Alias, Grant, Key, PolicySlot, SlotState
from tf_kms_guard.estate.reading import Noted, Reading
from tf_kms_guard.estate.slots import Claim, claim_by, in_force, slot_of
from tf_kms_guard.estate.texts import as_text, as_texts, text_or
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.grants import Constraint
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import sameness
from tf_kms_guard.values.text import TextLike, join_text, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

KEY_TYPES: Final = ("aws_kms_key", "aws_kms_external_key", *REPLICA_TYPES)

Thing = TypeVar("Thing")


def read_keys(reading: Reading, before: Sequence[Key] = ()) -> tuple[Key, ...]:
    """The keys that the workspace declares; ``before``: as read before any condition was settled."""
    known_already = {key.place: key for key in before}
    resources = [(resource, _names(reading, resource)) for resource in reading.of_type(*KEY_TYPES)]
    sorter = _Sorter(reading, resources)
    policies = sorter.sort("aws_kms_key_policy", lambda policy: (reading.text(policy, "key_id"), policy))
    grants = sorter.sort("aws_kms_grant", lambda resource: ((grant := _grant(reading, resource)).key, grant))
    return tuple(
        reading.kept(known_already.get(reading.place(resource))) or _key(reading, resource, names, policies, grants)
        for resource, names in resources
    )


def _names(reading: Reading, resource: ResourceInstance) -> KeyNames:
    return KeyNames(
        reading.attribute(resource, "key_id"),
        reading.attribute(resource, "arn"),
        reading.account(resource).region,
        multi_region(reading, resource),
    )


_Named: TypeAlias = tuple[Union[TextLike, None], Thing]
"""Something, with the text by which it names a key."""


class _Other(Struct, Generic[Thing], frozen=True):
    """Something that may name a declared key, and the workspace and Region in which it does."""

    workspace: str
    region: TextLike
    noted: Noted[_Named[Thing]]


class _OfKeys(Struct, Generic[Thing]):
    """Things that name a key: those that surely name one that is declared here, by its address, and the rest.

    A thing that surely names one key names no other: no two keys of one Region have one id.
    """

    reading: Reading
    surely: dict[Place, list[Noted[_Named[Thing]]]] = field(default_factory=dict)
    others: list[_Other[Thing]] = field(default_factory=list)

    def of(self, place: Place, names: KeyNames) -> Iterator[tuple[Thing, Truth]]:
        """What names, or may name, a certain key."""
        for noted in self.surely.get(place, ()):
            self.reading.note(noted.conditions)
            yield noted.thing[1], Truth.YES
        for other in self.others:
            if other.workspace != place[0]:
                continue  # as in Links: from elsewhere only what is sure
            text, thing = other.noted.thing
            linked = Truth.UNKNOWN if text is None else names.named_by(text, other.region, self.reading.world)
            if linked is not Truth.NO:
                self.reading.note(other.noted.conditions)
                yield thing, linked


class _Sorter:
    """Sorts things by the declared key that they surely name."""

    def __init__(self, reading: Reading, resources: Sequence[tuple[ResourceInstance, KeyNames]]) -> None:
        self.reading = reading
        self.places: dict[Hashable, list[tuple[Place, KeyNames]]] = {}
        for resource, names in resources:
            for text in (names.key_id, names.arn):
                found = self.places.setdefault(sameness(text, reading.world), [])
                found.append((reading.place(resource), names))

    def sort(self, type_: str, read: Callable[[ResourceInstance], _Named[Thing]]) -> _OfKeys[Thing]:
        """Sort what ``read`` makes of the resources of a type."""
        sorted_ = _OfKeys[Thing](self.reading)
        for resource in self.reading.of_type(type_):
            noted = self.reading.noted(read, resource)
            text, region = noted.thing[0], self.reading.account(resource).region
            place = None if text is None else self._place(text, region)
            if place is None:
                sorted_.others.append(_Other(self.reading.place(resource)[0], region, noted))
            else:
                sorted_.surely.setdefault(place, []).append(noted)
        return sorted_

    def _place(self, text: TextLike, region: TextLike) -> Place | None:
        """The declared key that is surely named in a Region."""
        world = self.reading.world
        for place, names in self.places.get(sameness(text, world), ()):
            if names.named_by(text, region, world) is Truth.YES:
                return place
        return None


def _key(
    reading: Reading,
    resource: ResourceInstance,
    names: KeyNames,
    policies: _OfKeys[ResourceInstance],
    grants: _OfKeys[Grant],
) -> Key:
    with reading.watching() as conditions:
        account = reading.account(resource)
        _names(reading, resource)  # on what they hang, the key hangs too
        claims: list[Claim] = []
        value = reading.value(resource, "policy")
        if not isinstance(value, NotSet) and known(value) != "":  # the provider takes "" for none
            claims.append(Claim(resource, "policy", value, reading.policies))
        for policy, linked in policies.of(reading.place(resource), names):
            claim = claim_by(reading, policy, linked)
            if claim is not None:
                claims.append(claim)
        default = PolicySlot(SlotState.DEFAULT, default_key_policy(account), resource.span, resource.address)
        if not claims:
            default = in_force(reading, resource, default, "aws_kms_key_policy")
        slot = slot_of(claims, default, "the key policy", reading.given_away(resource, names.key_id))
        own = tuple(grant for grant, _ in grants.of(reading.place(resource), names))
        state = (
            names.multi_region,
            primary_arn(reading, resource),
            hindrance(resource),
            material(reading, resource),
        )
    workspace, address = reading.place(resource)
    return Key(workspace, address, names.key_id, names.arn, account, slot, own, resource.span, conditions, *state)


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
            reading.place(resource)[0],
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
    return tuple(_grant(reading, resource) for resource in reading.of_type("aws_kms_grant"))


def _grant(reading: Reading, resource: ResourceInstance) -> Grant:
    return Grant(
        reading.place(resource)[0],
        resource.address,
        text_or(reading.text(resource, "key_id"), ""),
        reading.text(resource, "grantee_principal"),
        as_texts(reading.value(resource, "operations")),
        _constraint(reading, resource),
        reading.account(resource),
        resource.span,
        reading.presence(resource),
    )


def _constraint(reading: Reading, resource: ResourceInstance) -> Constraint | Unknown | None:
    """The ``constraints`` block: one map of pairs that the encryption context must equal or contain."""
    blocks = resource.blocks("constraints")
    if not blocks:
        return None
    unreadable = Unknown(
        f"{resource.address}.constraints", "which constraint it has cannot be read", origin=resource.span
    )
    if len(blocks) > 1 or reading.presence(blocks[0]) is not Truth.YES:
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
