"""The AWS provider's functions on ARNs. No provider is there to ask: the expectations are its documentation's."""

from __future__ import annotations

import pytest

from tests.terraform.functions.support import ACCOUNT, NAME, free, minted, run
from tests.terraform.functions.test_holes import shown
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.unknown import Unknown

ROLE = join_text(["arn:aws:iam::", minted("account", ACCOUNT), ":role/app/", minted("aws_iam_role.r.name", NAME)])


def test_an_arn_is_taken_apart() -> None:
    assert run("provider::aws::arn_parse", "arn:aws:iam::444455556666:role/example") == {
        "partition": "aws",
        "service": "iam",
        "region": "",
        "account_id": "444455556666",
        "resource": "role/example",
    }
    assert shown(run("provider::aws::arn_parse", "arn:::::a:b:c")) == {
        "partition": "",
        "service": "",
        "region": "",
        "account_id": "",
        "resource": "a:b:c",
    }


def test_holes_stay_in_the_parts_of_an_arn() -> None:
    parts = shown(run("provider::aws::arn_parse", ROLE))
    assert parts == {
        "partition": "aws",
        "service": "iam",
        "region": "",
        "account_id": "${account}",
        "resource": "role/app/${aws_iam_role.r.name}",
    }
    open_end = join_text(["arn:aws:s3:::", free("var.bucket")])
    assert shown(run("provider::aws::arn_parse", open_end))["resource"] == "${var.bucket}"  # type: ignore[index]


def test_an_arn_whose_parts_cannot_be_told_apart_is_free() -> None:
    assert isinstance(run("provider::aws::arn_parse", join_text(["arn:aws:", free("var.x"), ":role/x"])), Unknown)
    assert isinstance(run("provider::aws::arn_parse", free("var.x")), Unknown)


def test_an_arn_is_built_of_its_parts() -> None:
    built = run("provider::aws::arn_build", "aws", "iam", "", minted("account", ACCOUNT), "role/x")
    assert shown(built) == "arn:aws:iam::${account}:role/x"


def test_the_path_of_a_role_is_left_out() -> None:
    trim = "provider::aws::trim_iam_role_path"
    assert run(trim, "arn:aws:iam::444455556666:role/with/path/example") == "arn:aws:iam::444455556666:role/example"
    assert run(trim, "arn:aws:iam::444455556666:role/example") == "arn:aws:iam::444455556666:role/example"
    assert shown(run(trim, ROLE)) == "arn:aws:iam::${account}:role/${aws_iam_role.r.name}"
    assert isinstance(run(trim, join_text(["arn:aws:iam::444455556666:role/", free("var.x")])), Unknown)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("arn_parse", "aws:iam"),
        ("arn_parse", "arn:aws:iam::1"),
        ("arn_parse", None),
        ("trim_iam_role_path", "arn:aws:s3:::bucket"),
        ("trim_iam_role_path", "arn:aws:iam:eu-west-1:444455556666:role/x"),
        ("trim_iam_role_path", "arn:aws:iam::444455556666:user/x"),
    ],
)
def test_what_is_no_such_arn_is_refused(name: str, argument: str | None) -> None:
    with pytest.raises(EvaluationError):
        run(f"provider::aws::{name}", argument)
