"""Our evaluation of a root module against the state that the real Terraform makes of it.

Twice: with the provider's own values (*known*: what Terraform wrote into the state is what our schema answers, so
that every value has to come out, and equal), and as users run the program (*blind*: nothing of AWS is known, and
what we say must not contradict Terraform; values that stay open are counted).
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.evaluation.matching import Answer, Matcher, NotKnown, as_set, normal, plain
from tests.terraform_stub.schema import Block, aws_schema
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.terraform.marks import bare_throughout
from tf_kms_guard.terraform.resource import NOT_SET, BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.types import Collection, ObjectAttribute, ObjectType, Primitive, Type, convert
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.terraform.workspace import Workspace, WorkspaceOptions, load_workspace
from tf_kms_guard.values.unknown import Unknown

_RELEVANT = ("aws_s3_", "aws_kms_", "aws_iam_")
_SCHEMA = aws_schema()
TYPES = frozenset(name for name in (*_SCHEMA.resources, *_SCHEMA.data) if name.startswith(_RELEVANT))

State = dict[tuple[str, str], dict[str, Any]]
"""The attributes of each instance, by mode and address."""


@dataclass
class Compared:
    """How many values were compared, and those that differ."""

    known: int = 0
    blind: int = 0
    left_open: int = 0
    documents: int = 0
    differing: list[str] = field(default_factory=list)


def instances_in(state: dict[str, Any]) -> State:
    """The instances in a state file, by address."""
    found: State = {}
    for resource in state["resources"]:
        prefix = f"{resource['module']}." if "module" in resource else ""
        kind = "data." if resource["mode"] == "data" else ""
        for instance in resource["instances"]:
            key = f"[{json.dumps(instance['index_key'], ensure_ascii=False)}]" if "index_key" in instance else ""
            address = f"{prefix}{kind}{resource['type']}.{resource['name']}{key}"
            found[resource["mode"], address] = instance["attributes"]
    return found


class AppliedSchema:
    """Answers what Terraform wrote into the state; policy documents are rendered by ours."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._aws = AwsSchema(Accounts())

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        if resource.type == "aws_iam_policy_document" and attribute in ("json", "minified_json"):
            return self._aws.computed(resource, attribute)
        attributes = self._state.get((resource.mode, resource.address))
        if attributes is None or not isinstance(resource.attribute(attribute), NotSet):
            return NOT_SET
        return attributes.get(attribute, NOT_SET)

    def fills(self, resource_type: str, argument: str) -> bool:
        return self._aws.fills(resource_type, argument)

    def takes(self, argument: str) -> tuple[Callable[[Value], bool], str | None] | None:
        return self._aws.takes(argument)


def compare(directory: Path, state: dict[str, Any], told: WorkspaceOptions, users: WorkspaceOptions) -> Compared:
    """Evaluate a root module in both ways and compare with the state file that Terraform made of it.

    ``told`` are the options with which Terraform was run, ``users`` those of the second way.
    """
    instances = instances_in(state)
    result = Compared()
    known = load_workspace(directory, AppliedSchema(instances), told)
    _Known(result, known, instances).everything(state)
    blind = load_workspace(directory, AwsSchema(Accounts()), users)
    _Blind(result, blind, instances).everything(state)
    for workspace in (known, blind):
        result.differing.extend(f"diagnostic: {entry.message} ({entry.span})" for entry in workspace.diagnostics)
    return result


