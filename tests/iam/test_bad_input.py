"""Policies that AWS would refuse: a problem with its place, never an exception, never a certain verdict.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.iam.cases import FREE, KEY, READER, B, allow, identity, kms_request, policy
from tests.iam.situations import ADMIN, ADMINISTRATOR, key_side
from tf_kms_guard.iam.decide import Verdict, decide_identity_policies, decide_resource_policy
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, LayerKind, ResourceSide
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, join_text

PLACE = Span("kms.tf", 3, 5, 3, 20)
GOOD = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})

TEXTS = {
    "nothing": "",
    "white space": " \n",
    "cut off": GOOD[:-1],
    "a comma too many": GOOD.replace("}]", "},]"),
    "something after it": GOOD + "x",
    "single quotes": GOOD.replace('"', "'"),
    "a comment": "// mine\n" + GOOD,
    "a line break in a string": GOOD.replace("kms:Decrypt", "kms:\nDecrypt"),
    "not a number": GOOD.replace('"*"}', "NaN}"),
    "infinite": '{"Statement": -Infinity}',
    "an element twice": GOOD.replace('"Version"', '"Version": "2012-10-17", "Version"'),
    "an effect twice": GOOD.replace('"Effect"', '"Effect": "Deny", "Effect"'),
    "deep lists": "[" * 100_000,
    "deep maps": '{"Statement":' * 20_000,
    "null": "null",
    "a list": "[]",
    "a number": "5",
    "a string": '"{}"',
    "a huge number": '{"Version": ' + "9" * 10_000 + "}",
    "a lone surrogate": '"\\ud800"',
}


def never_certain(document: Document, *, problem: bool = True) -> None:
    """Neither allowed nor, by an explicit Deny, denied; and why is said."""
    request = kms_request()
    for decision in (decide_resource_policy([document], request), decide_identity_policies([document], request)):
        assert decision.verdict is Verdict.UNDETERMINED
        assert decision.unknowns
    side = ResourceSide(LayerKind.KEY_POLICY, B, (document,))
    assert evaluate(request, CallerSide((document,)), side).verdict is Verdict.UNDETERMINED
    if problem:
        assert document.problems
        assert all(one.origin is not None and one.message for one in document.problems)


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_is_no_policy(name: str) -> None:
    never_certain(parse_document(TEXTS[name], PLACE))
    never_certain(parse_document(Located(TEXTS[name], PLACE)))


VALUES: dict[str, Any] = {
    "null": None,
    "a list": [allow("*")],
    "a decimal": Decimal("1.5"),
    "no statement": {"Version": "2012-10-17"},
    "another element": {"Version": "2012-10-17", "Statement": [allow("*")], "Comment": "x"},
    "elements in lower case": {"version": "2012-10-17", "statement": [allow("*")]},
    "another version": {"Version": "2012-10-18", "Statement": [allow("*")]},
    "a version that is a number": {"Version": 20121017, "Statement": [allow("*")]},
    "a list of versions": {"Version": ["2012-10-17"], "Statement": [allow("*")]},
    "statements that are a string": {"Statement": "Allow"},
    "a list of lists": {"Statement": [[allow("*")]]},
    "a null among the statements": {"Statement": [allow("*"), None]},
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_are_no_policy(name: str) -> None:
    document = parse_document(VALUES[name], PLACE)
    if name == "a null among the statements":  # the other one is what it is
        assert document.problems
        assert document.incomplete is not None
        return
    never_certain(document)


def statement(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**allow("*"), **changes}.items() if value is not ...}


STATEMENTS: dict[str, Any] = {
    "no effect": statement(Effect=...),
    "an effect in lower case": statement(Effect="allow"),
    "two effects": statement(Effect=["Allow", "Deny"]),
    "an effect that is a boolean": statement(Effect=True),
    "an action without a service": statement(Action="Decrypt"),
    "an empty action": statement(Action=["kms:Decrypt", ""]),
    "an action with a line break": statement(Action="kms:Decrypt\n"),
    "an action that is a map": statement(Action={"kms:Decrypt": True}),
    "an ARN with a line break": statement(Resource=f"{KEY}\n"),
    "an ARN with a null character": statement(Resource=["*", f"{KEY}\0"]),
    "a resource with a line break and a hole": statement(Resource=join_text((FREE, "\n*"))),
    "an empty resource": statement(Resource=["*", ""]),
    "a resource that is a number": statement(Resource=5),
    "a principal with a line break": statement(Principal={"AWS": ["*", f"{READER}\n"]}),
    "an empty principal": statement(Principal={"AWS": ["*", ""]}),
    "a principal in a list": statement(Principal=["*"]),
    "a principal that is a string": statement(Principal=READER),
    "a principal of an unknown type": statement(Principal={"AWS": "*", "Role": "reader"}),
    "a principal that is a map of maps": statement(Principal={"AWS": {"*": "*"}}),
    "both principals": statement(NotPrincipal="*"),
    "both actions": statement(NotAction="s3:*"),
    "both resources": statement(NotResource="x"),
    "an element that does not exist": statement(Actions="kms:*"),
    "a condition that is a list": statement(Condition=[]),
    "a condition that is a string": statement(Condition="x"),
    "an operator that does not exist": statement(Condition={"StringMatches": {"aws:PrincipalAccount": B}}),
    "an operator in lower case": statement(Condition={"stringEquals": {"aws:PrincipalAccount": B}}),
    "a null operator with IfExists": statement(Condition={"NullIfExists": {"aws:SourceArn": "true"}}),
    "two set operators": statement(Condition={"ForAnyValue:ForAllValues:StringEquals": {"aws:PrincipalAccount": B}}),
    "keys that are a list": statement(Condition={"StringEquals": ["aws:PrincipalAccount"]}),
    "a value that is null": statement(Condition={"StringEquals": {"aws:PrincipalAccount": None}}),
    "a value that is a map": statement(Condition={"StringEquals": {"aws:PrincipalAccount": {"a": B}}}),
    "a value that is a list of lists": statement(Condition={"StringEquals": {"aws:PrincipalAccount": [[B]]}}),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_that_aws_refuses(name: str) -> None:
    bad = STATEMENTS[name]
    document = parse_document({"Version": "2012-10-17", "Statement": [bad]}, PLACE)
    assert document.problems
    assert all(problem.origin == PLACE and problem.message for problem in document.problems)
    assert decide_resource_policy([document], kms_request()).verdict is Verdict.UNDETERMINED
    denying = {**bad, "Effect": "Deny"} if bad.get("Effect") == "Allow" else bad
    beside = parse_document({"Version": "2012-10-17", "Statement": [allow("*"), denying]}, PLACE)
    assert decide_resource_policy([beside], kms_request()).verdict is Verdict.UNDETERMINED


def test_a_large_policy_is_read_and_decided() -> None:
    """Larger than AWS takes: 10,000 statements, and one of more than a megabyte."""
    others = [allow({"AWS": f"arn:aws:iam::{B}:role/r{number}"}, Sid=f"s{number}") for number in range(10_000)]
    assert decide_resource_policy([policy(*others)], kms_request()).verdict is Verdict.DENIED
    assert decide_resource_policy([policy(*others, allow({"AWS": READER}))], kms_request()).verdict is Verdict.ALLOWED
    keys = [f"arn:aws:kms:*:{B}:key/{number:036}" for number in range(20_000)]
    text = json.dumps({"Statement": allow(resource=keys)})
    assert len(text) > 1_000_000
    assert decide_identity_policies([parse_document(text)], kms_request()).verdict is Verdict.DENIED
    assert identity(allow(resource=[*keys, KEY])).verdict is Verdict.ALLOWED
    assert evaluate(kms_request(), ADMIN, key_side(*others)).verdict is Verdict.DENIED


def test_patterns_of_many_stars_come_to_an_end() -> None:
    stars = "arn:aws:kms:" + "*a" * 2_000
    assert identity(allow(resource=stars)).verdict is Verdict.DENIED
    assert identity(allow(action="kms:" + "*?" * 1_000)).verdict is Verdict.DENIED
    long = allow(Condition={"StringLike": {"kms:ViaService": "*" * 5_000 + "x"}})
    assert identity(long).verdict is Verdict.DENIED
    assert ADMINISTRATOR[0].problems == ()


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Principal": "*", "NotAction": [], "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "NotResource": []},
        {"Effect": "Deny", "NotPrincipal": {"AWS": []}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "NotPrincipal": {}, "Action": "kms:*", "Resource": "*"},
    ],
    ids=lambda statement: next(name for name in statement if name.startswith("Not")),
)
def test_a_list_of_exceptions_without_values_makes_no_statement_about_everything(statement: dict[str, Any]) -> None:
    """IAM User Guide, "IAM policy validation check reference", on empty arrays."""
    decision = decide_resource_policy([policy(allow({"AWS": READER}), statement)], kms_request())
    assert decision.verdict is Verdict.UNDETERMINED
    assert "for which AWS states no meaning" in decision.unknowns[0].because
