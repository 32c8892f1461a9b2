"""Reading policies. Source: IAM User Guide, "Grammar of the IAM JSON policy language"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.iam.cases import FREE, A, B, allow, caller, identity, key_policy, kms_request, policy
from tf_kms_guard.iam.context import Context
from tf_kms_guard.iam.decide import Request, Verdict, decide_resource_policy
from tf_kms_guard.iam.document import Effect, opaque_document, parse_document
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

PLACE = Span("kms.tf", 3, 5, 3, 20)
NAMED = {"AWS": f"arn:aws:iam::{B}:role/reader"}


class Map(dict[str, Any]):
    """A map that knows where it was written."""

    origin = PLACE


def test_single_values_and_lists_mean_the_same() -> None:
    one = parse_document({"Version": "2012-10-17", "Statement": allow({"AWS": A}, "kms:Decrypt", "*")})
    many = policy(allow({"AWS": [A]}, ["kms:Decrypt"], ["*"]))
    for document in (one, many):
        (statement,) = document.statements
        assert statement.actions == ("kms:Decrypt",)
        assert statement.resources == ("*",)
        assert isinstance(statement.principals, tuple)
        assert [principal.kind for principal in statement.principals] == [PrincipalKind.ACCOUNT]
        assert document.problems == ()


def test_json_text_is_read() -> None:
    document = parse_document(json.dumps({"Statement": [allow("*")]}), PLACE)
    assert document.statements[0].effect is Effect.ALLOW
    assert document.statements[0].origin is PLACE


def test_places_are_kept() -> None:
    value = Map(Effect="Allow", Principal={"AWS": Located(A, PLACE)}, Action="kms:*", Resource="*")
    (statement,) = parse_document({"Statement": [value]}).statements
    assert statement.origin is PLACE
    assert isinstance(statement.principals, tuple)
    assert statement.principals[0].origin is PLACE


def test_only_version_2012_substitutes_variables() -> None:
    assert policy(version="2012-10-17").substitutes is Truth.YES
    assert policy(version="2008-10-17").substitutes is Truth.NO
    assert parse_document({"Statement": []}).substitutes is Truth.NO
    assert parse_document({"Version": FREE, "Statement": []}).substitutes is Truth.UNKNOWN


def test_condition_values_may_be_booleans_and_numbers() -> None:
    (statement,) = policy(
        allow(Condition={"Bool": {"aws:SecureTransport": True}, "NumericEquals": {"x": 5}})
    ).statements
    assert isinstance(statement.conditions, tuple)
    assert [condition.values for condition in statement.conditions] == [("true",), ("5",)]


@pytest.mark.parametrize(
    "value",
    [
        FREE,
        {"Statement": FREE},
        {"Statement": [FREE]},
        {"Statement": [allow(NAMED), FREE]},
        join_text(("{", FREE)),
    ],
)
def test_what_is_not_visible_may_hold_statements(value: object) -> None:
    document = parse_document(value)
    assert document.incomplete is FREE
    decision = decide_resource_policy([document], kms_request())
    assert decision.verdict is Verdict.UNDETERMINED
    assert [unknown.identity for unknown in decision.unknowns] == ["var.x"]


def test_several_invisible_statements_are_all_named() -> None:
    other = Unknown("var.y", "var.y has no value")
    document = parse_document({"Statement": [FREE, other]})
    assert document.incomplete is not None
    assert document.incomplete.because == "var.x has no value; var.y has no value"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "the policy is not a JSON object"),
        (True, "the policy is not a JSON object"),
        (5, "the policy is not a JSON object"),
        ([allow(NAMED)], "the policy is not a JSON object"),
        ('"text"', "the policy is not a JSON object"),
        ({}, "the policy has no Statement"),
        ({"statement": []}, "statement is not an element of a policy"),
        ({"Statement": ["x"]}, "a statement is not a JSON object"),
        ({"Statement": None}, "a statement is not a JSON object"),
        ({"Version": 2012, "Statement": []}, "Version is not a string"),
        ({"Version": "2012-10-18", "Statement": []}, "Version is neither 2012-10-17 nor 2008-10-17"),
    ],
)
def test_a_document_that_aws_refuses_has_a_problem(value: object, message: str) -> None:
    assert message in [problem.message for problem in parse_document(value).problems]


def test_text_that_is_no_json_has_a_problem_and_decides_nothing() -> None:
    for text in ("{", "", "[" * 100_000):
        document = parse_document(text)
        assert document.problems[0].message.startswith("the policy is not JSON")
        assert decide_resource_policy([document], kms_request()).verdict is Verdict.UNDETERMINED


MALFORMED = [
    ({"effect": "Allow"}, "effect is not an element of a statement"),
    ({"Effect": "allow"}, "Effect is neither Allow nor Deny"),
    ({"Effect": None}, "Effect is neither Allow nor Deny"),
    ({"Sid": 5}, "Sid is not a string"),
    ({"Principal": [B]}, 'Principal is neither "*" nor a map'),
    ({"Principal": B}, 'Principal is neither "*" nor a map'),
    ({"Principal": {"aws": "*"}}, "aws is not a type of principal"),
    ({"Principal": {"AWS": 444455556666}}, "Principal has a value that is not a string"),
    ({"Action": None}, "Action has a value that is not a string"),
    ({"Action": [["kms:Decrypt"]]}, "Action has a value that is not a string"),
    ({"Resource": 5}, "Resource has a value that is not a string"),
    ({"NotAction": "kms:Get*"}, "a statement has both Action and NotAction"),
    ({"NotResource": "x"}, "a statement has both Resource and NotResource"),
    ({"NotPrincipal": "*"}, "a statement has both Principal and NotPrincipal"),
    ({"Condition": ["x"]}, "Condition is not a map"),
    ({"Condition": {"StringEquals": "x"}}, "the keys of StringEquals are not a map"),
    ({"Condition": {"stringequals": {"a": "b"}}}, "stringequals is not a condition operator"),
    ({"Condition": {"StringEquals": {"a": None}}}, "a has a value that is not a string"),
    ({"Condition": {"StringEquals": {"a": {"b": "c"}}}}, "a has a value that is not a string"),
]


@pytest.mark.parametrize(("changes", "message"), MALFORMED)
def test_a_malformed_statement_has_a_problem_and_matches_nothing_certainly(changes: Any, message: str) -> None:
    document = policy({**allow("*"), **changes})
    assert message in [problem.message for problem in document.problems]
    decision = decide_resource_policy([document], kms_request())
    assert decision.verdict is Verdict.UNDETERMINED
    assert decision.unknowns
    denying = policy(allow("*"), {**allow("*"), "Effect": "Deny", **changes})
    assert decide_resource_policy([denying], kms_request()).verdict is Verdict.UNDETERMINED


def test_a_malformed_statement_for_somebody_else_does_not_matter() -> None:
    assert key_policy({**allow({"AWS": A}), "Extra": 1}).verdict is Verdict.DENIED


def test_a_value_of_a_foreign_kind_is_unknown_and_no_error() -> None:
    for value in (object(), {"Statement": object()}, {"Statement": [allow(object())]}):
        decision = decide_resource_policy([parse_document(value)], kms_request())
        assert decision.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("element", ["Effect", "Principal", "Action", "Resource", "Condition"])
def test_an_unknown_element_leaves_the_verdict_open(element: str) -> None:
    decision = key_policy({**allow(NAMED), element: FREE})
    assert decision.verdict is Verdict.UNDETERMINED
    assert "var.x" in [unknown.identity for unknown in decision.unknowns]


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": FREE},
        {"StringEquals": {"kms:CallerAccount": FREE}},
        {"StringEquals": {"kms:CallerAccount": [A, FREE]}},
    ],
)
def test_an_unknown_part_of_a_condition_leaves_the_verdict_open(condition: object) -> None:
    assert key_policy(allow(NAMED, Condition=condition)).verdict is Verdict.UNDETERMINED
    wrong = {**condition, "StringLike": {"kms:CallerAccount": A}}  # type: ignore[dict-item]
    assert key_policy(allow(NAMED, Condition=wrong)).verdict is Verdict.DENIED


def test_an_empty_list_of_principals_names_nobody() -> None:
    decision = key_policy(allow({"AWS": []}))
    assert decision.verdict is Verdict.DENIED
    assert decision.statements[0].reasons == ("names nobody",)


def test_an_opaque_document_decides_nothing() -> None:
    request = Request(caller(), "kms:Decrypt", "*", Context())
    assert decide_resource_policy([opaque_document(FREE)], request).unknowns == (FREE,)
    assert identity(allow(), request=request).verdict is Verdict.ALLOWED
