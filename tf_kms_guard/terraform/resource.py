"""Declared things as instances: resources, data sources and the blocks inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from tf_kms_guard.terraform.diagnostics import CycleError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import expand
from tf_kms_guard.terraform.marks import bare, bare_throughout, marked_as, marks_among, with_marks
from tf_kms_guard.terraform.operators import binary
from tf_kms_guard.terraform.provenance import placed_argument
from tf_kms_guard.terraform.syntax.json_bodies import attributes_of
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    Name,
    ObjectItems,
    TupleItems,
)
from tf_kms_guard.terraform.values import Object, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance
    from tf_kms_guard.terraform.providers import ProviderConfiguration


class NotSet:
    """The type of :data:`NOT_SET`."""

    def __repr__(self) -> str:
        return "NOT_SET"


NOT_SET: Final = NotSet()
"""An argument that the configuration does not set (or sets to null)."""


class Schema(Protocol):
    """What the provider would add: attributes that a configuration does not set."""

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        """The value of an attribute that is not set, or is made by the provider whatever is set.

        ``NOT_SET`` when nothing is known of it.
        """


class BlockInstance(Struct, frozen=True, eq=False):
    """A nested block with its names bound. ``presence`` is true, or a truth value that is not known."""

    owner: ResourceInstance
    type: str
    evaluator: Evaluator
    body: Body
    span: Span
    path: str
    presence: Value = True

    def attribute(self, name: str) -> Value | NotSet:
        """The value of an argument, without marks; ``NOT_SET`` if it is not set or null."""
        value = self.marked_attribute(name)
        return value if isinstance(value, NotSet) else bare_throughout(value)

    def marked_attribute(self, name: str) -> Value | NotSet:
        """The value of an argument as Terraform's expressions see it; ``NOT_SET`` if it is not set or null."""
        attribute = self.body.attributes.get(name)
        if attribute is None:
            return NOT_SET
        where = f"{self.path}.{name}"
        value = self.owner.module.guarded(where, attribute.span, lambda: self.evaluator.settled(attribute.expression))
        return NOT_SET if bare(value) is None else value

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else where the block is."""
        attribute = self.body.attributes.get(name)
        return self.span if attribute is None else placed_argument(self.owner.module, attribute)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type, ``dynamic`` ones expanded."""
        return tuple(_blocks(self.owner, self.evaluator, self.body, kind, self.path, self.presence))


class ResourceInstance:
    """One instance of a resource or data source."""

    __slots__ = (
        "_begun",
        "_marked",
        "_memo",
        "_read",
        "_top",
        "address",
        "block",
        "key",
        "mode",
        "module",
        "name",
        "presence",
        "provider",
        "type",
    )

    def __init__(
        self,
        module: ModuleInstance,
        identity: tuple[str, str, str],
        key: Value,
        address: str,
        block: Block,
        bindings: Mapping[str, Value],
        presence: Value,
        provider: ProviderConfiguration,
    ) -> None:
        self.module = module
        self.mode, self.type, self.name = identity
        self.key = key
        self.address = address
        self.block = block
        self.presence = presence
        self.provider = provider
        self._memo: dict[str, Value | NotSet] = {}
        self._read: dict[str, Value] = {}
        self._marked: dict[str, Value] = {}
        self._begun: set[str] = set()
        self._top = BlockInstance(
            self, self.type, Evaluator(module, bindings), block.body, module.placed(block.header), address
        )

    @property
    def span(self) -> Span:
        """The first line of the block."""
        return self._top.span

    def attribute(self, name: str) -> Value | NotSet:
        """What the configuration sets an argument to, without marks; ``NOT_SET`` if it does not, or to null."""
        if name not in self._memo:
            if name in self._begun:
                raise CycleError(f"{self.address}.{name} refers to itself", self.span_of(name))
            self._begun.add(name)
            try:
                assumed = self.module.assumed(f"{self.address}.{name}")
                value = self._top.marked_attribute(name) if isinstance(assumed, NotSet) else assumed
                self._memo[name] = value if isinstance(value, NotSet) else bare_throughout(value)
                if not isinstance(value, NotSet) and value is not self._memo[name]:
                    self._marked[name] = value
            finally:
                self._begun.discard(name)
        return self._memo[name]

    def attribute_node(self, name: str) -> Attribute | None:
        """How an argument is written."""
        return self.block.body.attributes.get(name)

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else the first line of the block."""
        return self._top.span_of(name)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type, ``dynamic`` ones expanded."""
        return self._top.blocks(kind)

    def read(self, attribute: str) -> Value:
        """The value of an attribute for whoever refers to it."""
        if attribute not in self._read:
            self._read[attribute] = self._find(attribute)
        return self._read[attribute]

    def _find(self, attribute: str) -> Value:
        assumed = self.module.assumed(f"{self.address}.{attribute}")
        if not isinstance(assumed, NotSet):
            return assumed
        value = self.module.computed(self, attribute)
        if isinstance(value, NotSet):
            value = self.attribute(attribute)
        if isinstance(value, NotSet):
            where = f"{self.address}.{attribute}"
            because = f"{where} is known only after apply" if self.mode == "managed" else f"{where} is not visible here"
            unknown = Unknown(where, because, origin=self.span, settle=f"--assume '{where}=…'")
            return self.module.assumable(where, unknown)
        marked = self._marked.get(attribute)
        if marked is None:
            return value
        return marked if value is self._memo[attribute] else with_marks(value, *marks_among([marked]))

    def names(self) -> Iterable[str]:
        """The arguments that the configuration sets."""
        return tuple(self.block.body.attributes)


