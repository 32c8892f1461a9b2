"""Declared things as instances: resources, data sources and the blocks inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.terraform.block_syntax import iterator_name
from tf_kms_guard.terraform.diagnostics import CycleError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import expand
from tf_kms_guard.terraform.marks import bare, bare_throughout, marked_as, marks_among, with_marks
from tf_kms_guard.terraform.operators import binary
from tf_kms_guard.terraform.plan.laying import counterparts, is_known, laid_over
from tf_kms_guard.terraform.provenance import placed_argument
from tf_kms_guard.terraform.syntax.constants import constant
from tf_kms_guard.terraform.syntax.json_bodies import attributes_of, dynamic_blocks, objects_in
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
)
from tf_kms_guard.terraform.values import Mark, Object, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance
    from tf_kms_guard.terraform.plan.model import Recorded
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

    def fills(self, resource_type: str, argument: str) -> bool:
        """Whether the provider shows what AWS has for an argument or block that a configuration does not set."""

    def takes(self, argument: str) -> tuple[Callable[[Value], bool], str | None] | None:
        """For an argument that takes nothing but one whole thing (an id, an ARN, a document), or a list of such.

        Whether a value may be that, and the attribute that is meant where only the resource is named;
        ``None`` for all other arguments.
        """


class BlockInstance(Struct, frozen=True, eq=False):
    """A nested block with its names bound. ``presence`` is true, or a truth value that is not known.

    ``recorded``: what a plan or state says of it.
    """

    owner: ResourceInstance
    type: str
    evaluator: Evaluator
    body: Body
    span: Span
    path: str
    presence: Value = True
    recorded: Mapping[str, Value] | None = None

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
        if bare(value) is not None and self.recorded is not None:
            value = self._laid_over(value, self.recorded.get(name), attribute.span)
        return NOT_SET if bare(value) is None else value

    def _laid_over(self, value: Value, recorded: Value, place: Span) -> Value:
        plain = bare_throughout(value)
        if is_known(plain) and self.owner.is_outranked:
            return value
        laid = laid_over(plain, recorded, place)
        if laid is plain:
            return value
        return laid if plain is value else with_marks(laid, *marks_among([value]))

    def untold(self, kind: str) -> Unknown | None:
        """Blocks of a type that may be there: a plan leaves them open, and does not tell how they are made."""
        value = None if self.recorded is None else self.recorded.get(kind)
        if not isinstance(value, Unknown) or not self.owner.is_read_alone or self.body.blocks_of(kind):
            return None
        return value

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else where the block is."""
        attribute = self.body.attributes.get(name)
        return self.span if attribute is None else placed_argument(self.owner.module, attribute)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type, ``dynamic`` ones expanded."""
        found = tuple(_blocks(self.owner, self.evaluator, self.body, kind, self.path, self.presence))
        recorded = None if self.recorded is None else self.recorded.get(kind)
        if not found or not isinstance(recorded, list):
            return found
        return _with_recorded(found, recorded)


class ResourceInstance:
    """One instance of a resource or data source."""

    __slots__ = (
        "_begun",
        "_marked",
        "_memo",
        "_read",
        "_secret",
        "_top",
        "address",
        "block",
        "key",
        "mode",
        "module",
        "name",
        "presence",
        "provider",
        "recorded",
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
        recorded: Recorded | None = None,
    ) -> None:
        """``recorded`` is what a plan or state says of it."""
        self.module = module
        self.mode, self.type, self.name = identity
        self.key = key
        self.address = address
        self.block = block
        self.presence = presence
        self.provider = provider
        self.recorded = None if recorded is None else recorded.values
        self._secret = None if recorded is None or not recorded.sensitive else recorded.sensitive
        self._memo: dict[str, Value | NotSet] = {}
        self._read: dict[str, Value] = {}
        self._marked: dict[str, Value] = {}
        self._begun: set[str] = set()
        self._top = BlockInstance(
            self,
            self.type,
            Evaluator(module, bindings),
            block.body,
            module.placed(block.header),
            address,
            recorded=self.recorded,
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

    def marked_attribute(self, name: str) -> Value | NotSet:
        """The same with its marks."""
        value = self.attribute(name)
        return self._marked.get(name, value)

    def attribute_node(self, name: str) -> Attribute | None:
        """How an argument is written."""
        return self.block.body.attributes.get(name)

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else the first line of the block."""
        return self._top.span_of(name)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type, ``dynamic`` ones expanded."""
        return self._top.blocks(kind)

    def untold(self, kind: str) -> Unknown | None:
        """Blocks of a type that may be there though neither source nor record tells of them."""
        untold = self._top.untold(kind)
        return None if untold is None or self.module.workspace.schema.fills(self.type, kind) else untold

    @property
    def is_read_alone(self) -> bool:
        """Whether it is read from a plan or state without its source."""
        return self.module.module.is_told

    @property
    def is_outranked(self) -> bool:
        """Whether the user says other things than the plan or state, so that the source is right where it is known."""
        overlay = self.module.workspace.overlay
        return overlay is not None and overlay.outranked

    def in_force(self, name: str) -> Value | NotSet:
        """What a plan or state knows of an argument that the configuration does not set: what AWS has for it."""
        value = None if self.recorded is None else self.recorded.get(name)
        return NOT_SET if value is None or not is_known(value) else value

    def blocks_in_force(self, kind: str) -> tuple[BlockInstance, ...]:
        """The same for nested blocks of a type."""
        value = self.in_force(kind)
        if isinstance(value, NotSet):
            return ()
        attribute = Attribute(kind, constant(value, self.block.header), self.block.header, self.block.header)
        body = Body({kind: attribute}, (), self.block.header)
        return tuple(_blocks(self, Evaluator(self.module, {}), body, kind, self.address, True))

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
        if self.recorded is not None:
            value = self._as_recorded(value, self.recorded.get(attribute))
        if self._secret is not None and not isinstance(value, NotSet) and self._is_secret(attribute):
            return with_marks(value, Mark.SENSITIVE)
        if isinstance(value, NotSet):
            where = f"{self.address}.{attribute}"
            because = f"{where} is known only after apply" if self.mode == "managed" else f"{where} is not visible here"
            unknown = Unknown(where, because, origin=self.span, settle=f"--assume '{where}=…'")
            return self.module.assumable(where, unknown)
        marked = self._marked.get(attribute)
        if marked is None:
            return value
        return marked if value is self._memo[attribute] else with_marks(value, *marks_among([marked]))

    def _as_recorded(self, value: Value | NotSet, recorded: Value) -> Value | NotSet:
        if isinstance(value, NotSet):
            return NOT_SET if recorded is None or isinstance(recorded, Unknown) else recorded
        if self.mode == "managed" and isinstance(recorded, str) and known(value) is None:
            return recorded
        return laid_over(value, recorded, None)

    def _is_secret(self, attribute: str) -> bool:
        return any(not path or path[0] == attribute for path in self._secret or ())

    def is_recorded(self, name: str) -> bool:
        """Whether a plan or state says what an argument is."""
        return self.recorded is not None and is_known(value := self.recorded.get(name)) and value is not None

    def names(self) -> Iterable[str]:
        """The arguments that the configuration sets."""
        return tuple(self.block.body.attributes)


def _with_recorded(found: tuple[BlockInstance, ...], recorded: list[Value]) -> tuple[BlockInstance, ...]:
    """Blocks of the source with what is recorded of each; where their number is open, the record says it."""
    if any(block.presence is not True for block in found):
        if not recorded:
            return ()
        if len(recorded) == len(found):
            found = tuple(replace(block, presence=True) for block in found)
    arguments = [
        {name: value for name in block.body.attributes if not isinstance(value := block.attribute(name), NotSet)}
        for block in (found if len(found) > 1 else ())
    ]
    partners = counterparts(arguments or [{}], recorded)
    if partners is None:
        return found
    return tuple(replace(block, recorded=partner) for block, partner in zip(found, partners, strict=True))


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
            for block in dynamic_blocks(attribute, kind):
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

    def settled() -> Value:
        value = evaluator.settled(collection.expression)
        expand(bare(value), where, lists=True)  # what it refuses is not known, and told
        return value

    value = owner.module.guarded(f"{where}.for_each", collection.span, settled)
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
    for number, item in enumerate(objects_in(attribute.expression), first):
        body = Body(attributes_of(item.items), (), item.span)
        span = owner.module.placed(item.span)
        yield BlockInstance(owner, kind, evaluator, body, span, f"{path}.{kind}[{number}]", presence)
