"""Reading a workspace's resources in one world: conditions that the world settles are settled everywhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Generic, Protocol, TypeAlias, TypeVar, Union

from msgspec import Struct, field

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.member import Member, Place
from tf_kms_guard.estate.policies import Policies
from tf_kms_guard.estate.texts import as_text
from tf_kms_guard.terraform.choices import assume
from tf_kms_guard.terraform.containers import inner_first, parts_of
from tf_kms_guard.terraform.marks import bare_throughout
from tf_kms_guard.terraform.resource import NOT_SET, BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.unread import UnreadCall
from tf_kms_guard.terraform.values import Choice, Outcome, Referred, SetValue, Value
from tf_kms_guard.values.compare import World, equal, sameness
from tf_kms_guard.values.text import Text, TextLike, holes_of, known, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

TYPES: Final = frozenset(
    (
        "aws_s3_bucket",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_acl",
        "aws_s3_access_point",
        "aws_s3control_access_point_policy",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_public_access_block",
        "aws_s3_account_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_object",
        "aws_s3_bucket_object",
        "aws_s3_object_copy",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_inventory",
        "aws_s3_bucket_logging",
        "aws_s3control_storage_lens_configuration",
        "aws_cloudtrail",
        "aws_config_delivery_channel",
        "aws_config_configuration_recorder",
        "aws_flow_log",
        "aws_cloudwatch_log_delivery_destination",
        "aws_lb",
        "aws_alb",
        "aws_kms_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
        "aws_kms_key_policy",
        "aws_kms_alias",
        "aws_kms_grant",
        "aws_iam_role",
        "aws_iam_user",
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_iam_policy",
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_policy_attachment",
        "aws_iam_role_policies_exclusive",
        "aws_iam_role_policy_attachments_exclusive",
        "aws_iam_user_policies_exclusive",
        "aws_iam_user_policy_attachments_exclusive",
        "aws_iam_user_group_membership",
        "aws_iam_group_membership",
        "aws_iam_service_linked_role",
        "aws_organizations_policy",
        "aws_organizations_policy_attachment",
        "aws_vpc_endpoint",
        "aws_vpc_endpoint_policy",
    )
)


Conditions: TypeAlias = dict[str, tuple[Unknown, tuple[Outcome, ...]]]
"""Conditions by identity, with the outcomes that they may have."""


class _Given:
    """What a module that is not read is given: things, ids that AWS gives them, and all the text."""

    def __init__(self, call: UnreadCall) -> None:
        self.call = call.address
        self.span = call.span
        self._things: set[str] = set()
        self._identities: set[str] = set()
        texts: list[str] = []
        todo = [
            *call.arguments,
            *(part for value in call.arguments for c in inner_first(value) for part in parts_of(c)),
        ]
        for value in todo:
            if isinstance(value, Referred):
                self._things.add(value.to.address)
            elif isinstance(value, (str, Text, Unknown)):
                self._identities.update(hole.identity for hole in holes_of(value))
                texts.append(spell(value))
        self._text = "\n".join(texts)

    def includes(self, address: str, name: str | None) -> bool:
        """Whether a thing, by its address or its known name, is among it."""
        if address in self._things or any(identity.startswith(f"{address}.") for identity in self._identities):
            return True
        return name is not None and len(name) > 2 and name in self._text


def _generated(name: TextLike) -> str | None:
    """The identity of a name, if AWS makes it up and no other thing has it; with its prefix."""
    holes = holes_of(name)
    return spell(name) if len(holes) == 1 and holes[0].unique else None


Thing = TypeVar("Thing")


class Noted(Struct, Generic[Thing], frozen=True, eq=False):
    """Something that was read, and the conditions on which it hangs that the world leaves open."""

    thing: Thing
    conditions: Conditions


class Hanging(Protocol):
    """A part of an estate that knows the open conditions on which it hangs."""

    @property
    def conditions(self) -> Conditions:
        """They, by identity."""


Part = TypeVar("Part", bound=Hanging)


class Links:
    """Resources by the name of the thing that they refer to: what surely is another's is never looked at.

    What another workspace declares counts only where it surely refers to the thing: as far as one workspace is read
    alone it is taken as given too that nothing elsewhere sets the policy of what it creates.
    """

    def __init__(self, reading: Reading, references: Sequence[tuple[ResourceInstance, Noted[TextLike | None]]]) -> None:
        self._reading = reading
        self._sure: dict[Hashable, list[_Reference]] = {}
        self._here: dict[int, _Candidates] = {}
        self._by_workspace: dict[
            tuple[str, Hashable], tuple[dict[int, list[tuple[int, _Reference]]], list[tuple[int, _Reference]]]
        ] = {}
        for reference in references:
            resource, noted = reference
            target = noted.thing
            here = self._here.setdefault(id(resource.module.workspace), _Candidates([], [], []))
            here.all.append(reference)
            generated = None if target is None else _generated(target)
            if target is not None and (generated is not None or known(target) is not None):
                self._sure.setdefault(sameness(target), []).append(reference)
            if target is None or known(target) is None:
                here.open.append(reference)
                if generated is None:
                    here.free.append(reference)

    def to(self, thing: ResourceInstance, name: TextLike) -> Iterator[tuple[ResourceInstance, Truth]]:
        """The resources that refer, or may refer, to ``thing`` by its name."""
        exact, generated = known(name), _generated(name)
        sure = self._sure.get(sameness(name), []) if exact is not None or generated is not None else []
        for (resource, noted), linked in self._belonging(sure, thing, name):
            self._reading.note(noted.conditions)
            yield resource, linked
        here = self._here.get(id(thing.module.workspace))
        if here is None:
            return
        others = here.free if generated is not None and sure else here.all if exact is None else here.open
        for resource, noted in others:
            target = noted.thing
            truth = Truth.UNKNOWN if target is None else equal(target, name, self._reading.world)
            if truth is Truth.UNKNOWN and target is not None and self._reading.is_another_bucket(target, thing):
                continue
            if truth is not Truth.NO:
                self._reading.note(noted.conditions)
                yield resource, truth

    def _belonging(
        self, sure: Sequence[_Reference], thing: ResourceInstance, name: TextLike
    ) -> Iterator[tuple[_Reference, Truth]]:
        """Those of the references by a thing's name that mean it (``Reading.belongs``), in order.

        Each workspace of an organisation may have a role of that name: those that mean their own are not looked at.
        """
        if len(self._reading.members) == 1 or len(sure) < _FEW:
            for reference in sure:
                linked = self._reading.belongs(reference[0], thing, name)
                if linked is not Truth.NO:
                    yield reference, linked
            return
        declaring = self._reading.declaring(thing.type, name)
        key = (thing.type, sameness(name))
        if key not in self._by_workspace:
            by: dict[int, list[tuple[int, _Reference]]] = {}
            for number, reference in enumerate(sure):
                by.setdefault(id(reference[0].module.workspace), []).append((number, reference))
            strays = [one for workspace, ones in by.items() if workspace not in declaring for one in ones]
            self._by_workspace[key] = (by, strays)
        by, strays = self._by_workspace[key]
        here = id(thing.module.workspace)
        elsewhere = Truth.YES if len(declaring) == 1 else Truth.UNKNOWN
        found = {number: (reference, elsewhere) for number, reference in strays}
        found.update((number, (reference, Truth.YES)) for number, reference in by.get(here, ()))
        yield from (found[number] for number in sorted(found))


_FEW: Final = 4


class _Candidates(Struct, frozen=True):
    """The references of one workspace: all, those by a name that is not known, and those AWS does not make up."""

    all: list[_Reference]
    open: list[_Reference]
    free: list[_Reference]


_Reference: TypeAlias = tuple[ResourceInstance, Noted[Union[TextLike, None]]]


class Reading(Struct):
    """One or several workspaces seen in one world of outcomes.

    While something is read under :meth:`watching`, the conditions are noted that the world leaves open.
    """

    members: Sequence[Member]
    world: World
    outcomes: Mapping[str, Outcome]
    by_type: Mapping[str, Sequence[ResourceInstance]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    _met: Conditions = field(default_factory=dict)
    _members: dict[int, Member] = field(default_factory=dict)
    _declared: dict[str, dict[Hashable, frozenset[int]]] = field(default_factory=dict)
    _unread: dict[int, tuple[_Given, ...]] = field(default_factory=dict)
    _links: dict[tuple[str, str], Links] = field(default_factory=dict)
    _bucket_names: dict[Hashable, list[tuple[ResourceInstance, Noted[TextLike]]]] | None = None

    def of_type(self, *types: str) -> Iterator[ResourceInstance]:
        """The managed resources of some types that are, or may be, there in this world."""
        for name in types:
            for resource in self.by_type.get(name, ()):
                if resource.mode == "managed" and self.presence(resource) is not Truth.NO:
                    yield resource

    def member(self, thing: ResourceInstance | BlockInstance) -> Member:
        """The workspace that declares something."""
        resource = thing.owner if isinstance(thing, BlockInstance) else thing
        if not self._members:
            self._members.update((id(member.workspace), member) for member in self.members)
        return self._members[id(resource.module.workspace)]

    def place(self, resource: ResourceInstance) -> Place:
        """What tells a resource apart from those of all workspaces."""
        return self.member(resource).place(resource)

    def belongs(self, resource: ResourceInstance, thing: ResourceInstance, name: TextLike) -> Truth:
        """Whether what a resource names is ``thing``, which has that name.

        What a workspace declares itself is meant by it, whatever others call theirs; of two that are elsewhere it is
        not known which.
        """
        if len(self.members) == 1 or resource.module.workspace is thing.module.workspace:
            return Truth.YES
        declaring = self.declaring(thing.type, name)
        if id(resource.module.workspace) in declaring:
            return Truth.NO
        return Truth.YES if len(declaring) == 1 else Truth.UNKNOWN

    def declaring(self, resource_type: str, name: TextLike) -> frozenset[int]:
        """The workspaces, by ``id``, that declare something of a type that has a name."""
        if resource_type not in self._declared:
            found: dict[Hashable, frozenset[int]] = {}
            for resource in self.of_type(resource_type):
                key = sameness(self.attribute(resource, "bucket" if resource_type == "aws_s3_bucket" else "name"))
                found[key] = found.get(key, frozenset()) | {id(resource.module.workspace)}
            self._declared[resource_type] = found
        return self._declared[resource_type].get(sameness(name), frozenset())

    def is_another_bucket(self, name: TextLike, thing: ResourceInstance) -> bool:
        """Whether a name surely is that of another bucket that the workspace of the bucket ``thing`` creates.

        Then it is not the name of ``thing``, whatever is not known of both: the name of a bucket is unique in all
        accounts of a partition (S3 User Guide, General purpose bucket naming rules), and AWS creates no second one.
        """
        if thing.type != "aws_s3_bucket":
            return False
        for other, noted in self._buckets_named(name):
            if other is thing or other.module.workspace is not thing.module.workspace:
                continue
            if self.presence(other) is Truth.YES:
                self.note(noted.conditions)
                return True
        return False

    def _buckets_named(self, name: TextLike) -> Sequence[tuple[ResourceInstance, Noted[TextLike]]]:
        """The buckets that surely have a name. What the names of the others hang on is no condition of who asks."""
        if self._bucket_names is None:
            found: dict[Hashable, list[tuple[ResourceInstance, Noted[TextLike]]]] = {}
            asking, self._met = self._met, {}
            for resource in self.of_type("aws_s3_bucket"):
                noted = self.noted(lambda bucket: self.attribute(bucket, "bucket"), resource)
                found.setdefault(sameness(noted.thing), []).append((resource, noted))
            self._met = asking
            self._bucket_names = found
        return self._bucket_names.get(sameness(name), ())

    def will_be_gone(self, thing: ResourceInstance, resource_type: str) -> bool:
        """Whether the plan that a thing is read from takes something of a type away."""
        return any(one.type == resource_type for one in thing.module.workspace.gone)

    def recorded_in_gone(self, thing: ResourceInstance, resource_type: str, attribute: str) -> Iterator[str | None]:
        """An attribute of what that plan takes away, for everything of a type."""
        for one in thing.module.workspace.gone:
            if one.type == resource_type and one.before is not None:
                yield known(one.before.get(attribute))

    def presence_of(self, thing: ResourceInstance | BlockInstance) -> Value:
        """On what it hangs whether something is there."""
        return self.member(thing).renaming.value(thing.presence)

    def presence(self, thing: ResourceInstance | BlockInstance) -> Truth:
        """Whether something is there in this world."""
        if thing.presence is True:
            return Truth.YES
        settled = self.settle(thing, thing.presence)
        if isinstance(settled, bool):
            return Truth.of(settled)
        if isinstance(settled, Unknown):
            if settled.identity in self.outcomes:
                return Truth.of(self.outcomes[settled.identity] is True)
            self._met.setdefault(settled.identity, (settled, (True, False)))
        return Truth.UNKNOWN

    def value(self, resource: ResourceInstance | BlockInstance, name: str) -> Value | NotSet:
        """An argument in this world."""
        value = resource.attribute(name)
        if isinstance(value, NotSet):
            return NOT_SET
        settled = self.settle(resource, value)
        return NOT_SET if settled is None else settled

    def text(self, resource: ResourceInstance | BlockInstance, name: str) -> TextLike | None:
        """A string argument in this world; ``None`` when it is not set."""
        return as_text(self.value(resource, name))

    def attribute(self, resource: ResourceInstance, name: str) -> TextLike:
        """An attribute that others refer to (``arn``, ``id``), in this world."""
        text = as_text(self.settle(resource, bare_throughout(resource.read(name))))
        return (
            text
            if text is not None
            else self.member(resource).renaming.unknown(
                Unknown(f"{resource.address}.{name}", f"{resource.address}.{name} is not known")
            )
        )

    def account(self, resource: ResourceInstance) -> Account:
        """The account and Region of a resource."""
        return self.member(resource).account_of(resource)

    def links(self, types: str, argument: str) -> Links:
        """What the resources of a type refer to by an argument; looked up once."""
        key = (types, argument)
        if key not in self._links:
            self._links[key] = self.linked(self.of_type(types), lambda resource: self.text(resource, argument))
        return self._links[key]

    def linked(
        self, resources: Iterable[ResourceInstance], target: Callable[[ResourceInstance], TextLike | None]
    ) -> Links:
        """The resources by the name that ``target`` finds in each."""
        return Links(self, [(resource, self.noted(target, resource)) for resource in resources])

    def noted(self, read: Callable[[ResourceInstance], Thing], resource: ResourceInstance) -> Noted[Thing]:
        """What ``read`` makes of a resource, for several that hang on it: each has to :meth:`note` its conditions."""
        with self.watching() as conditions:
            thing = read(resource)
        return Noted(thing, conditions)

    def note(self, conditions: Conditions) -> None:
        """What is being read hangs on these conditions."""
        for identity, condition in conditions.items():
            self._met.setdefault(identity, condition)

    def kept(self, part: Part | None) -> Part | None:
        """What was read before any condition was settled, unless this world settles one on which it hangs."""
        return part if part is not None and self.outcomes.keys().isdisjoint(part.conditions) else None

    def given_away(self, resource: ResourceInstance, name: TextLike) -> Unknown | None:
        """The module that is given a thing and not read: it may set a policy on it."""
        workspace = resource.module.workspace
        if id(workspace) not in self._unread:
            self._unread[id(workspace)] = tuple(_Given(call) for call in workspace.unread_calls())
        for given in self._unread[id(workspace)]:
            if given.includes(resource.address, known(name)):
                words = f"{given.call} is given {resource.address}, and its source is not here"
                return Unknown(f"{given.call} and {resource.address}", words, settle="terraform get", origin=given.span)
        return None

    @contextmanager
    def watching(self) -> Iterator[Conditions]:
        """Collects the open conditions that are met while the block runs."""
        outside, self._met = self._met, {}
        try:
            yield self._met
        finally:
            inside, self._met = self._met, outside
            self.note(inside)

    def settle(self, thing: ResourceInstance | BlockInstance, value: Value) -> Value:
        """A value that belongs to ``thing`` in this world."""
        if isinstance(value, str):
            return value
        settled = assume(self.member(thing).renaming.value(value), self.outcomes)
        for condition, outcomes in outcomes_in(settled):
            self._met.setdefault(condition.identity, (condition, outcomes))
        return settled


def outcomes_in(value: Value) -> Iterator[tuple[Unknown, tuple[Outcome, ...]]]:
    """The conditions inside a value with the outcomes that its choices know."""
    if isinstance(value, Choice):
        yield value.condition, tuple(outcome for outcome, _ in value.alternatives)
        for _, alternative in value.alternatives:
            yield from outcomes_in(alternative)
    elif isinstance(value, dict):
        for item in value.values():
            yield from outcomes_in(item)
    elif isinstance(value, (list, SetValue)):
        for item in value:
            yield from outcomes_in(item)
