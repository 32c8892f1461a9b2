"""Reading policy arguments: the document in a value, and the form in which it is written."""

from __future__ import annotations

from tf_kms_guard.iam.document import Document, opaque_document, parse_document
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.syntax.nodes import Attribute, Call, Expression, GetAttribute, Index, Name, Template
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown


class Policies:
    """The documents in policy arguments. A value that is the same in several worlds is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, str], tuple[Value, Document]] = {}

    def read(self, value: Value, where: str, span: Span) -> Document:
        """The document in a policy argument, with holes where it has them; ``where`` is its address."""
        key = (id(value), where)
        if key not in self._read:
            self._read[key] = (value, _read(value, where, span))  # the value is kept: its id stays its own
        return self._read[key][1]


def _read(value: Value, where: str, span: Span) -> Document:
    if isinstance(value, Choice):
        return opaque_document(_condition_of(value), span)
    if isinstance(value, Unknown):
        return opaque_document(value, span)
    if isinstance(value, (str, Text)):
        try:
            return parse_document(decode_json(value), span)
        except EvaluationError as error:
            message = f"the policy is not valid JSON: {error.message}"
            return opaque_document(Unknown(f"{where} (as JSON)", message, origin=error.span or span), span)
    return opaque_document(derived(f"{where} (as JSON)", value, because="the policy is not a string"), span)


def _condition_of(value: Choice) -> Unknown:
    """A choice that no world settles: what it hangs on."""
    for _, alternative in alternatives(value):
        if isinstance(alternative, Unknown):
            return alternative
    return value.condition


def form_of(written: Attribute | None) -> str:
    """How a policy argument is written: a policy document data source, ``jsonencode``, or JSON text."""
    return "jsonencode" if written is None else _form(written.expression)


def _form(expression: Expression) -> str:
    if isinstance(expression, GetAttribute):
        root: Expression = expression
        while not isinstance(root, Name):
            if not isinstance(root, (GetAttribute, Index)):
                return "jsonencode"
            root = root.source
        return "document" if root.name == "data" and expression.name in ("json", "minified_json") else "jsonencode"
    if isinstance(expression, Call):
        return "jsonencode" if expression.name == "jsonencode" else "json"
    return "json" if isinstance(expression, Template) else "jsonencode"
