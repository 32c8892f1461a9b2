"""Policies in their slots: reading a policy argument, and finding the one document that counts."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tf_kms_guard.estate.model import PolicySlot, SlotState
from tf_kms_guard.iam.document import Document, opaque_document, parse_document
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Call,
    Expression,
    GetAttribute,
    Index,
    Name,
    Template,
    TupleItems,
)
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Claim(Struct, frozen=True, eq=False):
    """A policy that claims a slot. ``linked``: whether it is this slot's; ``presence``: whether it is there."""

    resource: ResourceInstance
    argument: str
    value: Value
    linked: Truth = Truth.YES
    presence: Truth = Truth.YES

    @property
    def span(self) -> Span:
        """Where the policy argument is written."""
        return self.resource.span_of(self.argument)


def read_policy(value: Value, where: str, span: Span) -> Document:
    """The document in a policy argument, with holes where it has them."""
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


def slot_of(claims: Sequence[Claim], fallback: PolicySlot, doubt: str, given_away: Unknown | None = None) -> PolicySlot:
    """What stands in a slot that ``claims`` claim; ``fallback`` when none does.

    ``doubt`` names for people what claims that may or may not be this slot's are; ``given_away`` says that
    something which is not read may fill an empty slot.
    """
    here = [claim for claim in claims if claim.linked is not Truth.NO and claim.presence is not Truth.NO]
    certain = [claim for claim in here if claim.linked is Truth.YES and claim.presence is Truth.YES]
    if not here:
        return fallback if given_away is None else _hidden(fallback, given_away)
    if len(certain) > 1:
        return _conflict(certain, fallback)
    if len(here) == 1 and certain:
        return _set(certain[0])
    uncertain = next(claim for claim in here if claim not in certain)
    words = f"{uncertain.resource.address} may be {doubt} of {fallback.source}"
    if certain:
        words += f" instead of {certain[0].resource.address}"
    because = Unknown(f"{uncertain.resource.address} applies", words, origin=uncertain.span)
    return _open(here, because)


def _hidden(fallback: PolicySlot, because: Unknown) -> PolicySlot:
    """An empty slot that something not read may fill."""
    document = opaque_document(because, fallback.span)
    return PolicySlot(SlotState.UNKNOWN, document, fallback.span, fallback.source, because=because)


def _open(claims: Sequence[Claim], because: Unknown) -> PolicySlot:
    """A slot of which it is not known which of ``claims``, if any, counts."""
    return PolicySlot(
        SlotState.UNKNOWN,
        opaque_document(because, claims[0].span),
        claims[0].span,
        claims[0].resource.address,
        because=because,
        claimed=tuple(_read(claim) for claim in claims),
    )


def _read(claim: Claim) -> Document:
    return read_policy(claim.value, f"{claim.resource.address}.{claim.argument}", claim.span)


def _set(claim: Claim) -> PolicySlot:
    document = _read(claim)
    if _is_left_alone(claim):
        words = f"{claim.resource.address} ignores changes of {claim.argument}: what is in force is set elsewhere"
        return _open([claim], Unknown(f"{claim.resource.address}.{claim.argument} in force", words, origin=claim.span))
    state = SlotState.SET
    because = None
    if document.incomplete is not None and not document.statements:
        state, because = SlotState.UNKNOWN, document.incomplete
    return PolicySlot(
        state,
        document,
        claim.span,
        claim.resource.address,
        form_of(claim.resource.attribute_node(claim.argument)),
        because,
    )


def _is_left_alone(claim: Claim) -> bool:
    """Whether ``lifecycle { ignore_changes }`` leaves the argument to somebody else."""
    for block in claim.resource.block.body.blocks_of("lifecycle"):
        ignored = block.body.attributes.get("ignore_changes")
        if ignored is None:
            continue
        named = ignored.expression.items if isinstance(ignored.expression, TupleItems) else (ignored.expression,)
        if {getattr(one, "name", getattr(one, "value", None)) for one in named} & {"all", claim.argument}:
            return True
    return False


def _conflict(claims: Sequence[Claim], fallback: PolicySlot) -> PolicySlot:
    names = " and ".join(claim.resource.address for claim in claims)
    because = Unknown(
        f"{fallback.source}.policy", f"{names} both set the policy of {fallback.source}", origin=claims[1].span
    )
    return PolicySlot(
        SlotState.CONFLICT,
        opaque_document(because, claims[0].span),
        claims[0].span,
        claims[0].resource.address,
        because=because,
        rivals=tuple((claim.resource.address, claim.span) for claim in claims),
        claimed=tuple(_read(claim) for claim in claims),
    )


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


def argument_of(resource: ResourceInstance, name: str) -> Value | None:
    """An argument's value; ``None`` if it is not set."""
    value = resource.attribute(name)
    return None if isinstance(value, NotSet) else value
