"""Text that is put together: templates, with what is secret in them noted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.comprehensions import pairs_of
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluations import evaluation_of
from tf_kms_guard.terraform.functions.registry import MOST_CHARACTERS
from tf_kms_guard.terraform.identity import call_identity
from tf_kms_guard.terraform.marks import composed_of
from tf_kms_guard.terraform.scope import TOO_MUCH
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.values import Failed, Marked, Value, Wrapped
from tf_kms_guard.values.text import Text, TextLike, join_text, pieces_of
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator


def template(evaluator: Evaluator, node: nodes.Template) -> Value:
    """The value of a template: its only part as it is, or text."""
    if node.bare:
        return evaluator.evaluate(node.parts[0])
    return _concatenated(evaluator, node.parts)


def _concatenated(evaluator: Evaluator, parts: Iterable[nodes.Expression]) -> Value:
    values: list[Value] = [to_string(evaluator.evaluate(part)) for part in parts]
    if any(isinstance(value, (Wrapped, Failed)) for value in values):
        return _composed(evaluator, distribute(lambda *alternatives: _joined(alternatives), *values), values)
    return _joined(values)


def _composed(evaluator: Evaluator, text: Value, parts: list[Value]) -> Value:
    """A text of which the marked ones of ``parts`` are secret: it is noted what may be shown of it."""
    if not isinstance(text, Marked):
        return text
    for secret, shown in composed_of(parts):
        evaluator.scope.keep_secret(secret, shown)
    return Marked(text.value, text.marks, whole=False)


def template_if(evaluator: Evaluator, node: nodes.TemplateIf) -> Value:
    """The text of ``%{ if … }``."""
    return evaluator.decide(
        evaluator.evaluate(node.condition),
        lambda: evaluator.beside(_concatenated(evaluator, node.then), *node.otherwise),
        lambda: evaluator.beside(_concatenated(evaluator, node.otherwise), *node.then),
        node.span,
    )


def template_for(evaluator: Evaluator, node: nodes.TemplateFor) -> Value:
    """The texts of ``%{ for … }``, one after the other."""

    def run(collection: Value) -> Value:
        if isinstance(collection, Wrapped):
            return distribute(run, collection)
        pairs = pairs_of(collection, node.span)
        has_room = evaluator.scope.take(len(pairs or ()))
        if pairs is None or not has_room:
            identity, because = evaluation_of("for", node, evaluator, collection), None if has_room else TOO_MUCH
            return derived(identity, collection, because=because, origin=node.span)
        texts = [_concatenated(evaluator.with_pair(node, k, v), node.body) for k, v in pairs]
        return distribute(lambda *alternatives: _joined(alternatives), *texts) if texts else ""

    return run(evaluator.evaluate(node.collection))


def _joined(values: Iterable[Value]) -> Value:
    texts: list[TextLike] = []
    length = 0
    for value in values:
        if isinstance(value, Failed):
            return value
        if not isinstance(value, (str, Text, Unknown)):
            raise EvaluationError("null cannot stand in a string")
        texts.append(value)
        length += sum(len(piece) for piece in pieces_of(value) if isinstance(piece, str)) + 1
        if length > MOST_CHARACTERS:
            return derived(call_identity("join", texts), *texts, because="this text is too long to be followed")
    return join_text(texts)