def _blocks(
    owner: ResourceInstance, evaluator: Evaluator, body: Body, kind: str, path: str, presence: Value
) -> Iterator[BlockInstance]:
    count = 0
    for block in body.blocks:
        where = f"{path}.{kind}[{count}]"
        if block.type == kind:
            span = owner.module.placed(block.header)
            yield BlockInstance(owner, kind, evaluator, block.body, span, where, presence)
            count += 1
        elif block.type == "dynamic" and block.labels == (kind,):
            for instance in _dynamic(owner, evaluator, block, kind, path, count, presence):
                yield instance
                count += 1
    for name, attribute in body.attributes.items():  # JSON syntax, in the order in which it is written
        if name == kind:
            for instance in _from_attribute(owner, evaluator, attribute, kind, path, count, presence):
                yield instance
                count += 1
        elif name == "dynamic":
            for block in _dynamic_in_json(attribute, kind):
                for instance in _dynamic(owner, evaluator, block, kind, path, count, presence):
                    yield instance
                    count += 1


def _dynamic(
    owner: ResourceInstance,
    evaluator: Evaluator,
    block: Block,
    kind: str,
    path: str,
    first: int,
    presence: Value,
) -> Iterator[BlockInstance]:
    contents = block.body.blocks_of("content")
    collection = block.body.attributes.get("for_each")
    if not contents or collection is None:
        return
    iterator = block.body.attributes.get("iterator")
    name = iterator_name(iterator, kind)
    where = f"{path}.dynamic.{kind}[{first}]"
    value = owner.module.guarded(f"{where}.for_each", collection.span, lambda: evaluator.settled(collection.expression))
    for number, instance in enumerate(expand(bare(value), where, lists=True), first):
        each = {"key": marked_as(instance.key, value), "value": marked_as(instance.value, value)}
        bound = evaluator.binding(**{name: Object(each)})
        yield BlockInstance(
            owner,
            kind,
            bound,
            contents[0].body,
            owner.module.placed(contents[0].header),
            f"{path}.{kind}[{number}]",
            presence if instance.presence is True else binary("&&", presence, instance.presence),
        )


def iterator_name(iterator: Attribute | None, kind: str) -> str:
    """The name by which the content of a ``dynamic`` block speaks of its element."""
    if iterator is not None and isinstance(iterator.expression, Name):
        return iterator.expression.name
    if iterator is not None and isinstance(iterator.expression, Literal):
        return str(iterator.expression.value)
    return kind


def _from_attribute(
    owner: ResourceInstance,
    evaluator: Evaluator,
    attribute: Attribute,
    kind: str,
    path: str,
    first: int,
    presence: Value,
) -> Iterator[BlockInstance]:
    """JSON syntax, and ``kind = [{…}]``: a block may be written as an object or a list of objects."""
    for number, item in enumerate(_objects(attribute.expression), first):
        body = Body(attributes_of(item.items), (), item.span)
        span = owner.module.placed(item.span)
        yield BlockInstance(owner, kind, evaluator, body, span, f"{path}.{kind}[{number}]", presence)


def _dynamic_in_json(attribute: Attribute, kind: str) -> Iterator[Block]:
    """The ``dynamic`` blocks of a type in JSON syntax: objects by the type of the blocks that they make."""
    for by_kind in _objects(attribute.expression):
        written = attributes_of(by_kind.items).get(kind)
        for item in () if written is None else _objects(written.expression):
            arguments = attributes_of(item.items)
            content = arguments.pop("content", None)
            contents = tuple(
                Block("content", (), Body(attributes_of(one.items), (), one.span), one.span, one.span)
                for one in (() if content is None else _objects(content.expression))
            )
            yield Block("dynamic", (kind,), Body(arguments, contents, item.span), item.span, item.span)


def _objects(expression: Expression) -> Iterator[ObjectItems]:
    items = expression.items if isinstance(expression, TupleItems) else (expression,)
    return (item for item in items if isinstance(item, ObjectItems))
