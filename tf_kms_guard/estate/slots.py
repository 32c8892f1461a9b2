"""Policies in their slots: finding the one document that counts."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tf_kms_guard.estate.model import PolicySlot, SlotState
from tf_kms_guard.estate.policies import Policies, form_of
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.iam.document import Document, opaque_document
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.nodes import TupleItems
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Claim(Struct, frozen=True, eq=False):
    """A policy that claims a slot. ``linked``: whether it is this slot's; ``presence``: whether it is there."""

    resource: ResourceInstance
    argument: str
    value: Value
    policies: Policies
    linked: Truth = Truth.YES
    presence: Truth = Truth.YES

    @property
    def span(self) -> Span:
        """Where the policy argument is written."""
        return self.resource.span_of(self.argument)

    @property
    def document(self) -> Document:
        """What the policy says."""
        return self.policies.read(self.value, f"{self.resource.address}.{self.argument}", self.span)


def claim_by(reading: Reading, resource: ResourceInstance, linked: Truth) -> Claim | None:
    """The claim of a resource that sets a policy of something else; ``None`` if it sets none."""
    value = resource.attribute("policy")
    if isinstance(value, NotSet) or value is None:
        return None
    presence = reading.presence(resource.presence)
    return Claim(resource, "policy", reading.settle(value), reading.policies, linked, presence)


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


def in_force(reading: Reading, resource: ResourceInstance, fallback: PolicySlot, separate: str) -> PolicySlot:
    """What stands in a slot that nothing here claims: the policy that a plan or state found there, else ``fallback``.

    ``separate`` is the type of resource that sets such a policy from outside: one that will be gone takes it along.
    """
    value = resource.in_force("policy")
    if isinstance(value, NotSet) or value == "" or reading.will_be_gone(separate):
        return fallback
    slot = _set(Claim(resource, "policy", value, reading.policies))
    return fallback if slot.state is SlotState.SET and _says_the_same(slot.document, fallback.document) else slot


def _says_the_same(one: Document, other: Document) -> bool:
    """Whether two documents have one known statement each, and differ in its Sid at most: both are the default then."""
    first, second = _only_statement(one), _only_statement(other)
    return first is not None and first == second


def _only_statement(document: Document) -> tuple[object, ...] | None:
    if len(document.statements) != 1 or document.incomplete is not None:
        return None
    (one,) = document.statements
    elements = (one.principals, one.actions, one.resources)
    if one.conditions != () or one.uncertain or not all(isinstance(element, tuple) for element in elements):
        return None
    principals = [known(principal.value) for principal in one.principals or ()]
    actions, resources = ([known(text) for text in texts or ()] for texts in (one.actions, one.resources))
    return one.effect, principals, actions, resources


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
        claimed=tuple(claim.document for claim in claims),
    )


def _set(claim: Claim) -> PolicySlot:
    document = claim.document
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
    if claim.resource.is_recorded(claim.argument):
        return False  # a plan or state says what is in force
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
        claimed=tuple(claim.document for claim in claims),
    )
