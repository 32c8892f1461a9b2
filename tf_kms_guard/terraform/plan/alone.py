"""Reading a record without its source: the values of each instance, and what its unknown ones refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.module import Module, ResourceKey
from tf_kms_guard.terraform.plan.laying import is_known
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.plan.told import TOLD, ToldModules, module_key, references, without_keys
from tf_kms_guard.terraform.syntax.constants import constant
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Body, Expression, GetAttribute, Index, Literal, Name
from tf_kms_guard.terraform.values import Object, Referred, Tuple, Value
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance
    from tf_kms_guard.terraform.providers import ProviderConfiguration
    from tf_kms_guard.terraform.resource import Schema

_EXPRESSION: Final = frozenset(("constant_value", "references"))
_SETTLE: Final = "name the source with --source DIR, or check the plan file itself instead of its JSON"
_SETS: Final = frozenset(("principals", "not_principals", "condition"))
"""Blocks that make a set: a plan gives them in another order than the configuration."""

_MOST_NAMED: Final = 3
_KEYS: Final = frozenset(("each.key", "count.index"))


class Followed(Struct, frozen=True):
    """An argument that is taken for the thing that it refers to, as if nothing stood around the reference.

    ``argument`` is for people (``policy of aws_kms_key.data``), ``owner`` the resource that has it, ``references`` what
    is told of it; ``leads_to``: the resources behind these, through variables and outputs. Addresses are without keys.
    """

    argument: str
    owner: str
    references: tuple[str, ...]
    leads_to: frozenset[str]


class Alone:
    """A plan JSON or a state as if it were source.

    Constants and recorded values are what they are. What is not known but refers to one thing alone means that
    thing, if the schema says that such an argument takes nothing but one thing; anything else stays free.
    """

    def __init__(self, record: Record, directory: Path, schema: Schema) -> None:
        self._record = record
        self._told = ToldModules(record, directory)
        self.place = self._told.place
        self.schema = schema
        self._left_open: dict[str, None] = {}
        self.followed: dict[str, Followed] = {}
        self._providers: dict[tuple[str, ResourceKey], str | None] = {
            (one.module, (one.mode, one.type, one.name)): one.provider for one in record.resources.values()
        }

    @property
    def note(self) -> Diagnostic | None:
        """What, of all that was asked for, the record does not tell: in one line."""
        names = list(self._left_open)
        if not names:
            return None
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        words = f"{', '.join(names[:_MOST_NAMED])}{more}: {self._kind} does not tell how this is made; {_SETTLE}"
        return Diagnostic(DiagnosticKind.EVALUATION, words, file=self._record.path)

    @property
    def _kind(self) -> str:
        return "the state" if self._record.origin is Origin.STATE else "the plan JSON"

    def leave_open(self, where: str) -> None:
        """Take note of an argument that would say something, and is not told."""
        self._left_open[where] = None

    def follow(self, argument: str, owner: str, module: ModuleInstance, referred: tuple[str, ...]) -> None:
        """Take note of an argument that is taken for what it refers to."""
        shown = f"{argument} of {owner}"
        if shown not in self.followed:
            key = module_key(module.path)
            leads_to = frozenset(thing for name in referred for thing in self._told.things(key, name))
            self.followed[shown] = Followed(shown, without_keys(owner), referred, leads_to)

    def follow_output(self, module: ModuleInstance, name: str) -> None:
        """Take note of an output that code outside of the record asks for."""
        referred = self._told.output_references(module_key(module.path), name)
        if referred:
            self.follow(f"output {name}", module.path, module, referred)

    def module(self, key: str) -> Module | None:
        """The module of a key, as far as it is told."""
        return self._told.module(key)

    def parsed(self, reference: str) -> Expression | None:
        """A reference as an expression; ``None`` for what the record does not hold."""
        return self._told.parsed(reference)

    def untold(self, where: str) -> Unknown:
        """A value of which the record does not tell how it is made."""
        return Unknown(
            where, f"{self._kind} does not tell how {where} is made", settle="--source DIR", origin=self.place
        )

    def instance(
        self,
        module: ModuleInstance,
        key: ResourceKey,
        address: str,
        recorded: Recorded | None,
        bindings: Mapping[str, Value],
    ) -> tuple[Block, Mapping[str, Value]]:
        """The block of one instance, and what its names mean."""
        configured = self._told.resources.get((module_key(module.path), key))
        expressions = {} if configured is None else configured.expressions
        values = {} if recorded is None or recorded.values is None else recorded.values
        part = _Part(self, module, address, address, values, expressions, bindings)
        body = self._body(key, values, expressions, Name(TOLD, self.place))
        block = Block("data" if key[0] == "data" else "resource", key[1:], body, self.place, self.place)
        return block, {**bindings, TOLD: Referred(part)}

    def provider_references(self) -> Mapping[str, Mapping[str, str]]:
        """By provider configuration, its arguments and blocks that are taken for what they refer to, and for what.

        Names are without instance keys.
        """
        return self._told.provider_references()

    def provider(self, module: ModuleInstance, key: ResourceKey) -> ProviderConfiguration | None:
        """The provider configuration of a resource, as the record resolved it."""
        configured = self._told.resources.get((module_key(module.path), key))
        if configured is not None and configured.provider:
            path, _, name = configured.provider.rpartition(":")
            return _ancestor(module, module_key(path)).provider(name)
        recorded = self._providers.get((module.path, key))
        if not recorded:
            return None
        path, _, name = recorded.rpartition(":")
        return _ancestor(module, module_key(path)).provider(name)

    def _body(
        self,
        key: ResourceKey,
        values: Mapping[str, Value],
        told: Mapping[str, object],
        path: Expression,
        depth: int = 0,
    ) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for name in dict.fromkeys((*values, *told)):
            value, expression = values.get(name), told.get(name)
            here = GetAttribute(path, name, self.place)
            if value is None and (name in values or expression is None):
                continue
            if depth == 0 and name not in told and self._is_left_to_provider(key, name, value):
                continue
            nested = _nested(name, value, expression)
            if nested is None:
                attributes[name] = self._told.attribute(name, here)
            for number, (item, inner) in enumerate(nested or ()):
                inside = Index(here, Literal(number, self.place), self.place)
                body = self._body(key, item, inner, inside, depth + 1)
                blocks.append(Block(name, (), body, self.place, self.place))
        return Body(attributes, tuple(blocks), self.place)

    def _is_left_to_provider(self, key: ResourceKey, name: str, value: Value) -> bool:
        """Whether the configuration does not set something: the provider works it out, or has its own."""
        if self.schema.fills(key[1], name):
            return True
        return self._record.configuration is not None and not is_known(value)


def _ancestor(module: ModuleInstance, key: str) -> ModuleInstance:
    """The module instance of a key among a module instance and its callers; the root, if there is none."""
    while module.parent is not None and module_key(module.path) != key:
        module = module.parent
    return module


def _nested(name: str, value: Value, told: object) -> list[tuple[Mapping[str, Value], Mapping[str, object]]] | None:
    """The nested blocks of a type, what is known of each and what is told; ``None`` for an argument.

    Blocks that are not known as a whole are none of these: some are ``dynamic``, and no record tells such a one.
    """
    expressions = told if isinstance(told, list) else [told]
    inner = [one for one in expressions if isinstance(one, Mapping) and not _EXPRESSION & one.keys()]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        items = [item for item in value if isinstance(item, dict)]
        return list(zip(items, _aligned(items, inner, in_order=name not in _SETS), strict=True))
    if isinstance(value, dict) and told is not None and len(inner) == 1 and inner[0]:
        return [(value, inner[0])]
    return None


def _aligned(
    items: Sequence[Mapping[str, Value]], told: list[Mapping[str, object]], *, in_order: bool
) -> list[Mapping[str, object]]:
    """What is told of each block; nothing where that is not clear. Blocks of a set come in another order."""
    if len(told) != len(items):
        return [{} for _ in items]
    if in_order:
        return told
    fitting = [[one for one in told if _may_tell(one, item)] for item in items]
    return [fits[0] if len(fits) == 1 else {} for fits in fitting]


def _may_tell(told: Mapping[str, object], item: Mapping[str, Value]) -> bool:
    """Whether the constants that are told do not contradict what is known of a block."""
    for name, expression in told.items():
        value = item.get(name)
        if isinstance(expression, Mapping) and "constant_value" in expression and isinstance(value, (str, bool)):
            if expression["constant_value"] != value:
                return False
    return True


class _Part(Struct, frozen=True, eq=False):
    """What is recorded of an instance or of a nested block, read on demand; ``owner`` is the instance's address."""

    alone: Alone
    module: ModuleInstance
    owner: str
    address: str
    values: Mapping[str, Value]
    told: Mapping[str, object]
    bindings: Mapping[str, Value]

    def names(self) -> Iterable[str]:
        return tuple(self.values)

    def read(self, attribute: str) -> Value:
        value, told = self.values.get(attribute), self.told.get(attribute)
        where = f"{self.address}.{attribute}"
        nested = _nested(attribute, value, told)
        if nested is not None:
            return Tuple(Referred(self._below(f"{where}[{n}]", *each)) for n, each in enumerate(nested))
        if attribute not in self.values and isinstance(told, Mapping) and "constant_value" in told:
            return Evaluator(self.module, {}).evaluate(constant(told["constant_value"], self.alone.place))
        if value is not None and is_known(value):
            return value
        return self._followed(value, told, attribute, where)

    def _below(self, address: str, values: Mapping[str, Value], told: Mapping[str, object]) -> _Part:
        return _Part(self.alone, self.module, self.owner, address, values, told, self.bindings)

    def _followed(self, value: Value, told: object, argument: str, where: str) -> Value:
        """What a value that is not known refers to, where that is clear."""
        free = self.alone.untold(where)
        takes = self.alone.schema.takes(argument)
        if takes is None:
            return _filled(value, [], free)
        fits, default = takes
        referred = references(told)
        found = list(self._things(referred, default, fits))
        open_ = sum(not is_known(item) for item in value) if isinstance(value, list) else 1
        complete = len(found) == open_ == sum(name not in _KEYS for name in referred)
        if not complete:
            self.alone.leave_open(where)
        elif found:
            self.alone.follow(argument, self.owner, self.module, referred)
        if complete and not isinstance(value, list):
            return found[0]
        return _filled(value, found if complete else [], free)

    def _things(self, referred: tuple[str, ...], default: str | None, fits: Callable[[Value], bool]) -> Iterator[Value]:
        keys = [name for name in referred if name in _KEYS]
        others = [name for name in referred if name not in _KEYS]
        if keys:  # ``x.y[each.key].z`` is told as ``x.y`` and ``each.key``
            others = [f"{name}[{keys[0]}]" for name in others] if len(keys) == len(others) == 1 else []
        for name in others:
            value = self._thing(name, default)
            if value is not None and fits(value):
                yield value

    def _thing(self, name: str, default: str | None) -> Value:
        expression = self.alone.parsed(name)
        if expression is None:
            return None
        evaluator = Evaluator(self.module, self.bindings)
        try:
            value = evaluator.settled(expression)
            if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Referred):
                value = value[0]  # ``one(x.y[*].z)`` is told as ``x.y``
            if isinstance(value, Referred):
                return None if default is None else value.to.read(default)
        except EvaluationError:
            return None
        return value


def _filled(value: Value, found: list[Value], free: Unknown) -> Value:
    """A list or object whose open parts are those found; without them each is free by itself."""
    if isinstance(value, list):
        rest = list(found)
        items: list[Value] = []
        for number, item in enumerate(value):
            if is_known(item):
                items.append(item)
            elif rest:
                items.append(rest.pop(0))
            else:
                items.append(_part_of(free, f"[{number}]", item))
        return Tuple(items)
    if isinstance(value, dict):
        return Object(
            (name, item if is_known(item) else _part_of(free, f".{name}", item)) for name, item in value.items()
        )
    return free


def _part_of(free: Unknown, step: str, value: Value) -> Value:
    part = Unknown(free.identity + step, free.because, settle=free.settle, origin=free.origin)
    return part if isinstance(value, Unknown) else _filled(value, [], part)
