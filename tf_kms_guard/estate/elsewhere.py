"""What one workspace of an estate looks up that another one declares.

``terraform_remote_state`` gives the outputs of the workspace that keeps its state there. Data sources that look
something up by its name find what another workspace of surely the same account declares. What they give keeps the
identity that it has in its own workspace, so that both mean one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tf_kms_guard.estate.member import Member
from tf_kms_guard.estate.texts import account_in, as_text
from tf_kms_guard.terraform.backends import StatePlace, state_read
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Referred, Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, known, split_text
from tf_kms_guard.values.truth import Truth

if TYPE_CHECKING:
    from tf_kms_guard.estate.accounts import Account
    from tf_kms_guard.estate.outside import Outside


class Sought(Struct, frozen=True, eq=False):
    """What a data source looks for: a state, or a name in an account and Region (as the estate knows them)."""

    type: str
    state: StatePlace | None = None
    name: str | None = None
    account: TextLike = ""
    region: TextLike = ""


class Elsewhere:
    """The members of an estate, and what is outside, for those among them that look something up."""

    def __init__(self, members: Sequence[Member], outside: Outside | None = None) -> None:
        self._members = {id(member.workspace): member for member in members}
        self._outside = outside
        self._states: dict[StatePlace, list[Member]] | None = None
        self._named: dict[tuple[str, str], dict[str, list[tuple[Member, ResourceInstance]]]] = {}

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        """An attribute of a data source, where another workspace has it; ``NOT_SET`` where none surely has."""
        if resource.type == "terraform_remote_state":
            if attribute != "outputs":
                return NOT_SET
            keeper = self._keeper(resource.module.workspace, state_sought(resource))
            return NOT_SET if keeper is None else Referred(_Outputs(keeper))
        look_up = LOOK_UPS.get(resource.type)
        if look_up is None or attribute not in look_up.gives:
            return NOT_SET
        reader = resource.module.workspace
        sought = name_sought(resource, self._members[id(reader)].account_of(resource))
        if sought.name is None:
            return NOT_SET
        found = self._things(reader, sought, look_up)
        if len(found) == 1:
            return found[0][0].renaming.value(found[0][1].read(look_up.gives[attribute]))
        return NOT_SET if found else self._described(sought, look_up, look_up.gives[attribute])

    def output(self, reader: Workspace, place: StatePlace | None, name: str) -> Value | NotSet:
        """An output of the workspace whose state ``reader`` reads; ``NOT_SET`` where it is not known which."""
        keeper = self._keeper(reader, place)
        if keeper is None or name not in keeper.workspace.root.names():
            return NOT_SET
        return _Outputs(keeper).read(name)

    def part(self, reader: Workspace, sought: Sought, attribute: str) -> Value | NotSet:
        """What stands for one of ``LINKED`` where another workspace has what is sought."""
        look_up = LOOK_UPS[sought.type]
        found = self._things(reader, sought, look_up)
        if len(found) != 1:
            return NOT_SET if found else self._described_part(sought, look_up, attribute)
        member, thing = found[0]
        if attribute == "path":
            path = as_text(thing.attribute("path"))
            return "/" if path is None else member.renaming.text(path)
        if attribute == "key_id":
            target = as_text(thing.read("target_key_id"))
            parts = None if target is None or account_in(target) is None else split_text(target, "/", 1)
            return NOT_SET if target is None else member.renaming.text(target if parts is None else parts[-1])
        if attribute not in look_up.gives:
            return NOT_SET
        return member.renaming.value(thing.read(look_up.gives[attribute]))

    def _described(self, sought: Sought, look_up: _LookUp, gives: str) -> str | NotSet:
        """What is described as outside, of surely the same account (and Region) and name."""
        arns: list[str] = []
        if self._outside is not None and look_up.type == "aws_kms_alias" and gives in _OF_KEY:
            arns = [key.arn for key in self._outside.keys if sought.name in key.aliases]
        elif self._outside is not None and look_up.type == "aws_iam_role" and gives == "arn":
            arns = [role.arn for role in self._outside.roles if role.arn.rpartition("/")[2] == sought.name]
        same = [arn for arn in arns if _is_of(sought, arn, regional=look_up.regional)]
        if len(same) != 1:
            return NOT_SET
        return same[0].rpartition("/")[2] if gives == "target_key_id" else same[0]

    def _described_part(self, sought: Sought, look_up: _LookUp, attribute: str) -> str | NotSet:
        if attribute == "key_id":
            return self._described(sought, look_up, "target_key_id")
        arn = self._described(sought, look_up, "arn") if attribute == "path" else NOT_SET
        return arn if isinstance(arn, NotSet) else arn.partition(":role")[2].removesuffix(sought.name or "")

    def _keeper(self, reader: Workspace, place: StatePlace | None) -> Member | None:
        found = [] if place is None else self._keepers().get(place, [])
        return found[0] if len(found) == 1 and found[0].workspace is not reader else None

    def _keepers(self) -> Mapping[StatePlace, Sequence[Member]]:
        if self._states is None:
            self._states = {}
            for member in self._members.values():
                place = member.workspace.state_place
                if place is not None:
                    self._states.setdefault(place, []).append(member)
        return self._states

    def _things(self, reader: Workspace, sought: Sought, look_up: _LookUp) -> list[tuple[Member, ResourceInstance]]:
        """The things of the name that surely are in the same account, and Region where names are those of one."""
        return [
            (member, one)
            for member, one in self._declared(look_up).get(sought.name or "", ())
            if member.workspace is not reader and self._is_there(sought, one, look_up)
        ]  # what the workspace declares itself, it refers to

    def _declared(self, look_up: _LookUp) -> Mapping[str, Sequence[tuple[Member, ResourceInstance]]]:
        """The things of a type that surely are there, by their names."""
        key = (look_up.type, look_up.named)
        if key not in self._named:
            found: dict[str, list[tuple[Member, ResourceInstance]]] = {}
            for member in self._members.values():
                for one in member.workspace.resources(frozenset((look_up.type,))):
                    name = known(one.read(look_up.named)) if one.mode == "managed" and one.presence is True else None
                    if name is not None:
                        found.setdefault(name, []).append((member, one))
            self._named[key] = found
        return self._named[key]

    def _is_there(self, sought: Sought, one: ResourceInstance, look_up: _LookUp) -> bool:
        there = self._members[id(one.module.workspace)].account_of(one)
        pairs: list[tuple[TextLike, TextLike]] = [(sought.account, there.id)]
        if look_up.regional:
            pairs.append((sought.region, there.region))
        return all(equal(a, b) is Truth.YES for a, b in pairs)


def state_sought(resource: ResourceInstance) -> StatePlace | None:
    """The state that a ``terraform_remote_state`` reads."""
    parts = [resource.attribute(name) for name in ("backend", "config", "workspace")]
    kind, config, workspace = (None if isinstance(part, NotSet) else part for part in parts)
    return state_read(kind, config, workspace, resource.module.workspace.directory)


def name_sought(resource: ResourceInstance, account: Account) -> Sought:
    """The name that one of ``LOOK_UPS`` looks up, and where; without a name if that is not known.

    That is in the account and Region of its provider configuration, given as ``account``, unless it says the ARN of
    an alias: that says where.
    """
    name = known(resource.attribute(LOOK_UPS[resource.type].by))
    fields = [] if name is None or resource.type != "aws_kms_key" else name.split(":", 5)
    if len(fields) == 6:
        return Sought(resource.type, None, fields[5], fields[4], fields[3])
    return Sought(resource.type, None, name, account.id, account.region)


_OF_KEY: Final = ("target_key_arn", "target_key_id")


def _is_of(sought: Sought, arn: str, *, regional: bool) -> bool:
    fields = arn.split(":")
    return known(sought.account) == fields[4] and (not regional or known(sought.region) == fields[3])


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


LOOK_UPS: Final = {
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

LINKED: Final[Mapping[str, tuple[str, ...]]] = {
    "terraform_remote_state": ("outputs",),
    "aws_kms_alias": ("key_id",),
    "aws_kms_key": ("key_id",),
    "aws_iam_role": ("path", "unique_id"),
    "aws_iam_user": ("path",),
    "aws_ssm_parameter": ("value", "insecure_value"),
}
"""By type of data source, what is not known of what it finds (``attributes.py``) and another workspace may tell."""
