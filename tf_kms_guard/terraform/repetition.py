"""Making the instances of a resource or module block: by ``count``, ``for_each``, and what a plan or state knows."""

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
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block
from tf_kms_guard.terraform.values import Mark, Object, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance

Make = Callable[[Expanded, str, Mapping[str, Value]], Declared]
"""Makes one instance of its entry, its address and the names that it binds."""


def repeated(
    instance: ModuleInstance, block: Block, shown: str, mode: str, make: Make[Declared]
) -> Instances[Declared]:
    """The instances of a block in one module instance.

    ``shown`` is its address without the instance key, ``mode`` is ``managed``, ``data``, ``ephemeral`` or ``module``.
    """
    count, for_each = block.body.attributes.get("count"), block.body.attributes.get("for_each")
    workspace = instance.workspace
    if workspace.is_full and (count is not None or for_each is not None):
        return Instances(shown, [], [], count=0)
    if count is not None and for_each is not None:
        message = "count and for_each cannot both be set"
        workspace.report(Diagnostic(DiagnosticKind.EVALUATION, message, for_each.span))
    if count is not None:
        return _counted(instance, count, shown, mode, make)
    if for_each is not None:
        return _for_each(instance, for_each, shown, mode, make)
    only = next(iter(_recorded(instance, shown, mode, [Expanded(None, None)], None)), Expanded(None, None))
    return Instances(shown, [make(only, shown, {})], [only])


def _counted(
    instance: ModuleInstance, count: Attribute, shown: str, mode: str, make: Make[Declared]
) -> Instances[Declared]:
    workspace = instance.workspace
    number = bare(
        instance.once(f"{shown}.count", count.span, lambda: Evaluator(instance, {}).settled(count.expression))
    )
    try:
        found = count_instances(number)
    except EvaluationError as error:
        workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, count.span))
        number = Unknown(f"{shown}.count", error.message, origin=count.span)
        found = count_instances(number)
    expanded = _recorded(instance, shown, mode, found, number)
    if expanded is not found:
        number = 1 + max((entry.key for entry in expanded if isinstance(entry.key, int)), default=-1)
    expanded = workspace.with_room_for(expanded, shown)
    made = [make(e, f"{shown}[{e.key}]", {"count": Object({"index": e.value})}) for e in expanded]
    return Instances(shown, made, expanded, count=number)


def _for_each(
    instance: ModuleInstance, for_each: Attribute, shown: str, mode: str, make: Make[Declared]
) -> Instances[Declared]:
    workspace = instance.workspace
    collection = instance.once(
        f"{shown}.for_each", for_each.span, lambda: Evaluator(instance, {}).settled(for_each.expression)
    )
    try:
        _refuse_marked(collection, for_each.span)
        found = expand(collection, shown)
    except EvaluationError as error:
        workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, for_each.span))
        collection = Unknown(f"{shown}.for_each", error.message, origin=for_each.span)
        found = expand(collection, shown)
    expanded = _recorded(instance, shown, mode, found, collection)
    if expanded is not found:
        collection = Object((str(known(entry.key)), entry.value) for entry in expanded)
    expanded = workspace.with_room_for(expanded, shown)
    made = [
        make(e, f"{shown}[{_shown_key(e.key)}]", {"each": Object({"key": e.key, "value": e.value})}) for e in expanded
    ]
    return Instances(shown, made, expanded, for_each=collection)


def _recorded(
    instance: ModuleInstance, shown: str, mode: str, expanded: list[Expanded], collection: Value
) -> list[Expanded]:
    """What a plan or state makes of the instances."""
    overlay = instance.workspace.overlay
    return expanded if overlay is None else overlay.instances(shown, mode, expanded, collection)


def _refuse_marked(collection: Value, span: Span) -> None:
    """The keys of instances are shown, so that Terraform refuses marked ones; a marked ``count`` it takes."""
    if marks_of(collection) & (Mark.SENSITIVE | Mark.EPHEMERAL):
        raise EvaluationError("for_each must not be sensitive or ephemeral: its keys would be shown", span)


def _shown_key(key: Value) -> str:
    text = to_string(key)
    characters = known(text)
    return f'"{characters}"' if characters is not None else identity_of(key)