class _Comparison(ABC):
    """Walks over all that Terraform and we have in common."""

    name = ""

    def __init__(self, result: Compared, workspace: Workspace, state: State) -> None:
        self.result = result
        self.workspace = workspace
        self.state = state

    def everything(self, state: dict[str, Any]) -> None:
        ours = {(resource.mode, resource.address): resource for resource in self.workspace.resources(TYPES)}
        theirs = {
            key
            for resource in state["resources"]
            if resource["type"] in TYPES
            for key in instances_in({"resources": [resource]})
        }
        for mode, address in sorted(set(ours) ^ theirs):
            self.differs(address, "instance", (mode, address) in ours, (mode, address) in theirs)
        for key in sorted(set(ours) & theirs):
            self.resource(ours[key], self.state[key])
        for name, output in state["outputs"].items():
            self.output(name, bare_throughout(self.workspace.root.read(name)), output["value"])

    def instances(self, ours: dict[tuple[str, str], ResourceInstance], theirs: Iterable[tuple[str, str]]) -> None:
        for key in sorted({*ours, *theirs}):
            self.result.known += 1
            if (key in ours) != (key in theirs):
                self.differs(key[1], "instance", key in ours, key in theirs)

    def differs(self, address: str, what: str, ours: object, theirs: object) -> None:
        self.result.differing.append(
            f"{self.name}: {address}.{what}\n    ours:   {_shown(ours)}\n    theirs: {_shown(theirs)}"
        )

    @abstractmethod
    def resource(self, resource: ResourceInstance, theirs: dict[str, Any]) -> None:
        """Compare one resource instance."""

    @abstractmethod
    def output(self, name: str, ours: Value, theirs: Any) -> None:
        """Compare one output of the root module."""


class _Known(_Comparison):
    name = "known"

    def resource(self, resource: ResourceInstance, theirs: dict[str, Any]) -> None:
        block = _SCHEMA.of(resource.mode, resource.type)
        self.value(resource.address, "presence", resource.presence, True)
        self.block(resource.address, resource, block, theirs)
        if resource.type == "aws_iam_policy_document":
            for name in ("json", "minified_json"):
                self.result.documents += 1
                self.value(resource.address, name, bare_throughout(resource.read(name)), theirs[name])

    def output(self, name: str, ours: Value, theirs: Any) -> None:
        self.result.known += 1
        try:
            equal = normal(plain(ours)) == normal(theirs)
        except NotKnown:  # whole resources are read on demand
            equal = Matcher().compare(ours, theirs) is not Answer.DIFFERENT
        if not equal:
            self.differs("output", name, ours, theirs)

    def block(self, where: str, ours: ResourceInstance | BlockInstance, block: Block, theirs: dict[str, Any]) -> None:
        for name, attribute in block.attributes.items():
            value = ours.attribute(name)
            if isinstance(value, NotSet) and (attribute.computed or theirs[name] is not None):
                if not attribute.computed and name != "path":
                    self.differs(where, name, value, theirs[name])
                continue
            if attribute.write_only:
                continue
            self.value(
                where, name, None if isinstance(value, NotSet) else _converted(value, attribute.type), theirs[name]
            )
        for kind, inner in block.blocks.items():
            self.blocks(f"{where}.{kind}", ours.blocks(kind), inner, theirs[kind])

    def blocks(self, where: str, ours: tuple[BlockInstance, ...], block: Block, theirs: Any) -> None:
        listed: list[dict[str, Any]] = theirs if isinstance(theirs, list) else [] if theirs is None else [theirs]
        if block.nesting == "set":
            self.result.known += 1
            mine = as_set([normal(_block(one, block)) for one in ours])
            if mine != as_set([normal(_shaped(one, block)) for one in listed]):
                self.differs(where, "blocks", mine, listed)
            return
        self.value(where, "blocks", len(ours), len(listed))
        for number, (one, other) in enumerate(zip(ours, listed, strict=False)):
            self.value(f"{where}[{number}]", "presence", one.presence, True)
            self.block(f"{where}[{number}]", one, block, other)

    def value(self, where: str, name: str, ours: Value, theirs: Any) -> None:
        self.result.known += 1
        try:
            mine = plain(ours)
        except NotKnown:
            self.differs(where, name, ours, theirs)
            return
        if isinstance(ours, SetValue):
            mine, theirs = as_set(mine), as_set(theirs)
        exact = where.startswith("data.") or "aws_iam_policy_document" in where
        if mine != theirs and (exact or normal(mine) != normal(theirs)):
            self.differs(where, name, mine, theirs)


