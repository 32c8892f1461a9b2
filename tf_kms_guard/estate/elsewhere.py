"""What one workspace of an estate looks up that another one declares.

``terraform_remote_state`` gives the outputs of the workspace that keeps its state there. Data sources that look
something up by its name find what another workspace of surely the same account declares. What they give keeps the
identity that it has in its own workspace, so that both mean one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.member import Member
from tf_kms_guard.terraform.backends import StatePlace, own_state, state_read
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Referred, Value
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth

if TYPE_CHECKING:
    from tf_kms_guard.estate.outside import Outside


class Elsewhere:
    """The members of an estate, and what is outside, for those among them that look something up."""

    def __init__(self, members: Sequence[Member], outside: Outside | None = None) -> None:
        self._members = {id(member.workspace): member for member in members}
        self._outside = outside
        self._states: dict[StatePlace, list[Member]] | None = None

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        """An attribute of a data source, where another workspace has it; ``NOT_SET`` where none surely has."""
        if resource.type == "terraform_remote_state":
            return self._outputs(resource) if attribute == "outputs" else NOT_SET
        look_up = _LOOK_UPS.get(resource.type)
        if look_up is None or attribute not in look_up.gives:
            return NOT_SET
        name = known(resource.attribute(look_up.by))
        if name is None:
            return NOT_SET
        found = [
            (member, one)
            for member, one in self._declared(look_up, name)
            if self._is_same_place(resource, one, look_up)
        ]
        if not found and self._outside is not None:
            return self._described(resource, look_up, name, attribute)
        if len(found) != 1:
            return NOT_SET
        member, thing = found[0]
        return member.renaming.value(thing.read(look_up.gives[attribute]))

    def _described(self, resource: ResourceInstance, look_up: _LookUp, name: str, attribute: str) -> Value | NotSet:
        """What is described as outside, of surely the same account (and Region) and name."""
        assert self._outside is not None
        gives = look_up.gives[attribute]
        if look_up.type == "aws_kms_alias" and gives in ("target_key_arn", "target_key_id"):
            arns = [key.arn for key in self._outside.keys if name in key.aliases]
        elif look_up.type == "aws_iam_role" and gives == "arn":
            arns = [role.arn for role in self._outside.roles if role.arn.rpartition("/")[2] == name]
        else:
            return NOT_SET
        here = self._members[id(resource.module.workspace)].account_of(resource)
        same = [arn for arn in arns if _is_of(here, arn, regional=look_up.regional)]
        if len(same) != 1:
            return NOT_SET
        return same[0].rpartition("/")[2] if gives == "target_key_id" else same[0]

    def _outputs(self, resource: ResourceInstance) -> Value | NotSet:
        reader = resource.module.workspace
        parts = [resource.attribute(name) for name in ("backend", "config", "workspace")]
        kind, config, workspace = (None if isinstance(part, NotSet) else part for part in parts)
        place = state_read(kind, config, workspace, reader.directory)
        found = [] if place is None else self._keepers().get(place, [])
        if len(found) != 1 or found[0].workspace is reader:
            return NOT_SET
        return Referred(_Outputs(found[0]))

    def _keepers(self) -> Mapping[StatePlace, Sequence[Member]]:
        if self._states is None:
            self._states = {}
            for member in self._members.values():
                place = own_state(member.workspace)
                if place is not None:
                    self._states.setdefault(place, []).append(member)
        return self._states

    def _declared(self, look_up: _LookUp, name: str) -> Iterator[tuple[Member, ResourceInstance]]:
        for member in self._members.values():
            for one in member.workspace.resources(frozenset((look_up.type,))):
                if one.mode == "managed" and one.presence is True and known(one.read(look_up.named)) == name:
                    yield member, one

    def _is_same_place(self, resource: ResourceInstance, one: ResourceInstance, look_up: _LookUp) -> bool:
        if one.module.workspace is resource.module.workspace:
            return False  # what the workspace declares itself, it refers to
        here, there = (self._members[id(r.module.workspace)].account_of(r) for r in (resource, one))
        pairs: list[tuple[TextLike, TextLike]] = [(here.id, there.id)]
        if look_up.regional:
            pairs.append((here.region, there.region))
        return all(equal(a, b) is Truth.YES for a, b in pairs)


def _is_of(account: Account, arn: str, *, regional: bool) -> bool:
    fields = arn.split(":")
    return known(account.id) == fields[4] and (not regional or known(account.region) == fields[3])


class _Outputs(Struct, frozen=True, eq=False):
    """The outputs of a workspace as another one sees them."""

    member: Member

    @property
    def address(self) -> str:
        """For people."""
        return f"outputs of {self.member.name}"

    def read(self, attribute: str) -> Value:
        """The value of an output."""
        return self.member.renaming.value(self.member.workspace.root.read(attribute))

    def names(self) -> Iterable[str]:
        """The outputs."""
        return self.member.workspace.root.names()


class _LookUp(Struct, frozen=True):
    """A data source that looks things of a type up: by its argument ``by``, which is their attribute ``named``.

    ``gives`` maps its attributes to theirs. ``regional``: names are those of one Region.
    """

    type: str
    by: str
    named: str
    gives: Mapping[str, str]
    regional: bool = False


_LOOK_UPS: Final = {
    "aws_kms_alias": _LookUp(
        "aws_kms_alias", "name", "name", {"target_key_id": "target_key_id", "target_key_arn": "target_key_arn"}, True
    ),
    "aws_kms_key": _LookUp("aws_kms_alias", "key_id", "name", {"arn": "target_key_arn", "id": "target_key_id"}, True),
    "aws_iam_role": _LookUp("aws_iam_role", "name", "name", {"arn": "arn", "unique_id": "unique_id"}),
    "aws_iam_user": _LookUp("aws_iam_user", "user_name", "name", {"arn": "arn"}),
    "aws_ssm_parameter": _LookUp(
        "aws_ssm_parameter", "name", "name", {"value": "value", "insecure_value": "value"}, True
    ),
}
