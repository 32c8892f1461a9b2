"""KR004: conditions of a bucket policy on the key that a writer names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.encryption import key_form
from tf_kms_guard.estate.model import KeyForm, SlotState
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.document import Condition, Effect, Statement
from tf_kms_guard.iam.matching import match_action
from tf_kms_guard.iam.operators import OPERATORS, take_apart
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import PLAIN, equal
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth

_HEADER: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_NAMES: Final = {
    KeyForm.KEY_ID: "a bare key id",
    KeyForm.ALIAS_NAME: "an alias",
    KeyForm.ALIAS_ARN: "an alias ARN",
    KeyForm.AWS_MANAGED: "an alias",
    KeyForm.INVALID: "no key ARN",
}
_BY_ARN: Final = "presumed: the writer names the key by its ARN, or leaves it to the bucket's default"


class _Demand(Struct, frozen=True, eq=False):
    """A Deny unless a write names a certain key. ``form``: what stands there instead of a key ARN, if that is wrong.

    ``everyone``: it meets every write, also one that names no key.
    """

    statement: Statement
    condition: Condition
    form: str | None
    everyone: bool


@rule(
    "KR004",
    "key-condition-is-not-the-key-arn",
    Severity.WARNING,
    "key-reference",
    "A bucket policy denies writes unless they name a key, and that is not the ARN of the bucket's key",
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
)
def key_condition_is_not_the_key_arn(view: View) -> Iterator[Finding]:
    """S3 compares the header of a write with a key ARN: an alias or a key id in that place matches no write, and
    another key's ARN shuts out whoever relies on the bucket's default.
    """
    for demand in _demands(view):
        writers = _writers(view) if demand.everyone else []
        for access in writers:
            yield _finding(view, access, demand)
        if not writers:
            yield _finding(view, None, demand)


def kept_from_writing(view: View, access: Access) -> bool:
    """Whether such a condition surely keeps an outsider from writing."""
    return any(demand.everyone for demand in _demands(view)) and access in _writers(view)


def _writers(view: View) -> list[Access]:
    return [
        access
        for access in view.accesses
        if Intent.WRITE in access.outsider.intents and view.foreign(access) is Truth.YES
    ]


def _demands(view: View) -> list[_Demand]:
    """The demands of the bucket policy that the bucket's key cannot meet."""
    choice, slot = view.bucket.encryption.key, view.bucket.policy
    if choice is None or not view.judged.settled or view.key_never_works or slot.state is not SlotState.SET:
        return []
    return [demand for one in slot.document.statements if (demand := _demand(one, choice.arn)) is not None]


def _demand(statement: Statement, key: TextLike | None) -> _Demand | None:
    conditions = statement.conditions
    if statement.effect is not Effect.DENY or statement.uncertain or not isinstance(conditions, tuple):
        return None
    asked = [one for one in conditions if _is_unless(one)]
    if len(asked) != 1 or match_action(statement, "s3:PutObject", PLAIN).truth is not Truth.YES:
        return None
    (condition,) = asked
    if not isinstance(condition.values, tuple) or not condition.values:
        return None
    forms = [_NAMES.get(key_form(value)) for value in condition.values]
    public = isinstance(statement.principals, tuple) and any(
        one.kind is PrincipalKind.PUBLIC for one in statement.principals
    )
    everyone = len(conditions) == 1 and public
    if all(forms) and not any(_is_pattern(condition, value) for value in condition.values):
        return _Demand(statement, condition, forms[0], everyone)
    others = key is not None and all(_is_other(condition, value, key) for value in condition.values)
    return _Demand(statement, condition, None, everyone) if others and everyone else None


def _is_unless(condition: Condition) -> bool:
    if (known(condition.key) or "").lower() != _HEADER:
        return False
    operator = OPERATORS.get(take_apart(condition.operator).base)
    return operator is not None and operator.negated


def _is_pattern(condition: Condition, value: TextLike) -> bool:
    operator, text = OPERATORS[take_apart(condition.operator).base], known(value) or ""
    return operator.pattern and ("*" in text or "?" in text)


def _is_other(condition: Condition, value: TextLike, key: TextLike) -> bool:
    """Whether a value is a key ARN, and surely another one than that of the bucket's key."""
    if key_form(value) is not KeyForm.ARN or _is_pattern(condition, value):
        return False
    return equal(value, key, PLAIN) is Truth.NO


def _finding(view: View, access: Access | None, demand: _Demand) -> Finding:
    bucket, slot = view.bucket, view.bucket.policy
    name = wording.bucket_shown(bucket)
    values = demand.condition.values
    spelled = " or ".join(map(spell, values)) if isinstance(values, tuple) else ""
    statement = wording.statement_shown(demand.statement)
    if demand.form is None:
        because = (
            f"{statement} of the bucket policy denies writes that do not name {spelled}, and its own key is another"
        )
        label = "lets no write pass but with another key than the bucket's default"
        presumed = wording.HEADER_PRESUMED
    else:
        because = f"{statement} of the bucket policy asks for {spelled}, {demand.form}, and S3 compares with a key ARN"
        label = f"{demand.form} stands where S3 compares with a key ARN"
        presumed = _BY_ARN
    why = list(wording.evidence(view.estate, bucket.account))
    message = f"writes to {name} that name its key are denied: {because}"
    if access is not None:
        message = f"{wording.cannot(access, [Intent.WRITE])}: {because}"
        why.append(presumed)
        if view.foreign(access, presume=False) is not Truth.YES:
            why.append(wording.presumption(access, bucket.account))
    place = demand.statement.origin or slot.span
    return Finding(
        rule=info_of("KR004"),
        severity=Severity.WARNING if access is None else Severity.ERROR,
        confidence=Confidence.HIGH if access is None else Confidence.MEDIUM,
        workspace=bucket.workspace,
        resource=bucket.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=None if access is None else wording.principal_shown(access),
        actions=("s3:PutObject",),
        intent=("write",),
        message=message,
        label=label,
        why=tuple(why),
        location=place,
        related=() if access is None else wording.signs_related(access, place),
        fix=Fix(f"compare with the key's ARN: {wording.arn_reference(bucket.encryption.key)}"),
    )
