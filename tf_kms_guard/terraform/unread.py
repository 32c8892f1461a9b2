"""Module calls whose source is not here: what such a module is given, it may do anything with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.marks import bare, bare_throughout
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance

META_ARGUMENTS = frozenset(("source", "version", "count", "for_each", "providers", "depends_on"))
"""Arguments of a module call that are not the module's own."""


class UnreadCall(Struct, frozen=True, eq=False):
    """A call of a module that is not here, with the arguments that it is given."""

    address: str
    arguments: tuple[Value, ...]
    span: Span


def unread_calls(instance: ModuleInstance) -> Iterator[UnreadCall]:
    """The calls in one module instance whose source is not here."""
    for name, declared in instance.module.calls.items():
        if instance.child_instances(name) is None and not _has_no_instances(instance, declared.block):
            shown = instance.prefixed(f"module.{name}")
            arguments = tuple(
                _argument_value(instance, f"{shown}.{argument}", attribute)
                for argument, attribute in declared.block.body.attributes.items()
                if argument not in META_ARGUMENTS
            )
            yield UnreadCall(shown, arguments, declared.top.header)


def _has_no_instances(instance: ModuleInstance, call: Block) -> bool:
    """Whether ``count`` or ``for_each`` of a call surely leaves nothing of it."""
    evaluator = Evaluator(instance, {})
    for name in ("count", "for_each"):
        attribute = call.body.attributes.get(name)
        if attribute is not None:
            expression = attribute.expression
            value = bare(instance.guarded(name, attribute.span, lambda node=expression: evaluator.settled(node)))  # type: ignore[misc]
            if isinstance(value, int) and value == 0:
                return True
            if isinstance(value, (dict, list, SetValue)) and not tuple(value):
                return True
    return False


def _argument_value(instance: ModuleInstance, where: str, attribute: Attribute) -> Value:
    """An argument of a call that is not read; ``each`` and ``count`` mean nothing certain in it."""
    free = Unknown(f"{where} (each)", f"{where} is not the same for every instance")
    evaluator = Evaluator(instance, {"each": free, "count": free})
    return bare_throughout(instance.guarded(where, attribute.span, lambda: evaluator.settled(attribute.expression)))
