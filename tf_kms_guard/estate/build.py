"""Making the estate of a workspace, in one world or in the worlds that matter to a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from tf_kms_guard.estate.buckets import read_buckets
from tf_kms_guard.estate.controls import Controls
from tf_kms_guard.estate.deliveries import NOTHING, Delivered, deliveries_of
from tf_kms_guard.estate.encryption import KeyDirectory
from tf_kms_guard.estate.identities import read_identities
from tf_kms_guard.estate.keys import read_aliases, read_grants, read_keys
from tf_kms_guard.estate.member import Member, Place
from tf_kms_guard.estate.model import Alias, Bucket, Estate, Grant, Key
from tf_kms_guard.estate.objects import StoredObjects
from tf_kms_guard.estate.outsiders import Outsider, Outsiders
from tf_kms_guard.estate.policies import Policies
from tf_kms_guard.estate.reading import TYPES, Reading
from tf_kms_guard.estate.replication import Replication, ReplicationRule, replicas_of, replications_of
from tf_kms_guard.iam.document import Effect, Statement
from tf_kms_guard.iam.principal import PrincipalKind, same_principal
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.terraform.values import Outcome
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.estate.outside import Outside

_OF_ACCOUNTS: Final = ("aws_s3_bucket", "aws_s3_access_point", "aws_kms", "aws_iam_role", "aws_iam_user")
"""How the types begin whose accounts are the owners and callers that the gates are about."""


class EstateBuilder(Struct):
    """Reads the estate that workspaces declare together; a world's estate is made once.

    ``outside`` is what the user describes of things that no workspace declares.
    """

    members: Sequence[Member]
    outside: Outside | None = None
    _resources: dict[str, list[ResourceInstance]] | None = None
    _estates: dict[tuple[tuple[str, Outcome], ...], Estate] = field(default_factory=dict)
    _keys: tuple[Key, ...] = ()
    _policies: Policies = field(default_factory=Policies)
    _outsiders: dict[int, Outsiders] = field(default_factory=dict)
    _replications: dict[Place, tuple[Replication, ...]] | None = None
    _deliveries: dict[Place, Delivered] | None = None

    def estate(self, outcomes: Mapping[str, Outcome]) -> Estate:
        """The estate in the world where conditions turn out as ``outcomes`` (by identity) says."""
        key = tuple(sorted(outcomes.items(), key=lambda item: item[0]))
        if key not in self._estates:
            self._estates[key] = self._build(outcomes)
        return self._estates[key]

    def outsiders(self, bucket: Bucket, estate: Estate) -> list[Outsider]:
        """The outsiders of a bucket in one of the estates made here."""
        if id(estate) not in self._outsiders:
            self._outsiders[id(estate)] = Outsiders(estate)
        found = self._outsiders[id(estate)].of(bucket)
        incoming = self._incoming(bucket)
        return [_replicating(one, incoming, estate.world) for one in found] if incoming else found

    def _incoming(self, bucket: Bucket) -> list[tuple[Replication, ReplicationRule]]:
        """The replications into a bucket."""
        self.replications(bucket)
        return [
            (replication, rule)
            for found in (self._replications or {}).values()
            for replication in found
            for rule in replication.rules
            if rule.bucket is not None and rule.bucket.place == bucket.place
        ]

    def replications(self, bucket: Bucket) -> tuple[Replication, ...]:
        """The replications of a bucket, as far as they are known before any condition is settled."""
        if self._replications is None:
            estate = self.estate({})
            reading = self._reading(estate.world, {}, self._by_type())
            self._replications = replications_of(reading, estate)
        return self._replications.get(bucket.place, ())

    def delivered(self, bucket: Bucket) -> Delivered:
        """What services deliver to a bucket, as far as it is known before any condition is settled."""
        if self._deliveries is None:
            estate = self.estate({})
            self._deliveries = deliveries_of(self._reading(estate.world, {}, self._by_type()), estate)
        return self._deliveries.get(bucket.place, NOTHING)

    def _by_type(self) -> Mapping[str, Sequence[ResourceInstance]]:
        if self._resources is None:
            self._resources = {}
            for member in self.members:
                for resource in member.workspace.resources(TYPES):
                    self._resources.setdefault(resource.type, []).append(resource)
                    if resource.type.startswith(_OF_ACCOUNTS):
                        member.account_of(resource)
        return self._resources

    def _build(self, outcomes: Mapping[str, Outcome]) -> Estate:
        before = base = self.estate({}) if outcomes else None
        resources = self._by_type()  # before anything else: the accounts are met by reading them
        world = self._world({})
        keys = read_keys(self._reading(world, outcomes, resources), self._keys if before is not None else ())
        if before is None:
            self._keys = keys
        bindings = _accounts_in_key_policies(keys)
        if bindings:
            world = self._world(bindings)
        reading = self._reading(world, outcomes, resources)
        if before is None or before.world != world:
            before = None
        if bindings:
            keys = read_keys(reading, () if before is None else before.keys)
        aliases = read_aliases(reading)
        grants = read_grants(reading)
        described = self._described(reading, keys, grants, () if before is None else before.keys)
        keys, aliases = (*keys, *described[0]), (*aliases, *described[1])
        buckets = read_buckets(reading, keys, aliases, () if before is None else before.buckets)
        identities = read_identities(reading, () if before is None else before.identities)
        if self.outside is not None:
            from tf_kms_guard.estate.outside import outside_buckets, outside_roles

            directory = KeyDirectory(keys, aliases, world)
            buckets = (*buckets, *outside_buckets(self.outside, reading, buckets, directory))
            identities = (*identities, *outside_roles(self.outside, reading, identities))
        return Estate(
            buckets=buckets,
            keys=keys,
            aliases=aliases,
            grants=grants,
            identities=identities,
            objects=StoredObjects(reading, keys, aliases) if base is None else base.objects,
            controls=Controls(reading),
            world=world,
            memberships={} if self.outside is None else self.outside.memberships,
        )

    def _described(
        self, reading: Reading, keys: Sequence[Key], grants: Sequence[Grant], before: Sequence[Key]
    ) -> tuple[Sequence[Key], Sequence[Alias]]:
        """The keys and aliases that no workspace declares and the user describes."""
        if self.outside is None:
            return (), ()
        from tf_kms_guard.estate.outside import outside_aliases, outside_keys

        return tuple(outside_keys(self.outside, reading, keys, grants, before)), tuple(outside_aliases(self.outside))

    def _world(self, bindings: Mapping[str, str]) -> World:
        """What is presumed of accounts, where those in ``bindings`` are known."""
        others: dict[str, frozenset[str]] = {}
        apart: set[frozenset[str]] = set()
        for member in self.members:
            mine = member.own()
            evident = member.accounts.literals() | {bindings[one] for one in mine if one in bindings}
            others.update((one, evident) for one in mine if one not in bindings)
            apart |= {frozenset(bindings.get(name, name) for name in pair) for pair in member.apart()}
        return World(bindings, frozenset(others), frozenset(apart), others)

    def _reading(
        self, world: World, outcomes: Mapping[str, Outcome], resources: Mapping[str, Sequence[ResourceInstance]]
    ) -> Reading:
        return Reading(self.members, world, outcomes, resources, self._policies)


def _replicating(outsider: Outsider, incoming: Iterable[tuple[Replication, ReplicationRule]], world: World) -> Outsider:
    """``outsider`` with the encryption of what it replicates: it is the role that does so, or the role's account."""
    who = outsider.principal
    for replication, rule in incoming:
        role = replication.role
        same = same_principal(who, role, world)
        if who.kind is PrincipalKind.ACCOUNT and who.account is not None and role.account is not None:
            same = equal(who.account, role.account, world)
        if same is Truth.YES:
            return replace(outsider, replicas=replicas_of(replication, rule))
    return outsider


