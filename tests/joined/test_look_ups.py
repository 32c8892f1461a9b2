"""What one workspace looks up that another one declares: remote state, and data sources by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import CLOSED_KEY, account, allow, document, provider
from tests.cli.support import OWNER, PARTNER, Ran
from tests.joined.test_two_accounts import MAY_READ, both, owner, place, run

S3 = """
terraform {
  backend "s3" {
    bucket = "acme-states"
    key    = "lake/terraform.tfstate"
    region = "eu-west-1"
  }
}
"""
OUTPUTS = """
output "key_arn" { value = aws_kms_key.data.arn }
output "bucket" { value = { arn = aws_s3_bucket.data.arn, name = aws_s3_bucket.data.id } }
"""
LAKE = owner() + S3 + OUTPUTS


def reader(decrypt: str, look_up: str, who: str = account(PARTNER)) -> str:
    """A role that may read, and decrypt with ``decrypt``."""
    return f"""
{provider(who)}
{look_up}
resource "aws_iam_role" "reader" {{
  name               = "reader"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
resource "aws_iam_role_policy" "reader" {{
  role   = aws_iam_role.reader.id
  policy = {document(MAY_READ, allow("kms:Decrypt", "${" + decrypt + "}", None))}
}}
"""


def remote_state(config: str, backend: str = "s3", more: str = "") -> str:
    return f"""
data "terraform_remote_state" "lake" {{
  backend = "{backend}"
  {more}
  config = {{ {config} }}
}}
"""


THERE = 'bucket = "acme-states", key = "lake/terraform.tfstate", region = "eu-west-1"'
KEY = "data.terraform_remote_state.lake.outputs.key_arn"


def silent(ran: Ran) -> bool:
    return ran.json["findings"] == [] and ran.json["undetermined"] == [] and ran.json["errors"] == []


@pytest.mark.parametrize("order", [("owner", "reader"), ("reader", "owner")])
def test_remote_state_gives_the_outputs_of_the_workspace_that_keeps_it(tmp_path: Path, order: tuple[str, ...]) -> None:
    assert silent(both(tmp_path, LAKE, reader(KEY, remote_state(THERE)), order))


def test_a_gate_that_stays_closed_is_one_error_all_the_same(tmp_path: Path) -> None:
    closed = owner(key=CLOSED_KEY) + S3 + OUTPUTS
    found = both(tmp_path, closed, reader(KEY, remote_state(THERE))).json["findings"]
    assert [(f["rule"], place(f["workspace"])) for f in found] == [("KP001", "owner")]


@pytest.mark.parametrize(
    "look_up",
    [
        remote_state('bucket = "acme-states", key = "other/terraform.tfstate"'),
        remote_state(THERE, more='workspace = "prod"'),
        remote_state('bucket = var.states, key = "lake/terraform.tfstate"') + 'variable "states" {}',
    ],
    ids=["another key", "another Terraform workspace", "a bucket that is not known"],
)
def test_another_state_or_one_that_may_be_another_says_nothing(tmp_path: Path, look_up: str) -> None:
    ran = both(tmp_path, LAKE, reader(KEY, look_up))
    assert ran.json["findings"] == []
    assert {one["gate"] for one in ran.json["undetermined"]} == {"identity-kms"}


def test_a_state_on_disk_is_that_of_the_directory(tmp_path: Path) -> None:
    look_up = remote_state('path = "../owner/terraform.tfstate"', "local")
    # Terraform takes a relative path from where it runs: the root module's directory
    assert silent(both(tmp_path, owner() + OUTPUTS, reader(KEY, look_up)))


def test_terraform_cloud_is_matched_by_organization_and_name(tmp_path: Path) -> None:
    cloud = 'terraform { cloud { organization = "acme"\n workspaces { name = "lake" } } }\n'
    cloud = cloud.replace('"acme"\n', '"acme"\n').replace("{ cloud { ", "{\n cloud {\n ").replace(" } } }", "\n}\n}\n}")
    cloud = cloud.replace("workspaces { name", "workspaces {\n name")
    look_up = remote_state('organization = "acme", workspaces = { name = "lake" }', "remote")
    assert silent(both(tmp_path, owner() + cloud + OUTPUTS, reader(KEY, look_up)))


def test_two_workspaces_that_read_each_others_state_in_a_circle_are_told(tmp_path: Path) -> None:
    one = (
        S3
        + remote_state('bucket = "acme-states", key = "b"').replace("lake", "other")
        + ('output "key_arn" { value = data.terraform_remote_state.other.outputs.key_arn }\n')
    )
    other = S3.replace("lake/terraform.tfstate", "b") + remote_state(THERE) + f'output "key_arn" {{ value = {KEY} }}\n'
    user = reader(KEY, remote_state(THERE))
    ran = run(
        tmp_path, {"one": one, "other": other, "owner": owner(), "reader": user}, "one", "other", "owner", "reader"
    )
    assert ran.json["findings"] == []
    assert [error["kind"] for error in ran.json["errors"]] == ["evaluation"]
    assert "refers to itself" in ran.json["errors"][0]["message"]


def test_a_parameter_that_another_workspace_writes_is_read_in_its_own_account(tmp_path: Path) -> None:
    parameter = """
resource "aws_ssm_parameter" "key" {
  provider = aws.partner
  name     = "/lake/key"
  type     = "String"
  value    = aws_kms_key.data.arn
}
""" + provider(account(PARTNER), "partner")
    look_up = 'data "aws_ssm_parameter" "key" { name = "/lake/key" }'
    assert silent(both(tmp_path, owner() + parameter, reader("data.aws_ssm_parameter.key.value", look_up)))
    unknown = both(tmp_path, owner() + parameter, reader("data.aws_ssm_parameter.key.value", look_up, account(OWNER)))
    assert "identity-kms" not in {f["gate"] for f in unknown.json["findings"]}


def test_a_role_found_by_its_name_is_the_one_that_is_declared_there(tmp_path: Path) -> None:
    """The owner looks the role up in the reader's account, path and all."""
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
    there = there.replace(
        'name               = "reader"', 'name               = "reader"\n  path               = "/data/"'
    )
    ran = both(tmp_path, named, there)
    assert silent(ran)
    assert ran.json["summary"]["outsiders"] == 1


ALIAS = """
resource "aws_kms_alias" "data" {
  name          = "alias/data"
  target_key_id = aws_kms_key.data.key_id
}
"""
BY_ALIAS_ARN = f'data "aws_kms_key" "lake" {{ key_id = "arn:aws:kms:eu-west-1:{OWNER}:alias/data" }}'


@pytest.mark.parametrize("order", [("owner", "reader"), ("reader", "owner")])
def test_a_key_looked_up_by_the_arn_of_an_alias_is_the_one_over_there(tmp_path: Path, order: tuple[str, ...]) -> None:
    """DescribeKey takes the ARN of another account's alias; the key that it finds is that account's."""
    assert silent(both(tmp_path, owner() + ALIAS, reader("data.aws_kms_key.lake.arn", BY_ALIAS_ARN), order))


def test_of_an_alias_over_there_that_is_not_declared_it_is_not_known_which_key(tmp_path: Path) -> None:
    ran = both(tmp_path, owner(), reader("data.aws_kms_key.lake.arn", BY_ALIAS_ARN))
    assert ran.json["findings"] == []
    assert {one["gate"] for one in ran.json["undetermined"]} == {"identity-kms"}
