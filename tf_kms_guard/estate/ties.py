"""What ties workspaces together: what each declares that others may name, and what it names that others may declare."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.elsewhere import LOOK_UPS, name_sought
from tf_kms_guard.estate.member import Member
from tf_kms_guard.estate.model import Estate
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.iam.candidates import named_principals
from tf_kms_guard.iam.document import Document, Effect
from tf_kms_guard.iam.glob import is_pattern
from tf_kms_guard.terraform.backends import own_state, state_read
from tf_kms_guard.terraform.resource import NotSet
from tf_kms_guard.values.text import TextLike, known


class Ties(Struct, frozen=True):
    """What one or several workspaces declare and name: buckets by name, keys, roles and users by ARN, and states.

    What others look up or attach to by a name is there by its type, account, Region and name too.
    """

    declared: frozenset[Hashable] = frozenset()
    named: frozenset[Hashable] = frozenset()


def ties_of(builder: EstateBuilder) -> Ties:
    """The ties of the workspaces of an estate, as far as they are sure: what is not wholly known ties nothing.

    A state ties only those that declare something of an estate: a network's state is read by everybody.
    """
    estate = builder.estate({})
    declared = set(_declared(estate))
    named = set(_named(estate))
    for member in builder.members:
        declared |= set(_by_name(member))
        named |= set(_names(member))
    if not (declared or named or estate.buckets or estate.keys or estate.identities):
        return Ties()
    for member in builder.members:
        workspace = member.workspace
        place = own_state(workspace)
        if place is not None:
            declared.add(place)
        for resource in workspace.resources(frozenset(("terraform_remote_state",))):
            parts = [resource.attribute(name) for name in ("backend", "config", "workspace")]
            kind, config, name = (None if isinstance(part, NotSet) else part for part in parts)
            read = state_read(kind, config, name, workspace.directory) if resource.mode == "data" else None
            named |= set() if read is None else {read}
    return Ties(frozenset(declared), frozenset(named) - declared)


_ATTACHED: Final[Mapping[str, tuple[str, str]]] = {
    "aws_iam_role_policy": ("role", "aws_iam_role"),
    "aws_iam_role_policy_attachment": ("role", "aws_iam_role"),
    "aws_iam_user_policy": ("user", "aws_iam_user"),
    "aws_iam_user_policy_attachment": ("user", "aws_iam_user"),
}
"""Resources that add to a role or user: by which argument, and the type of that."""

_OF_BUCKET: Final = ("aws_s3_bucket_policy", "aws_s3_bucket_server_side_encryption_configuration")
"""Resources that say something of a bucket, by the argument ``bucket``."""

_NAMED: Final = {look_up.type: look_up for look_up in LOOK_UPS.values()}
"""How each of them is named."""


def _by_name(member: Member) -> Iterator[Hashable]:
    """What a workspace declares that others look up or attach to by its name."""
    for one in member.workspace.resources(frozenset(_NAMED)):
        if one.mode == "managed" and one.presence is True:
            look_up, account = _NAMED[one.type], member.account_of(one)
            region = account.region if look_up.regional else ""
            yield from _whole(one.type, account.id, region, known(one.read(look_up.named)))
    for one in member.workspace.resources(frozenset(("aws_iam_policy",))):
        arn = known(one.read("arn")) if one.mode == "managed" and one.presence is True else None
        yield from () if arn is None else (arn,)


def _names(member: Member) -> Iterator[Hashable]:
    """What a workspace looks up, attaches to or says something of, by a name."""
    for one in member.workspace.resources(frozenset((*LOOK_UPS, *_ATTACHED, *_OF_BUCKET))):
        if one.mode == "data" and one.type in LOOK_UPS:
            look_up, sought = LOOK_UPS[one.type], name_sought(one, member.account_of(one))
            yield from _whole(look_up.type, sought.account, sought.region if look_up.regional else "", sought.name)
        elif one.mode == "managed" and one.type in _ATTACHED:
            argument, kind = _ATTACHED[one.type]
            yield from _whole(kind, member.account_of(one).id, "", known(one.attribute(argument)))
            policy = known(one.attribute("policy_arn")) if one.type.endswith("_attachment") else None
            yield from () if policy is None else (policy,)
        elif one.mode == "managed" and one.type in _OF_BUCKET:
            name = known(one.attribute("bucket"))
            yield from () if name is None else (name,)


def _whole(kind: str, account: TextLike, region: TextLike, name: str | None) -> Iterator[Hashable]:
    parts = (known(account), known(region), name)
    if None not in parts:
        yield (kind, *parts)


def _declared(estate: Estate) -> Iterator[Hashable]:
    names: list[TextLike] = [bucket.name for bucket in estate.buckets if not bucket.outside]
    names += [key.arn for key in estate.keys if not key.outside]
    names += [identity.arn for identity in estate.identities if not identity.outside]
    yield from _sure(estate, names)


def _named(estate: Estate) -> Iterator[Hashable]:
    policies = [bucket.policy.document for bucket in estate.buckets] + [key.policy.document for key in estate.keys]
    yield from _sure(estate, [principal.value for principal in named_principals(policies)])
    choices = [bucket.encryption.key for bucket in estate.buckets]
    yield from _sure(estate, [choice.value for choice in choices if choice is not None and choice.value is not None])
    for document in {id(one): one for identity in estate.identities for one in identity.documents}.values():
        yield from _sure(estate, _resources(document))


def _resources(document: Document) -> Iterator[TextLike]:
    """The buckets and whole ARNs that the Allow statements of an identity's policy name."""
    for statement in document.statements:
        if statement.effect is Effect.ALLOW and isinstance(statement.resources, tuple):
            for resource in statement.resources:
                bucket = bucket_named(resource)
                yield resource if bucket is None else bucket


def _sure(estate: Estate, texts: Iterable[TextLike]) -> Iterator[str]:
    for text in texts:
        exact = known(estate.world.bind(text))
        if exact is not None and not is_pattern(exact):
            yield exact


def components(ties: Sequence[Ties]) -> list[list[int]]:
    """Which of several belong together, by their places: one names what exactly one of the others declares.

    What several declare, as copies of one environment do, ties nobody: it is not known which one is meant.
    """
    owners: dict[Hashable, list[int]] = {}
    for place, one in enumerate(ties):
        for thing in one.declared:
            owners.setdefault(thing, []).append(place)
    leader = list(range(len(ties)))

    def found(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for place, one in enumerate(ties):
        for thing in one.named:
            of = owners.get(thing, ())
            if len(of) == 1:
                first, second = sorted((found(place), found(of[0])))
                leader[second] = first
    groups: dict[int, list[int]] = {}
    for place in range(len(ties)):
        groups.setdefault(found(place), []).append(place)
    return list(groups.values())