class _Blind(_Comparison):
    name = "blind"

    def __init__(self, result: Compared, workspace: Workspace, state: State) -> None:
        super().__init__(result, workspace, state)
        self.matcher = Matcher()

    def resource(self, resource: ResourceInstance, theirs: dict[str, Any]) -> None:
        block = _SCHEMA.of(resource.mode, resource.type)
        for name, attribute in block.attributes.items():
            value = bare_throughout(resource.read(name))
            if not attribute.write_only and not _is_unmodelled(value, f"{resource.address}.{name}"):
                self.value(resource.address, name, _converted(value, attribute.type), theirs[name])
        for kind, inner in block.blocks.items():
            if inner.nesting != "set":
                self.blocks(f"{resource.address}.{kind}", resource.blocks(kind), inner, theirs[kind])

    def instances(self, ours: dict[tuple[str, str], ResourceInstance], theirs: Iterable[tuple[str, str]]) -> None:
        """Ours may have instances that only may exist; what Terraform has must be among ours, or among those."""
        there = set(theirs)
        for key, resource in ours.items():
            if key not in there and resource.presence is True:
                self.differs(key[1], "instance", True, False)
        if there - ours.keys() and all(resource.presence is True for resource in ours.values()):
            self.differs(str(there - ours.keys()), "instance", False, True)

    def output(self, name: str, ours: Value, theirs: Any) -> None:
        self.value("output", name, ours, theirs)

    def blocks(self, where: str, ours: tuple[BlockInstance, ...], block: Block, theirs: Any) -> None:
        listed: list[dict[str, Any]] = theirs if isinstance(theirs, list) else [] if theirs is None else [theirs]
        if any(one.presence is not True for one in ours):
            self.result.left_open += 1
            return
        self.value(where, "blocks", len(ours), len(listed))
        for number, (one, other) in enumerate(zip(ours, listed, strict=False)):
            for name, attribute in block.attributes.items():
                value = one.attribute(name)
                if not isinstance(value, NotSet):
                    self.value(f"{where}[{number}]", name, _converted(value, attribute.type), other[name])
            for kind, inner in block.blocks.items():
                if inner.nesting != "set":
                    self.blocks(f"{where}[{number}].{kind}", one.blocks(kind), inner, other[kind])

    def value(self, where: str, name: str, ours: Value, theirs: Any) -> None:
        self.result.blind += 1
        answer = self.matcher.compare(ours, theirs)
        if answer is Answer.OPEN:
            self.result.left_open += 1
        elif answer is Answer.DIFFERENT:
            self.differs(where, name, ours, theirs)


def _is_unmodelled(value: Value, address: str) -> bool:
    """Whether we say no more of an attribute than that AWS or the provider sets it."""
    return isinstance(value, Unknown) and not value.minted and value.identity == address


def _block(ours: BlockInstance, block: Block) -> dict[str, Any]:
    """A nested block of ours as the state has it. One that is not known becomes its description."""
    result: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        value = ours.attribute(name)
        converted = None if isinstance(value, NotSet) else _converted(value, attribute.type)
        try:
            result[name] = plain(converted)
        except NotKnown as error:
            result[name] = f"not known: {error}"
        if isinstance(converted, SetValue):
            result[name] = as_set(result[name])
    for kind, inner in block.blocks.items():
        result[kind] = [_block(one, inner) for one in ours.blocks(kind)]
    return result


def _shaped(theirs: dict[str, Any], block: Block) -> dict[str, Any]:
    result = dict(theirs)
    for name, attribute in block.attributes.items():
        if attribute.computed and not isinstance(attribute.type, str):
            continue
        if isinstance(attribute.type, list) and attribute.type[0] == "set" and result[name] is not None:
            result[name] = as_set(result[name])
    return result


def _converted(value: Value, type_: Any) -> Value:
    return convert(value, _type(type_))


def _type(spelled: Any) -> Type:
    match spelled:
        case str():
            return Primitive(spelled)
        case ["object", attributes]:
            return ObjectType({name: ObjectAttribute(_type(inner), True) for name, inner in attributes.items()})
        case [kind, inner]:
            return Collection(kind, _type(inner))
    raise ValueError(spelled)


def _shown(value: object) -> str:
    return repr(value)[:1500]
