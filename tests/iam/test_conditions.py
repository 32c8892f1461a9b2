"""Condition operators, absent and unknown keys.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import FREE, B
from tf_kms_guard.iam.conditions import evaluate
from tf_kms_guard.iam.context import ABSENT, Context, ContextValue, OneOf
from tf_kms_guard.iam.document import Condition
from tf_kms_guard.values.compare import PLAIN
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
ORG = Unknown("data.org.id", "the organization is not known")
EITHER = OneOf((("a",), ("b",)), Unknown("bucket key", "it is not known"))


def judge(operator: str, wanted: Any, given: ContextValue, substitutes: Truth = NO, **more: Any) -> Truth:
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    context = Context({"k": given}).with_values(more)
    return evaluate(Condition(operator, "K", values), context, PLAIN, substitutes).truth


POSITIVE = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "Bool",
    "IpAddress",
]
POSITIVE += ["NumericEquals", "NumericLessThan", "DateGreaterThan", "BinaryEquals"]
NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"]
NEGATED += ["NotIpAddress", "NumericNotEquals", "DateNotEquals"]


@pytest.mark.parametrize("operator", POSITIVE)
def test_a_positive_operator_is_false_for_a_key_that_is_absent(operator: str) -> None:
    assert judge(operator, "x", ABSENT) is NO


@pytest.mark.parametrize("operator", NEGATED)
def test_a_negated_operator_is_true_for_a_key_that_is_absent(operator: str) -> None:
    assert judge(operator, "x", ABSENT) is YES


@pytest.mark.parametrize("operator", POSITIVE + NEGATED)
def test_if_exists_is_true_for_a_key_that_is_absent(operator: str) -> None:
    assert judge(f"{operator}IfExists", "x", ABSENT) is YES


@pytest.mark.parametrize("operator", POSITIVE + NEGATED)
def test_a_key_that_is_not_known_leaves_the_answer_open(operator: str) -> None:
    assert judge(operator, "true", ORG) is UNKNOWN


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "answer"),
    [
        ("StringEquals", "a", ("a",), YES),
        ("StringEquals", "a", ("A",), NO),
        ("StringEquals", ("a", "b"), ("b",), YES),
        ("StringEquals", "a*", ("ab",), NO),
        ("StringEquals", FREE, ("a",), UNKNOWN),
        ("StringEquals", (FREE, "a"), ("a",), YES),
        ("StringEquals", ORG, (ORG,), YES),
        ("StringEquals", ORG, ORG, UNKNOWN),
        ("StringNotEquals", "a", ("a",), NO),
        ("StringNotEquals", ("a", "b"), ("b",), NO),
        ("StringNotEquals", ("a", "b"), ("c",), YES),
        ("StringNotEquals", FREE, ("a",), UNKNOWN),
        ("StringEqualsIgnoreCase", "a", ("A",), YES),
        ("StringNotEqualsIgnoreCase", "a", ("A",), NO),
        ("StringLike", "s3.*.amazonaws.com", ("s3.eu-west-1.amazonaws.com",), YES),
        ("StringLike", "S3.*", ("s3.eu-west-1.amazonaws.com",), NO),
        ("StringLike", "a?", ("ab",), YES),
        ("StringLike", "*", (FREE,), YES),
        ("StringNotLike", "a*", ("ab",), NO),
        ("StringNotLike", "a*", ("b",), YES),
        ("StringEquals", "a", EITHER, UNKNOWN),
        ("StringEquals", ("a", "b"), EITHER, YES),
        ("StringEquals", "c", EITHER, NO),
        ("StringEquals", (), ("a",), UNKNOWN),
        ("Bool", "true", ("true",), YES),
        ("Bool", "TRUE", ("true",), YES),
        ("Bool", "false", ("true",), NO),
        ("Bool", "yes", ("true",), UNKNOWN),
        ("Bool", "true", ("1",), UNKNOWN),
        ("StringSomething", "a", ("a",), UNKNOWN),
    ],
)
def test_string_and_bool_operators(operator: str, wanted: Any, given: ContextValue, answer: Truth) -> None:
    assert judge(operator, wanted, given) is answer


ROLE = f"arn:aws:iam::{B}:role/team/reader"


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (ROLE, YES),
        (f"arn:aws:iam::{B}:role/*", YES),
        ("arn:aws:iam::*:role/team/reader", YES),
        ("arn:*:iam::444455556666:*", YES),
        ("arn:aws:iam::111122223333:role/*", NO),
        ("arn:aws:iam::*reader", UNKNOWN),
        ("arn:aws:iam::*:reader", NO),
        ("arn:aws:*:role/team/reader", UNKNOWN),
        ("*", UNKNOWN),
        (FREE, UNKNOWN),
        (join_text(("arn:aws:iam::", FREE, ":role/*")), UNKNOWN),
    ],
)
def test_arn_operators_check_the_six_components_separately(wanted: TextLike, answer: Truth) -> None:
    assert judge("ArnLike", wanted, (ROLE,)) is answer
    assert judge("ArnEquals", wanted, (ROLE,)) is judge("ArnLike", wanted, (ROLE,))
    assert judge("ArnNotLike", wanted, (ROLE,)) is ~judge("ArnLike", wanted, (ROLE,))


@pytest.mark.parametrize(
    ("wanted", "given", "answer"),
    [
        ("true", ABSENT, YES),
        ("false", ABSENT, NO),
        ("true", ("x",), NO),
        ("false", ("x",), YES),
        ("true", (FREE,), NO),
        ("true", ORG, UNKNOWN),
        ("false", ORG, UNKNOWN),
        (("true", "false"), ABSENT, YES),
        (FREE, ABSENT, UNKNOWN),
        ("true", OneOf((("x",), ("y",)), ORG), NO),
        ("true", OneOf((("x",), ABSENT), ORG), UNKNOWN),
    ],
)
def test_null_asks_whether_the_key_is_there(wanted: Any, given: ContextValue, answer: Truth) -> None:
    assert judge("Null", wanted, given) is answer


@pytest.mark.parametrize(
    ("operator", "given", "answer"),
    [
        ("ForAnyValue:StringEquals", ("a", "x"), YES),
        ("ForAnyValue:StringEquals", ("x", "y"), NO),
        ("ForAnyValue:StringEquals", ABSENT, NO),
        ("ForAnyValue:StringNotEquals", ABSENT, NO),
        ("ForAnyValue:StringEqualsIfExists", ABSENT, UNKNOWN),
        ("ForAllValues:StringEqualsIfExists", ABSENT, YES),
        ("ForAnyValue:StringNotEquals", ("a", "x"), YES),
        ("ForAllValues:StringEquals", ("a", "b"), YES),
        ("ForAllValues:StringEquals", ("a", "x"), NO),
        ("ForAllValues:StringEquals", ABSENT, YES),
        ("ForAllValues:StringNotEquals", ("a", "x"), NO),
        ("ForAllValues:StringEquals", ("a", FREE), UNKNOWN),
        ("StringEquals", ("a", "x"), UNKNOWN),
    ],
)
def test_set_operators(operator: str, given: ContextValue, answer: Truth) -> None:
    assert judge(operator, ("a", "b"), given) is answer


@pytest.mark.parametrize(
    ("wanted", "substitutes", "answer"),
    [
        ("${aws:PrincipalAccount}", YES, YES),
        ("${aws:principalaccount}", YES, YES),
        ("${aws:PrincipalAccount}", NO, NO),
        ("${aws:PrincipalAccount}", UNKNOWN, UNKNOWN),
        ("${aws:PrincipalTag/team}", YES, UNKNOWN),
        ("${aws:SourceAccount}", YES, NO),
        ("${aws:SourceAccount, '444455556666'}", YES, YES),
        ("x${*}", YES, NO),
    ],
)
def test_policy_variables_are_filled_in_from_the_request(wanted: str, substitutes: Truth, answer: Truth) -> None:
    more = {"aws:principalaccount": (B,), "aws:sourceaccount": ABSENT}
    assert judge("StringEquals", wanted, (B,), substitutes, **more) is answer


def test_a_negated_operator_on_a_variable_that_is_absent_stays_open() -> None:
    assert judge("StringNotEquals", "${aws:SourceAccount}", (B,), YES, **{"aws:sourceaccount": ABSENT}) is UNKNOWN


def test_a_wildcard_that_comes_from_a_variable_is_no_wildcard() -> None:
    assert judge("StringLike", "${aws:username}", ("ab",), YES, **{"aws:username": ("a*",)}) is NO
    assert judge("StringLike", "a${*}", ("ab",), YES) is NO


def test_the_reason_tells_key_operator_and_both_values() -> None:
    condition = Condition("StringEquals", "kms:ViaService", ("s3.us-east-1.amazonaws.com",))
    context = Context({"kms:viaservice": ("s3.eu-west-1.amazonaws.com",)})
    assert evaluate(condition, context, PLAIN, YES).reason == (
        "condition kms:ViaService must equal s3.us-east-1.amazonaws.com, the request has s3.eu-west-1.amazonaws.com"
    )


def test_the_reason_says_that_string_equals_takes_a_star_literally() -> None:
    condition = Condition("StringEquals", "kms:ViaService", ("s3.*.amazonaws.com",))
    context = Context({"kms:viaservice": ("s3.eu-west-1.amazonaws.com",)})
    judged = evaluate(condition, context, PLAIN, YES)
    assert judged.truth is NO
    assert judged.reason is not None
    assert judged.reason.endswith("(StringEquals takes * and ? literally)")


def test_every_open_answer_names_what_is_not_known() -> None:
    for operator in POSITIVE + NEGATED:
        for wanted, given in (("true", ORG), (FREE, ("true",)), ("5", EITHER), ("5", ("5",))):
            judged = evaluate(Condition(operator, "k", (wanted,)), Context({"k": given}), PLAIN, NO)  # type: ignore[arg-type,dict-item]
            assert (judged.truth is UNKNOWN) == bool(judged.unknowns)


@pytest.mark.parametrize(
    "wanted",
    [
        join_text(("${aws:user", FREE)),
        join_text((FREE, "{aws:username}")),
        join_text((FREE, "name}-x")),
        join_text(("ann$", FREE)),
    ],
)
def test_a_variable_that_may_stand_in_a_hole_leaves_the_answer_open(wanted: TextLike) -> None:
    assert judge("StringNotEquals", wanted, ("zoe",), YES) is UNKNOWN
    assert judge("StringEquals", wanted, ("zoe",), YES) is UNKNOWN


def test_a_pattern_that_is_no_arn_is_never_certain() -> None:
    assert judge("ArnLike", "arn:aws:s3xx", (ROLE,)) is UNKNOWN
    assert judge("ArnNotLike", "arn:aws:s3xx", (ROLE,)) is UNKNOWN
