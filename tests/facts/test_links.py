"""What the workspace of one facts file looks up and that of another declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import CLOSED_KEY, account, allow, document, provider
from tests.cli.support import OWNER, PARTNER, check, write
from tests.facts.support import collected, same_report
from tests.joined.test_look_ups import ALIAS, BY_ALIAS_ARN, KEY, LAKE, OUTPUTS, S3, THERE, reader, remote_state
from tests.joined.test_two_accounts import owner, place

PARAMETER = """
resource "aws_ssm_parameter" "key" {
  provider = aws.partner
  name     = "/lake/key"
  type     = "String"
  value    = aws_kms_key.data.arn
}
""" + provider(account(PARTNER), "partner")
OTHER_ALIAS = """
resource "aws_kms_alias" "data" {
  name          = "alias/data"
  target_key_id = aws_kms_key.data.key_id
}
"""


def both(directory: Path, one: str, other: str, order: tuple[str, ...] = ("owner", "reader")) -> Any:
    write(directory, {"owner/main.tf": one, "reader/main.tf": other})
    return same_report([directory / name for name in order], directory)


def silent(report: Any) -> bool:
    return report["findings"] == [] and report["undetermined"] == [] and report["errors"] == []


@pytest.mark.parametrize("order", [("owner", "reader"), ("reader", "owner")])
def test_remote_state(tmp_path: Path, order: tuple[str, ...]) -> None:
    assert silent(both(tmp_path, LAKE, reader(KEY, remote_state(THERE)), order))


def test_a_part_of_an_output(tmp_path: Path) -> None:
    nested = 'output "lake" { value = { keys = [{ arn = aws_kms_key.data.arn }] } }\n'
    key = "data.terraform_remote_state.lake.outputs.lake.keys[0].arn"
    assert silent(both(tmp_path, owner() + S3 + nested, reader(key, remote_state(THERE))))


def test_a_gate_that_stays_closed_is_one_error_all_the_same(tmp_path: Path) -> None:
    closed = owner(key=CLOSED_KEY) + S3 + OUTPUTS
    found = both(tmp_path, closed, reader(KEY, remote_state(THERE)))["findings"]
    assert [(f["rule"], place(f["workspace"])) for f in found] == [("KP001", "owner")]


def test_another_state_says_nothing(tmp_path: Path) -> None:
    look_up = remote_state('bucket = "acme-states", key = "other/terraform.tfstate"')
    report = both(tmp_path, LAKE, reader(KEY, look_up))
    assert {one["gate"] for one in report["undetermined"]} == {"identity-kms"}


def test_a_state_on_disk(tmp_path: Path) -> None:
    look_up = remote_state('path = "../owner/terraform.tfstate"', "local")
    assert silent(both(tmp_path, owner() + OUTPUTS, reader(KEY, look_up)))


def test_a_parameter(tmp_path: Path) -> None:
    look_up = 'data "aws_ssm_parameter" "key" { name = "/lake/key" }'
    assert silent(both(tmp_path, owner() + PARAMETER, reader("data.aws_ssm_parameter.key.value", look_up)))


def test_a_parameter_that_may_be_a_secret_is_not_told(tmp_path: Path) -> None:
    text = owner() + PARAMETER.replace("aws_kms_key.data.arn", '"planted-password"')
    write(tmp_path, {"owner/main.tf": text})
    (file,) = collected([tmp_path / "owner"], tmp_path)
    assert "planted-password" not in file.read_text(encoding="utf-8")


def test_a_role_found_by_its_name(tmp_path: Path) -> None:
    named = owner(
        key=document(
            allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root"), allow("kms:Decrypt", principal="${local.who}")
        ),
        bucket=document(allow("s3:GetObject", "${aws_s3_bucket.data.arn}/*", "${local.who}")),
    )
    named += (
        provider(account(PARTNER), "partner")
        + """
data "aws_iam_role" "reader" {
  provider = aws.partner
  name     = "reader"
}
locals { who = data.aws_iam_role.reader.arn }
"""
    )
    there = reader("local.key", 'locals { key = "arn:aws:kms:eu-west-1:111122223333:key/*" }')
    there = there.replace('= "reader"\n  assume', '= "reader"\n  path = "/data/"\n  assume')
    report = both(tmp_path, named, there)
    assert silent(report)
    assert report["summary"]["outsiders"] == 1


def test_a_key_found_by_the_arn_of_an_alias(tmp_path: Path) -> None:
    assert silent(both(tmp_path, owner() + ALIAS, reader("data.aws_kms_key.lake.arn", BY_ALIAS_ARN)))


def test_facts_and_source_are_joined(tmp_path: Path) -> None:
    write(tmp_path, {"owner/main.tf": LAKE, "reader/main.tf": reader(KEY, remote_state(THERE))})
    one, other = tmp_path / "owner", tmp_path / "reader"
    facts = collected([one, other], tmp_path)
    for targets in ([facts[0], other], [one, facts[1]], [facts[1], one]):
        ran = check(*targets)
        assert silent(ran.json)
        assert sorted(entry["kind"] for entry in ran.json["workspaces"]) == ["facts", "hcl"]


def test_two_workspaces_that_read_each_others_state_in_a_circle_are_told(tmp_path: Path) -> None:
    state = remote_state('bucket = "acme-states", key = "b"').replace("lake", "other")
    one = S3 + state + 'output "key_arn" { value = data.terraform_remote_state.other.outputs.key_arn }\n'
    other = S3.replace("lake/terraform.tfstate", "b") + remote_state(THERE) + f'output "key_arn" {{ value = {KEY} }}\n'
    user = reader(KEY, remote_state(THERE))
    names = ("one", "other", "owner", "reader")
    write(tmp_path, dict(zip((f"{name}/main.tf" for name in names), (one, other, owner(), user), strict=True)))
    report = check(*collected([tmp_path / name for name in names], tmp_path)).json
    assert report["findings"] == []
    assert {error["kind"] for error in report["errors"]} == {"evaluation"}
    assert any("refers to itself" in error["message"] for error in report["errors"])
