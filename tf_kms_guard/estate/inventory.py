"""The estate as plain data for JSON: what was read, resolved as far as it is known, and where it is written.

Texts hold what is not known as ``${name}``; ``unknowns`` says once for each such name why it is not known.
Where something hangs on a condition that is not known, ``alternatives`` shows it for each outcome. The
shape is public: ``docs/schema/inventory-1.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from tf_kms_guard.estate.accounts import NO_EVIDENCE, Account
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.inventory_documents import DocumentWriter
from tf_kms_guard.estate.inventory_unknowns import Json, Unknowns, place
from tf_kms_guard.estate.member import members_of
from tf_kms_guard.estate.model import (
    Algorithm,
    Alias,
    Bucket,
    Encryption,
    Estate,
    Grant,
    Identity,
    IdentityPolicy,
    Key,
    KeyChoice,
    KeyForm,
    PolicySlot,
    SlotState,
)
from tf_kms_guard.estate.reading import TYPES
from tf_kms_guard.iam.managed import managed_policy_version
from tf_kms_guard.terraform.derived import first_unknown, unknowns_in
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.terraform.values import Outcome, Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

Declared: TypeAlias = Bucket | Key | Alias | Grant | Identity

Hanging = TypeVar("Hanging", Bucket, Key, Identity)
Slotted = TypeVar("Slotted", Bucket, Key)
Outcomes: TypeAlias = Mapping[str, Outcome]
Doubts: TypeAlias = Iterable[tuple[Unknown | None, str]]
"""Why something is not known, each with the address of the resource that it is about."""

_FROM_KEY_POLICY: Final = "a key policy gives its root kms:*"
_NO_EVIDENCE: Final = "none"
_DEEPEST: Final = 3
"""Conditions within the alternatives of other conditions."""
_MOST_WORLDS: Final = 64
"""Alternatives of one workspace are shown in at most so many worlds,"""
_MOST_RESOURCES: Final = 3_000
"""and in fewer where each of them has many resources to read."""


def inventory_of(workspace: Workspace, schema: AwsSchema) -> Json:
    """What one workspace declares; ``schema`` is the one that it was loaded with."""
    builder = EstateBuilder(members_of([(workspace, schema.accounts, schema)]))
    return _Inventory(builder, list(workspace.resources(TYPES))).write()


class _Inventory:
    """Writes one estate."""

    def __init__(self, builder: EstateBuilder, resources: Sequence[ResourceInstance]) -> None:
        self.builder = builder
        self.workspace = builder.members[0].workspace
        self.estate: Estate = builder.estate({})
        self.presences: dict[str, Value] = {resource.address: resource.presence for resource in resources}
        self.presences_by_place: dict[Span | None, Value] = {r.span: r.presence for r in resources}
        self.most_worlds = min(_MOST_WORLDS, _MOST_RESOURCES // max(len(resources), 1))
        self.unknowns = Unknowns(self.estate.world)
        self.documents = DocumentWriter(self.unknowns)
        self.worlds: set[frozenset[tuple[str, Outcome]]] = set()

    def write(self) -> Json:
        estate = self.estate
        things: list[Bucket | Key | Alias | Identity] = [
            *estate.buckets,
            *estate.keys,
            *estate.aliases,
            *estate.identities,
        ]
        accounts = {thing.account.provider: thing.account for thing in things}
        overlay = self.workspace.overlay
        return {
            "id": self.workspace.source,
            "source": self.workspace.source,
            "kind": "facts" if self.workspace.is_told else "hcl" if overlay is None else overlay.record.origin.value,
            "accounts": [self.account(account) for account in accounts.values()],
            "buckets": [self.bucket(bucket) for bucket in estate.buckets],
            "keys": [self.key(key) for key in estate.keys],
            "aliases": [self.alias(alias) for alias in estate.aliases],
            "grants": [self.grant(grant) for grant in estate.grants],
            "identities": [self.identity(identity) for identity in estate.identities],
            "unknowns": self.unknowns.listed(),
        }

    def text(self, value: TextLike) -> str:
        return self.unknowns.text(value)

    def optional(self, value: TextLike | None) -> str | None:
        return None if value is None else self.text(value)

    # ---- what everything has

    def head(self, thing: Declared, arn: TextLike | None = None) -> Json:
        """Address, ARN, whether it is there, and where it is written."""
        presence = self.presences.get(thing.address, True)
        hangs_on = None if presence is True else first_unknown(presence)
        return {
            "address": thing.address,
            **({} if arn is None else {"arn": self.text(arn)}),
            "exists": "yes" if presence is True else "unknown",
            "exists_if": self.unknowns.name(hangs_on),
            "location": place(thing.span),
        }

    def account(self, account: Account) -> Json:
        evidence, span = account.evidence, account.evidence_span
        if isinstance(account.id, Unknown) and evidence == NO_EVIDENCE:
            evidence, span = _NO_EVIDENCE, None
            if known(self.estate.world.bind(account.id)) is not None:
                evidence = _FROM_KEY_POLICY
        return {
            "provider": account.provider,
            "id": self.text(account.id),
            "region": self.text(account.region),
            "evidence": evidence,
            "location": place(span),
        }

    def alternatives(
        self,
        thing: Hanging,
        doubts: Doubts,
        seen: Json,
        outcomes: Outcomes,
        write: Callable[[Hanging, Outcomes], Json],
    ) -> list[Json]:
        """``thing`` for each outcome of the first condition behind ``doubts`` that changes what is written."""
        if len(outcomes) >= _DEEPEST:
            return []
        for identity, (condition, possible) in thing.conditions.items():
            if identity in outcomes or not self.is_behind(identity, doubts):
                continue
            if len(self.worlds) + len(possible) > self.most_worlds:
                return []
            found: list[Json] = []
            for outcome in possible:
                world = {**outcomes, identity: outcome}
                other = self.in_world(thing, world)
                if other is not None:
                    name = self.unknowns.name(condition)
                    found.append({"condition": name, "outcome": outcome, **write(other, world)})
            if any(entry.get(name) != value for entry in found for name, value in seen.items()):
                return found
        return []

    def is_behind(self, condition: str, doubts: Doubts) -> bool:
        """Whether a doubt hangs on a condition: by its value, or by whether its resource exists."""
        for doubt, source in doubts:
            if doubt is None:
                continue
            existence = [self.presences.get(source), self.presences_by_place.get(doubt.origin)]
            behind = [doubt, *(unknown for value in existence for unknown in unknowns_in(value))]
            if any(condition in unknown.identity for unknown in behind):
                return True
        return False

    def in_world(self, thing: Hanging, outcomes: Outcomes) -> Hanging | None:
        """The same thing in another world; ``None`` if it is not there."""
        self.worlds.add(frozenset(outcomes.items()))
        estate = self.builder.estate(outcomes)
        others: Iterator[Bucket | Key | Identity] = (
            other for others in (estate.buckets, estate.keys, estate.identities) for other in others
        )
        return next((o for o in others if isinstance(o, type(thing)) and o.address == thing.address), None)

    def policy_of(self, thing: Slotted, outcomes: Outcomes) -> Json:
        """A bucket's or key's policy."""
        slot: PolicySlot = thing.policy
        set_here = slot.state not in (SlotState.ABSENT, SlotState.DEFAULT)
        written = {
            "state": slot.state.value,
            "source": slot.source if set_here else None,
            "form": slot.form if set_here and slot.state is not SlotState.CONFLICT else None,
            "location": place(slot.span),
            "unknown": self.unknowns.name(slot.because),
            "rivals": [{"source": source, "location": place(span)} for source, span in slot.rivals],
            **self.documents.document(slot.document, slot.span),
        }
        sources = [slot.source, *(source for source, _ in slot.rivals)]
        doubts = [(slot.document.incomplete, source) for source in sources]
        alternatives = self.alternatives(thing, doubts, written, outcomes, self.policy_of)
        return {**written, "alternatives": alternatives}

    # ---- buckets

    def bucket(self, bucket: Bucket) -> Json:
        return {
            **self.head(bucket, bucket.arn),
            "name": self.text(bucket.name),
            "account": self.account(bucket.account),
            "region": self.text(bucket.region),
            "encryption": self.encryption(bucket, {}),
            "policy": self.policy_of(bucket, {}),
        }

    def encryption(self, bucket: Bucket, outcomes: Outcomes) -> Json:
        encryption: Encryption = bucket.encryption
        state = "set"
        if encryption.algorithm is Algorithm.UNKNOWN:
            state = "unknown"
        elif encryption.algorithm is Algorithm.SSE_S3 and encryption.span == bucket.span:
            state = "default"
        written = {
            "state": state,
            "algorithm": encryption.algorithm.value,
            "bucket_key": encryption.bucket_key.name.lower(),
            "source": None if state == "default" else encryption.source,
            "location": place(encryption.span),
            "unknown": self.unknowns.name(encryption.because),
            "key": None if encryption.key is None else self.choice(encryption.key),
        }
        doubts = [(encryption.because, encryption.source)]
        if encryption.key is not None and encryption.key.form is KeyForm.UNKNOWN:
            doubts.append((encryption.key.because, encryption.source))
        alternatives = self.alternatives(bucket, doubts, written, outcomes, self.encryption)
        return {**written, "alternatives": alternatives}

    def choice(self, choice: KeyChoice) -> Json:
        return {
            "form": choice.form.name.lower().replace("_", "-"),
            "written": self.optional(choice.value),
            "key": None if choice.key is None else choice.key.address,
            "alias": None if choice.alias is None else choice.alias.address,
            "arn": self.optional(choice.arn),
            "account": self.optional(choice.account),
            "region": self.optional(choice.region),
            "unknown": self.unknowns.name(choice.because),
        }

    # ---- keys

    def key(self, key: Key) -> Json:
        aliases = [one for one in self.estate.aliases if self.is_key(one.target, one.account.region, key) is Truth.YES]
        return {
            **self.head(key, key.arn),
            "key_id": self.text(key.key_id),
            "account": self.account(key.account),
            "region": self.text(key.account.region),
            "policy": self.policy_of(key, {}),
            "aliases": [alias.address for alias in aliases],
            "grants": [grant.address for grant in key.grants],
        }

    def is_key(self, text: TextLike | None, region: TextLike, key: Key) -> Truth:
        """Whether an argument that takes a key id or ARN means a key, in the Region where it is used."""
        return Truth.NO if text is None else key.names.named_by(text, region, self.estate.world)

    def meant(self, text: TextLike | None, region: TextLike) -> str | None:
        """The address of the declared key that an argument surely means."""
        keys = self.estate.keys
        return next((key.address for key in keys if self.is_key(text, region, key) is Truth.YES), None)

    def alias(self, alias: Alias) -> Json:
        return {
            **self.head(alias, alias.arn),
            "name": self.text(alias.name),
            "account": self.account(alias.account),
            "region": self.text(alias.account.region),
            "target": self.optional(alias.target),
            "key": self.meant(alias.target, alias.account.region),
        }

    def grant(self, grant: Grant) -> Json:
        return {
            **self.head(grant),
            "target": self.text(grant.key),
            "key": self.meant(grant.key, grant.account.region),
            "grantee_principal": self.optional(grant.grantee),
            "operations": self.documents.values(grant.operations),
            "constrained": grant.constraint is not None,
        }

    # ---- identities

    def identity(self, identity: Identity) -> Json:
        return {
            "kind": identity.kind,
            **self.head(identity, identity.arn),
            "name": self.text(identity.name),
            "account": self.account(identity.account),
            "exclusive": identity.exclusive,
            **self.rights(identity, {}),
        }

    def rights(self, identity: Identity, outcomes: Outcomes) -> Json:
        """The policies of a role or user, and whether they are all."""
        boundary = identity.boundary
        written = {
            "closed": identity.closed.name.lower(),
            "unknown": self.unknowns.name(identity.because),
            "policies": [self.policy(policy) for policy in identity.policies],
            "boundary": None if boundary is None else self.policy(boundary),
        }
        doubts = [(identity.because, identity.address)]
        doubts += [(policy.document.incomplete, policy.source) for policy in identity.policies]
        alternatives = self.alternatives(identity, doubts, written, outcomes, self.rights)
        return {**written, "alternatives": alternatives}

    def policy(self, policy: IdentityPolicy) -> Json:
        return {
            "name": policy.name,
            "source": policy.source,
            "aws_managed": managed_policy_version(policy.name) if policy.managed else None,
            "form": None if policy.managed else policy.form,
            "location": place(policy.span),
            **self.documents.document(policy.document, policy.span),
        }
