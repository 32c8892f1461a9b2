"""Provider configurations: each is one account and Region as far as Terraform tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tf_kms_guard.terraform.block_syntax import iterator_name
from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import expand
from tf_kms_guard.terraform.marks import bare_throughout
from tf_kms_guard.terraform.resource import NOT_SET, NotSet
from tf_kms_guard.terraform.syntax.json_bodies import attributes_of
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    GetAttribute,
    Literal,
    Name,
    ObjectItems,
)
from tf_kms_guard.terraform.values import Object, Value
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance


class ProviderConfiguration(Struct, frozen=True, eq=False):
    """One ``provider`` block, or the implied empty one.

    ``name`` is ``aws`` or ``aws.alias`` with the module path in front where it is not declared in the root;
    ``type`` the provider's local name.
    """

    name: str
    type: str
    module: ModuleInstance
    block: Block | None
    memo: dict[str, Value | NotSet] = field(default_factory=dict)

    @property
    def span(self) -> Span | None:
        """The first line of the block, if there is one."""
        return None if self.block is None else self.block.header

    def attribute(self, name: str) -> Value | NotSet:
        """The value of an argument; ``NOT_SET`` if it is not set or null."""
        if self.block is None:
            return NOT_SET
        if name not in self.memo:
            attribute = self.block.body.attributes.get(name)
            value = None if attribute is None else self._guarded(Evaluator(self.module, {}), attribute, name)
            self.memo[name] = NOT_SET if value is None else value
        return self.memo[name]

    def span_of(self, name: str) -> Span | None:
        """Where an argument is set."""
        attribute = None if self.block is None else self.block.body.attributes.get(name)
        return self.span if attribute is None else attribute.span

    def speaks_of(self, kind: str) -> bool:
        """Whether the code sets an argument or block at all, however it is written."""
        if self.block is None:
            return False
        body = self.block.body
        return kind in body.attributes or any(kind in (block.type, *block.labels) for block in body.blocks)

    def blocks(self, kind: str) -> tuple[Mapping[str, Value], ...]:
        """The arguments of each nested block of a type; none if it is not known which blocks there are."""
        if self.block is None:
            return ()
        evaluator = Evaluator(self.module, {})
        found: list[tuple[Evaluator, Body]] = []
        for block in self.block.body.blocks:
            if block.type == kind:
                found.append((evaluator, block.body))
            elif block.type == "dynamic" and block.labels == (kind,):
                expanded = self._expanded(block, kind, evaluator)
                if expanded is None:
                    return ()
                found += expanded
        written = self.block.body.attributes.get(kind)
        if written is not None and isinstance(written.expression, ObjectItems):
            found.append((evaluator, _object_body(written.expression)))
        return tuple(
            {name: self._guarded(bound, attribute, f"{kind}.{name}") for name, attribute in body.attributes.items()}
            for bound, body in found
        )

    def _expanded(self, block: Block, kind: str, evaluator: Evaluator) -> list[tuple[Evaluator, Body]] | None:
        """What a ``dynamic`` block makes; ``None`` if that is not known."""
        collection, contents = block.body.attributes.get("for_each"), block.body.blocks_of("content")
        if collection is None or not contents:
            return None
        where = f"{kind}.for_each"
        try:
            instances = expand(self._guarded(evaluator, collection, where), f"provider.{self.name}.{where}", lists=True)
        except EvaluationError as error:
            self.module.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, collection.span))
            return None
        if any(instance.presence is not True for instance in instances):
            return None
        name = iterator_name(block.body.attributes.get("iterator"), kind)
        return [
            (evaluator.binding(**{name: Object({"key": one.key, "value": one.value})}), contents[0].body)
            for one in instances
        ]

    def _guarded(self, evaluator: Evaluator, attribute: Attribute, name: str) -> Value:
        where = f"provider.{self.name}.{name}"
        return bare_throughout(
            self.module.guarded(where, attribute.span, lambda: evaluator.settled(attribute.expression))
        )


def _object_body(expression: ObjectItems) -> Body:
    return Body(attributes_of(expression.items), (), expression.span)


def provider_reference(expression: Expression) -> str | None:
    """``aws`` or ``aws.alias`` as a ``provider`` argument names it; the legacy string form too."""
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, Name):
        return expression.name
    if isinstance(expression, GetAttribute) and isinstance(expression.source, Name):
        return f"{expression.source.name}.{expression.name}"
    return None


def provider_mapping(expression: Expression) -> dict[str, str]:
    """The ``providers`` argument of a module call: the child's name to the caller's."""
    if not isinstance(expression, ObjectItems):
        return {}
    mapping: dict[str, str] = {}
    for key, value in expression.items:
        inner, outer = provider_reference(key), provider_reference(value)
        if inner is not None and outer is not None:
            mapping[inner] = outer
    return mapping


def find_provider(instance: ModuleInstance, name: str) -> ProviderConfiguration:
    """What ``aws`` or ``aws.alias`` means in a module: its own block, or what its caller passes or has by default."""
    declared = instance.module.providers.get(name)
    local = name.split(".", 1)[0]
    if declared is not None and not (instance.parent is not None and _is_proxy(declared.block)):
        return ProviderConfiguration(instance.prefixed(name), local, instance, declared.block)
    if instance.parent is not None and instance.call is not None:
        passed = instance.call.body.attributes.get("providers")
        mapping = provider_mapping(passed.expression) if passed is not None else {}
        if name in mapping:
            return instance.parent.provider(mapping[name])
        if "." not in name:
            return instance.parent.provider(name)
    return ProviderConfiguration(instance.prefixed(name), local, instance, None)


def _is_proxy(block: Block) -> bool:
    """A child's empty provider block that only announces an alias that its caller passes."""
    return not block.body.blocks and set(block.body.attributes) <= {"alias", "version"}
