"""An account that the user gives, and that the code says otherwise: it counts, and that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import check, write

ASSUMED = """provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}
"""
ALLOWED = """provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
"""
BUCKET = 'resource "aws_s3_bucket" "b" { bucket = "acme-x" }\n'


@pytest.mark.parametrize(
    ("provider", "line", "evidence"), [(ASSUMED, 1, "assume_role"), (ALLOWED, 3, "allowed_account_ids")]
)
def test_an_option_against_the_code_is_told(provider: str, line: int, evidence: str, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": provider + BUCKET})
    (error,) = check("--account", "999999999999", tmp_path).json["errors"]
    assert (Path(error["file"]).name, error["line"]) == ("main.tf", line)
    assert error["message"] == (
        f"the account of aws is 999999999999 by --account, and 444455556666 by {evidence}: the former counts; mend "
        "whichever is wrong"
    )


def test_the_configuration_against_the_code_is_told(tmp_path: Path) -> None:
    write(
        tmp_path, {"main.tf": ASSUMED + BUCKET, ".tf-kms-guard.hcl": 'workspace "." {\n  account = "111122223333"\n}\n'}
    )
    (error,) = check(tmp_path).json["errors"]
    assert "111122223333" in error["message"]
    assert "444455556666 by assume_role" in error["message"]


@pytest.mark.parametrize("provider", [ASSUMED, ALLOWED, 'provider "aws" {\n  region = "eu-west-1"\n}\n'])
def test_where_both_agree_or_one_says_nothing_there_is_nothing_to_tell(provider: str, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": provider + BUCKET})
    assert check("--account", "444455556666", tmp_path).json["errors"] == []