def _accounts_in_key_policies(keys: Sequence[Key]) -> dict[str, str]:
    """Accounts that key policies betray: a statement that gives the root of a literal account all of ``kms:*``.

    Such a statement keeps a key manageable, so it names the key's own account (KMS guide, "Default key policy").
    Accounts for which keys disagree stay unknown.
    """
    found: dict[str, set[str]] = {}
    for key in keys:
        account = key.account.id
        if not isinstance(account, Unknown) or not account.minted:
            continue
        if any(_names_account(statement, account) for statement in key.policy.document.statements):
            continue  # the key's account is named as it is; a literal is somebody else
        named = {id_ for statement in key.policy.document.statements for id_ in _roots(statement)}
        if named:
            found.setdefault(account.identity, set()).update(named)
    return {identity: next(iter(ids)) for identity, ids in found.items() if len(ids) == 1}


def _names_account(statement: Statement, account: Unknown) -> bool:
    named = statement.principals if isinstance(statement.principals, tuple) else ()
    return any(isinstance(one.account, Unknown) and one.account.is_same(account) for one in named)


def _roots(statement: Statement) -> list[str]:
    actions, principals = statement.actions, statement.principals
    if statement.effect is not Effect.ALLOW or statement.may_exist or statement.conditions != ():
        return []
    if not isinstance(actions, tuple) or not any(known(action) == "kms:*" for action in actions):
        return []
    if not isinstance(principals, tuple):
        return []
    accounts = [known(p.account) for p in principals if p.kind is PrincipalKind.ACCOUNT and p.account is not None]
    if len(accounts) != len(principals) or len(set(accounts)) != 1:
        return []  # it lets in more than one account: which of them is the owner's is not said
    return [account for account in accounts if account is not None]
