"""CO: conditions that keep a statement from counting.

A statement that would open a closed gate, were it not for one of its conditions, is explained by that condition,
whichever policy it stands in. One for everybody that conditions limit to other accounts names those: it was not
written for the outsider, and the gate's own rule speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.iam.conditions import evaluate
from tf_kms_guard.iam.context import OneOf
from tf_kms_guard.iam.decide import Decision, StatementMatch
from tf_kms_guard.iam.document import Condition
from tf_kms_guard.iam.glob import is_pattern, text_matches
from tf_kms_guard.iam.judgement import listed
from tf_kms_guard.iam.operators import OPERATORS, take_apart
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.rules import bucket_policy, identity, key_policy
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Fix, Severity
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, join_text, known, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_GATES: Final = tuple(Gate)
_CONTEXT: Final = "kms:encryptioncontext:aws:s3:arn"
_VIA: Final = "kms:viaservice"
_ACCOUNTS: Final = ("kms:calleraccount", "aws:principalaccount")
_ORGANIZATIONS: Final = ("aws:principalorgid", "aws:principalorgpaths")
_OF_SERVICES: Final = (
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principalisawsservice",
)


class _Unmet(Struct, frozen=True, eq=False):
    """A condition that the request does not meet, of a statement that would open the gate without it."""

    closed: Closed
    decision: Decision
    match: StatementMatch
    condition: Condition
    reason: str

    @property
    def key(self) -> str:
        """The condition key in lower case."""
        return (known(self.condition.key) or "").lower()

    @property
    def shown(self) -> str:
        """The condition key as it is written."""
        return spell(self.condition.key)

    @property
    def values(self) -> tuple[TextLike, ...]:
        """What it is compared with."""
        return self.condition.values if isinstance(self.condition.values, tuple) else ()

    @property
    def spelled(self) -> str:
        """These values for people."""
        return listed([spell(value) for value in self.values])

    @property
    def given(self) -> tuple[TextLike, ...]:
        """What the request has, or may have."""
        given = self.decision.request.context.get(self.key)
        options = given.options if isinstance(given, OneOf) else (given,)
        return tuple(value for option in options if isinstance(option, tuple) for value in option)

    @property
    def where(self) -> str:
        """``statement "Reader" of the key policy``."""
        return f"{self.match.name} of {_PLACES[self.closed.gate]}"

    def explanation(self, because: str, remedy: str) -> Explanation:
        """The statement is to blame; ``remedy``: what to change in it."""
        return Explanation(
            self.match.statement.origin or _place(self.closed),
            f"{self.where} {because}",
            self.reason,
            opening(self.closed, f"{remedy}; or add"),
        )


_PLACES: Final = {
    Gate.BUCKET_POLICY: "the bucket policy",
    Gate.KEY_POLICY: "the key policy",
    Gate.IDENTITY_S3: "its own policies",
    Gate.IDENTITY_KMS: "its own policies",
}


def opening(closed: Closed, summary: str) -> Fix:
    """The statement that opens the gate, whichever it is."""
    if closed.gate is Gate.BUCKET_POLICY:
        return bucket_policy.allow_here(closed, summary)
    if closed.gate is Gate.KEY_POLICY:
        return key_policy.allow_here(closed, summary)
    return identity.allow_here(closed, summary)


def _unmet(closed: Closed, *keys: str) -> Iterator[_Unmet]:
    """The unmet conditions on ``keys``, or on any key."""
    for decision, match in closed.allows():
        if match.misses != ("condition",):
            continue
        unmet = [_Unmet(closed, decision, match, one, judged.reason or "") for one, judged in decision.unmet(match)]
        if not (_is_for_everybody(match) and any(one.key in _ACCOUNTS for one in unmet)):
            yield from (one for one in unmet if not keys or one.key in keys)


def _is_for_everybody(match: StatementMatch) -> bool:
    named = match.statement.principals
    return isinstance(named, tuple) and all(one.kind is PrincipalKind.PUBLIC for one in named)


@explains(
    "CO001",
    "condition-on-the-wrong-encryption-context",
    Severity.ERROR,
    "A policy asks for an object's ARN in the encryption context where S3 sends the bucket's, or the other way round",
    "Amazon S3 User Guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys",
    *_GATES,
)
def wrong_encryption_context(closed: Closed) -> Explanation | None:
    """With a bucket key S3 sends KMS the bucket's ARN as encryption context, without one the object's.

    A condition on ``kms:EncryptionContext:aws:s3:arn`` that fits the one form never meets the other. Nothing is said
    where it is not known whether the bucket uses a bucket key.
    """
    bucket = closed.access.bucket
    some = Unknown("some object", "which object is asked for is not known")
    an_object = join_text((bucket.arn, "/", some))
    other = {Truth.YES: an_object, Truth.NO: bucket.arn}.get(bucket.encryption.bucket_key)
    for one in _unmet(closed, _CONTEXT):
        if other is None:
            continue
        context = one.decision.request.context.with_values({_CONTEXT: (other,)})
        if evaluate(one.condition, context, one.decision.world, one.match.document.substitutes).truth is Truth.NO:
            continue
        remedy = f'let {one.shown} be like "{spell(bucket.arn)}" or "{spell(bucket.arn)}/*" (StringLike)'
        if bucket.encryption.bucket_key is Truth.YES:
            return one.explanation(
                "asks for an object's ARN in the encryption context, and with a bucket key S3 sends the bucket's",
                remedy,
            )
        return one.explanation(
            "asks for the bucket's ARN in the encryption context, and without a bucket key S3 sends the object's",
            remedy,
        )
    return None


@explains(
    "CO002",
    "wildcard-taken-literally",
    Severity.ERROR,
    "A condition compares with StringEquals and has a wildcard in its value",
    "IAM User Guide, IAM JSON policy elements: Condition operators",
    *_GATES,
)
def wildcard_taken_literally(closed: Closed) -> Explanation | None:
    """``StringEquals`` takes ``*`` and ``?`` for themselves, and nobody has such a value.

    Only a condition that ``StringLike`` would meet is reported. ``ArnEquals`` expands wildcards, and is left alone.
    """
    for one in _unmet(closed):
        operator = OPERATORS.get(take_apart(one.condition.operator).base)
        if operator is None or not operator.literal or operator.negated:
            continue
        patterns = [value for value in one.values if is_pattern(value)]
        world = one.decision.world
        if any(text_matches(value, given, world) is Truth.YES for value in patterns for given in one.given):
            return one.explanation(
                f"compares {one.shown} by {one.condition.operator}, which takes {one.spelled} literally",
                f"write StringLike in place of {one.condition.operator}",
            )
    return None


@explains(
    "CO003",
    "condition-excludes-the-caller",
    Severity.ERROR,
    "A condition on kms:ViaService or on the caller's account excludes the outsider",
    "AWS KMS Developer Guide, AWS KMS condition keys",
    *_GATES,
)
def condition_excludes_the_caller(closed: Closed) -> Explanation | None:
    """S3 asks KMS as ``s3.<Region of the bucket>.amazonaws.com``, and in the name of the caller's account.

    Another service or Region in ``kms:ViaService``, or accounts without the caller's in ``kms:CallerAccount`` or
    ``aws:PrincipalAccount``, make the statement one for others.
    """
    for one in _unmet(closed, _VIA, *_ACCOUNTS):
        has = listed([spell(value) for value in one.given])
        negated = _is_negated(one.condition)
        if one.key == _VIA:
            because = f"is for calls by way of {one.spelled}, and S3 calls KMS as {has} here"
            if negated:
                because = f"leaves out calls by way of {one.spelled}, and S3 calls KMS as {has} here"
            remedy = f'take "{has}" out of {one.shown}' if negated else f'let {one.shown} be "{has}"'
            return one.explanation(because, remedy)
        because = f"{'leaves out' if negated else 'is for callers of'} account {one.spelled}, and it calls from {has}"
        remedy = f'take "{has}" out of {one.shown}' if negated else f'add "{has}" to the values of {one.shown}'
        return one.explanation(because, remedy)
    return None


@explains(
    "CO004",
    "condition-only-services-meet",
    Severity.ERROR,
    "A condition on a role, user or account asks for a key that only requests of AWS services have",
    "IAM User Guide, AWS global condition context keys",
    *_GATES,
)
def condition_only_services_meet(closed: Closed) -> Explanation | None:
    """``aws:SourceAccount``, ``aws:SourceArn`` and their like are there when an AWS service calls as itself.

    The request of a role or user lacks them, and a condition on a key that is not there is not met, unless its operator
    ends in ``IfExists`` or is a negated one.
    """
    for one in _unmet(closed, *_OF_SERVICES):
        instead = _INSTEAD.get(one.key)
        remedy = f"take the condition on {one.shown} away" if instead is None else f"ask for {instead} instead"
        return one.explanation(
            f"asks for {one.shown}, which only requests that AWS services make themselves have", remedy
        )
    return None


_INSTEAD: Final = {
    "aws:sourceaccount": "aws:PrincipalAccount",
    "aws:sourcearn": "aws:PrincipalArn",
    "aws:sourceorgid": "aws:PrincipalOrgID",
    "aws:sourceorgpaths": "aws:PrincipalOrgPaths",
}


@explains(
    "CO005",
    "condition-on-another-organization",
    Severity.ERROR,
    "A condition lets in the members of an organization to which the outsider does not belong",
    "IAM User Guide, AWS global condition context keys",
    *_GATES,
)
def condition_on_another_organization(closed: Closed) -> Explanation | None:
    """``aws:PrincipalOrgID`` is the organization of the caller's account, and this one is in another, or in none.

    Mostly nobody can tell from the code to which organization an account belongs; then the gate is undetermined.
    """
    for one in _unmet(closed, *_ORGANIZATIONS):
        has = listed([text for text in map(known, one.given) if text is not None])
        caller = f"and the caller is of {has}" if has else "and the caller is of none of it"
        return one.explanation(
            f"is for organization {one.spelled} only, {caller}",
            f'add "{has}" to the values of {one.shown}' if has else f"correct the values of {one.shown}",
        )
    return None


def _is_negated(condition: Condition) -> bool:
    operator = OPERATORS.get(take_apart(condition.operator).base)
    return operator is not None and operator.negated


def _place(closed: Closed) -> Span:
    """The policy, for a statement whose own place is not known."""
    if closed.gate is Gate.BUCKET_POLICY:
        return closed.access.bucket.policy.span
    return closed.key.policy.span if closed.gate is Gate.KEY_POLICY else closed.identity.span
