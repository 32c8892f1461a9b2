"""Resources of which facts tell: they answer as those do that are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tf_kms_guard.facts import model
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.providers import ProviderConfiguration
from tf_kms_guard.terraform.resource import NOT_SET, BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    GetAttribute,
    Literal,
    Name,
    Template,
    TupleItems,
)
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.facts.workspace import FactsWorkspace

_EMPTY: Final = Body({}, (), Span("", 1, 1, 1, 1))


class FactsBlock(BlockInstance, frozen=True, eq=False):
    """A nested block. ``facts`` is what is told of it."""

    facts: model.Block | None = None

    def marked_attribute(self, name: str) -> Value | NotSet:
        """The value of an argument; ``NOT_SET`` if it is not set or null. Facts hold no marks."""
        assert self.facts is not None
        return _value(self.owner, self.facts.set.get(name))

    def untold(self, kind: str) -> Unknown | None:
        """Blocks of a type that may be there: a plan leaves them open, and does not tell how they are made."""
        assert self.facts is not None
        return _untold(self.owner, self.facts.untold, kind)

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else where the block is."""
        assert self.facts is not None
        return _span_of(self.owner, self.facts.set, name, self.span)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type."""
        assert self.facts is not None
        return tuple(_block(self.owner, kind, one) for one in self.facts.blocks.get(kind, ()))


class FactsResource(ResourceInstance):
    """One instance of a resource or data source."""

    __slots__ = ("facts", "workspace")

    def __init__(self, workspace: FactsWorkspace, facts: model.Resource) -> None:
        self.workspace = workspace
        self.facts = facts
        span = workspace.decoder.span(facts.at, "")
        presence = workspace.decoder.value(facts.presence, span.file)
        body = _body(facts.set, facts.ignores, span)
        super().__init__(
            workspace.root,
            (facts.mode, facts.type, facts.name),
            None,
            facts.address,
            Block("resource", (facts.type, facts.name), body, span, span),
            {},
            presence,
            ProviderConfiguration(facts.provider, facts.provider.split(".", 1)[0], workspace.root, None),
        )

    def attribute(self, name: str) -> Value | NotSet:
        """What the configuration sets an argument to; ``NOT_SET`` if it does not, or to null."""
        if name not in self._memo:
            self._memo[name] = _value(self, self.facts.set.get(name))
        return self._memo[name]

    def span_of(self, name: str) -> Span:
        """Where an argument is set, else the first line of the block."""
        return _span_of(self, self.facts.set, name, self.span)

    def blocks(self, kind: str) -> tuple[BlockInstance, ...]:
        """The nested blocks of a type."""
        return tuple(_block(self, kind, one) for one in self.facts.blocks.get(kind, ()))

    def untold(self, kind: str) -> Unknown | None:
        """Blocks of a type that may be there though neither source nor record tells of them."""
        return _untold(self, self.facts.untold, kind)

    def in_force(self, name: str) -> Value | NotSet:
        """What a plan or state knows of an argument that the configuration does not set: what AWS has for it."""
        if name not in self.facts.in_force:
            return NOT_SET
        return self.workspace.decoder.value(self.facts.in_force[name], self.span.file)

    def blocks_in_force(self, kind: str) -> tuple[BlockInstance, ...]:
        """The same for nested blocks of a type."""
        return tuple(_block(self, kind, one) for one in self.facts.blocks_in_force.get(kind, ()))

    def is_recorded(self, name: str) -> bool:
        """Whether a plan or state said what an argument is."""
        setting = self.facts.set.get(name)
        return setting is not None and setting.recorded

    def _find(self, attribute: str) -> Value:
        if attribute in self.facts.reads:
            return self.workspace.decoder.value(self.facts.reads[attribute], self.span.file)
        return super()._find(attribute)


def _value(of: ResourceInstance, setting: model.Setting | None) -> Value | NotSet:
    if setting is None:
        return NOT_SET
    assert isinstance(of, FactsResource)
    value = of.workspace.decoder.value(setting.value, of.span.file)
    return NOT_SET if value is None else value


def _span_of(of: ResourceInstance, settings: Mapping[str, model.Setting], name: str, otherwise: Span) -> Span:
    assert isinstance(of, FactsResource)
    setting = settings.get(name)
    return otherwise if setting is None else of.workspace.decoder.span(setting.at, of.span.file)


def _untold(of: ResourceInstance, untold: Mapping[str, str], kind: str) -> Unknown | None:
    assert isinstance(of, FactsResource)
    return of.workspace.decoder.unknown(untold[kind]) if kind in untold else None


def _block(owner: ResourceInstance, kind: str, one: model.Block) -> FactsBlock:
    assert isinstance(owner, FactsResource)
    decoder = owner.workspace.decoder
    span = decoder.span(one.at, owner.span.file)
    presence = decoder.value(one.presence, owner.span.file)
    body = _body(one.set, (), span)
    return FactsBlock(owner, kind, Evaluator(owner.module, {}), body, span, one.path, presence, None, one)


def _body(settings: Mapping[str, model.Setting], ignores: tuple[str, ...], span: Span) -> Body:
    """What stands for the source: which arguments are set, in which form, and whose changes are ignored."""
    if not settings and not ignores:
        return _EMPTY
    attributes = {name: Attribute(name, _stand_in(one.form, span), span, span) for name, one in settings.items()}
    if not ignores:
        return Body(attributes, (), span)
    names: tuple[Expression, ...] = tuple(Name(name, span) for name in ignores)
    ignored = Attribute("ignore_changes", TupleItems(names, span), span, span)
    return Body(attributes, (Block("lifecycle", (), Body({ignored.name: ignored}, (), span), span, span),), span)


def _stand_in(form: str, span: Span) -> Expression:
    """An expression of the form in which a policy is written."""
    if form == "document":
        return GetAttribute(Name("data", span), "json", span)
    return Template((), False, span) if form == "json" else Literal(None, span)
