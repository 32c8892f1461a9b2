"""The instances that ``count`` and ``for_each`` of a resource or module block make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import Expanded, count_instances, expand
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.marks import bare, marks_of
from tf_kms_guard.terraform.namespaces import Declared, Instances
from tf_kms_guard.terraform.syntax.nodes import Block
from tf_kms_guard.terraform.values import Mark, Object, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance


def repeated(
    instance: ModuleInstance, block: Block, shown: str, make: Callable[[Expanded, str, Mapping[str, Value]], Declared]
) -> Instances[Declared]:
    """The instances that ``count`` or ``for_each`` of a resource or module block make."""
    count, for_each = block.body.attributes.get("count"), block.body.attributes.get("for_each")
    evaluator = Evaluator(instance, {})
    if instance.workspace.is_full and (count is not None or for_each is not None):
        return Instances(shown, [], [], count=0)
    if count is not None and for_each is not None:
        message = "count and for_each cannot both be set"
        instance.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, message, for_each.span))
    if count is not None:
        number = bare(instance.once(f"{shown}.count", count.span, lambda: evaluator.settled(count.expression)))
        try:
            expanded = count_instances(number)
        except EvaluationError as error:
            instance.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, count.span))
            expanded = count_instances(Unknown(f"{shown}.count", error.message, origin=count.span))
        expanded = instance.workspace.with_room_for(expanded, shown)
        made = [make(e, f"{shown}[{e.key}]", {"count": Object({"index": e.value})}) for e in expanded]
        return Instances(shown, made, expanded, count=number)
    if for_each is not None:
        collection = instance.once(f"{shown}.for_each", for_each.span, lambda: evaluator.settled(for_each.expression))
        try:
            _refuse_marked(collection, for_each.span)
            expanded = expand(collection, shown)
        except EvaluationError as error:
            instance.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, for_each.span))
            collection = Unknown(f"{shown}.for_each", error.message, origin=for_each.span)
            expanded = expand(collection, shown)
        expanded = instance.workspace.with_room_for(expanded, shown)
        made = [
            make(e, f"{shown}[{_shown_key(e.key)}]", {"each": Object({"key": e.key, "value": e.value})})
            for e in expanded
        ]
        return Instances(shown, made, expanded, for_each=collection)
    only = Expanded(None, None)
    return Instances(shown, [make(only, shown, {})], [only])


def _refuse_marked(collection: Value, span: Span) -> None:
    """The keys of instances are shown, so that Terraform refuses marked ones; a marked ``count`` it takes."""
    if marks_of(collection) & (Mark.SENSITIVE | Mark.EPHEMERAL):
        raise EvaluationError("for_each must not be sensitive or ephemeral: its keys would be shown", span)


def _shown_key(key: Value) -> str:
    text = to_string(key)
    characters = known(text)
    return f'"{characters}"' if characters is not None else identity_of(key)
