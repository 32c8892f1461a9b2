"""From the role: a bucket that its policies name and no target declares is told, where it may be another account's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import READER, account, allow
from tests.cli.support import OWNER, PARTNER, check, write
from tests.joined.test_look_ups import KEY, THERE, remote_state
from tests.joined.test_look_ups import reader as looking_up
from tests.joined.test_two_accounts import MAY_DECRYPT, MAY_READ, OBJECTS, reader

STATE = remote_state(THERE)


def told(directory: Path, text: str) -> list[dict[str, Any]]:
    write(directory, {"main.tf": text})
    ran = check(directory)
    assert ran.json["findings"] == []
    found: list[dict[str, Any]] = ran.json["undetermined"]
    return found


def test_the_far_gates_are_undetermined_and_the_target_to_add_is_named(tmp_path: Path) -> None:
    found = told(tmp_path, reader(MAY_READ, MAY_DECRYPT))
    assert [(one["principal"], one["bucket"], one["gate"]) for one in found] == [
        (READER, "acme-shared-data", "bucket-policy"),
        (READER, "acme-shared-data", "key-policy"),
    ]
    assert found[0]["because"] == (
        "the bucket acme-shared-data is not declared in any target, and may be another account's: "
        f"the keys that go with it are of account {OWNER}"
    )
    assert found[0]["settle"].startswith("add the configuration that declares it to the targets")


@pytest.mark.parametrize(
    ("decrypt", "look_up"),
    [
        (KEY, STATE),
        (f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab", ""),
        (
            "data.aws_kms_alias.lake.target_key_arn",
            f'provider "aws" {{\n alias = "lake"\n region = "eu-west-1"\n {account(OWNER)}\n}}\n'
            'data "aws_kms_alias" "lake" {\n provider = aws.lake\n name = "alias/lake"\n}\n',
        ),
    ],
    ids=["remote state", "literal ARN", "data source"],
)
def test_the_key_shows_it_however_it_is_named(tmp_path: Path, decrypt: str, look_up: str) -> None:
    text = looking_up(decrypt, look_up)
    found = told(tmp_path, text.replace("${arn:", "arn:").replace("0ab}", "0ab") if decrypt.startswith("arn") else text)
    assert {(one["bucket"], one["gate"]) for one in found} == {
        ("acme-shared-data", "bucket-policy"),
        ("acme-shared-data", "key-policy"),
    }


def test_a_bucket_of_another_state_is_told_by_what_it_is_called_there(tmp_path: Path) -> None:
    text = looking_up(KEY, STATE).replace("acme-shared-data", "${data.terraform_remote_state.lake.outputs.bucket}")
    found = told(tmp_path, text)
    assert {one["bucket"] for one in found} == {"${data.terraform_remote_state.lake.outputs.bucket}"}
    assert found[0]["settle"] == (
        "add the configuration whose state data.terraform_remote_state.lake reads to the targets"
    )


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
def test_a_condition_on_the_owner_shows_it(tmp_path: Path, key: str) -> None:
    def may(owner: str) -> str:
        return reader(allow("s3:GetObject", OBJECTS, None, Condition={"StringEquals": {key: owner}}))

    assert [one["gate"] for one in told(tmp_path, may(OWNER))] == ["bucket-policy", "key-policy"]
    assert told(tmp_path, may(PARTNER)) == []


@pytest.mark.parametrize(
    "statements",
    [
        (MAY_READ,),
        (MAY_READ, allow("kms:Decrypt", f"arn:aws:kms:eu-west-1:{PARTNER}:key/*", None)),
        (MAY_READ, allow("kms:Decrypt", "*", None)),
        (MAY_READ, allow("kms:Decrypt", "arn:aws:kms:*:*:key/*", None)),
        (MAY_READ, allow("kms:DescribeKey", f"arn:aws:kms:eu-west-1:{OWNER}:key/*", None)),
        (allow("s3:GetObject", "*", None), MAY_DECRYPT),
        (allow("s3:GetObject", "arn:aws:s3:::acme-*/*", None), MAY_DECRYPT),
        (allow("s3:ListAllMyBuckets", "*", None), MAY_DECRYPT),
    ],
    ids=[
        "no key",
        "its own key",
        "any key",
        "a pattern of accounts",
        "no use of the key",
        "any bucket",
        "a pattern",
        "no use",
    ],
)
def test_without_evidence_nothing_is_said(tmp_path: Path, statements: tuple[str, ...]) -> None:
    """The ARN of a bucket has no account: most that a role names are of its own."""
    assert told(tmp_path, reader(*statements)) == []


def test_a_bucket_that_may_be_one_declared_here_is_not_told(tmp_path: Path) -> None:
    own = 'variable "name" {}\nresource "aws_s3_bucket" "own" { bucket = var.name }\n'
    assert told(tmp_path, own + reader(MAY_READ, MAY_DECRYPT)) == []


def test_one_line_for_each_role_and_bucket(tmp_path: Path) -> None:
    twice = allow("s3:GetObject s3:PutObject", OBJECTS, None)
    found = told(tmp_path, reader(MAY_READ, twice, MAY_DECRYPT))
    assert [one["gate"] for one in found] == ["bucket-policy", "key-policy"]
