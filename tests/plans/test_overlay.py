"""What a plan knows, laid over the source: instances, existing ids, data sources, accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import check, guard
from tests.plans.roots import ADMINISTRATION, BUCKET, CLOSED, OPEN, PROVIDER, SHARED, key, made, planned
from tests.terraform_stub.command import StubbedTerraform

pytestmark = pytest.mark.oracle

OPTIONAL = f"""\
variable "share" {{ type = bool }}
data "aws_kms_key" "other" {{
  key_id = "alias/other"
}}
locals {{
  statements = concat([{ADMINISTRATION}], [for s in [{SHARED}] : s if data.aws_kms_key.other.enabled == var.share])
}}
resource "aws_kms_key" "data" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = local.statements }})
}}
"""
"""A key whose policy hangs on a data source that Terraform reads while it plans."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "root"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


def inventory(target: str, *options: str) -> dict[str, object]:
    ran = guard("inventory", target, "--format", "json", *options)
    (workspace,) = ran.json["workspaces"]
    assert isinstance(workspace, dict)
    return workspace


def addresses(workspace: dict[str, object], kind: str) -> list[str]:
    things = workspace[kind]
    assert isinstance(things, list)
    return [thing["address"] for thing in things]


def test_a_data_source_that_was_read_settles_what_the_source_leaves_open(
    here: Path, stubbed_terraform: StubbedTerraform
) -> None:
    root = made(here, {"main.tf": PROVIDER + BUCKET, "key.tf": OPTIONAL, "x.auto.tfvars": "share = true\n"})
    assert check(".").json["undetermined"]
    for target in (planned(stubbed_terraform, root).name, "tfplan"):
        ran = check(target)
        assert [entry for entry in ran.json["undetermined"] if entry["gate"] == "key-policy"] == []


def test_the_variables_are_those_of_the_plan_and_an_option_outranks_them(
    here: Path, stubbed_terraform: StubbedTerraform
) -> None:
    files = {
        "main.tf": PROVIDER + BUCKET,
        "key.tf": 'variable "action" { default = "kms:DescribeKey" }\n'
        + key(ADMINISTRATION, SHARED.replace('"kms:Decrypt"', "var.action")),
        "x.auto.tfvars": 'action = "kms:Decrypt"\n',
    }
    root = made(here, files)
    stubbed_terraform.plan(root)
    (here / "x.auto.tfvars").unlink()
    assert check(".").rules == ["KP003"]
    assert check("tfplan").rules == []
    assert check("tfplan", "--var", "action=kms:DescribeKey").rules == ["KP003"]


def test_count_and_for_each_that_the_source_leaves_open_are_settled(
    here: Path, stubbed_terraform: StubbedTerraform
) -> None:
    text = """\
data "aws_kms_key" "other" { key_id = "alias/other" }
resource "aws_kms_key" "maybe" { count = data.aws_kms_key.other.enabled ? 1 : 0 }
resource "aws_kms_key" "never" { count = data.aws_kms_key.other.enabled ? 0 : 1 }
resource "aws_kms_key" "each" { for_each = toset([data.aws_kms_key.other.key_state]) }
module "keys" {
  source   = "./keys"
  for_each = toset([data.aws_kms_key.other.key_state])
}
"""
    root = made(here, {"main.tf": PROVIDER + text, "keys/main.tf": 'resource "aws_kms_key" "inner" {}\n'})
    stubbed_terraform.copy(here, here.parent / "copied")
    root = made(here.parent / "copied" / here.name, {})
    shown = stubbed_terraform.show(root, stubbed_terraform.plan(root))
    made_there = [
        change["address"]
        for change in shown["resource_changes"]
        if change["mode"] == "managed" and change["type"] == "aws_kms_key"
    ]
    assert sorted(addresses(inventory(str(root.directory / "tfplan")), "keys")) == sorted(made_there)
    assert len(made_there) == 3


def test_ids_and_the_account_of_what_is_there_are_known(here: Path, stubbed_terraform: StubbedTerraform) -> None:
    root = made(here, {"main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n' + BUCKET, "key.tf": OPEN})
    stubbed_terraform.apply(root)
    stubbed_terraform.plan(root)
    workspace = inventory("tfplan")
    (found,) = workspace["keys"]  # type: ignore[misc]
    assert "${" not in found["arn"]
    (account,) = workspace["accounts"]  # type: ignore[misc]
    assert account["id"] == found["arn"].split(":")[4]
    assert account["evidence"] == "aws_kms_key.data in tfplan"


def test_the_key_policy_that_aws_has_counts_where_nothing_sets_one(
    here: Path, stubbed_terraform: StubbedTerraform
) -> None:
    root = made(here, {"main.tf": PROVIDER + BUCKET, "key.tf": OPEN})
    stubbed_terraform.apply(root)
    made(here, {"key.tf": 'resource "aws_kms_key" "data" {\n  description = "shared"\n}\n'})
    assert check(".").rules == ["KP002"]
    stubbed_terraform.plan(root)
    assert check("tfplan").rules == []


def test_files_that_functions_read_are_free_without_their_directory(
    here: Path, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'resource "aws_kms_key" "data" {\n  policy = file("${path.module}/key.json")\n}\n'
    policy = '{"Version": "2012-10-17", "Statement": []}'
    root = made(here, {"main.tf": PROVIDER + BUCKET, "key.tf": text, "key.json": policy})
    plan = stubbed_terraform.plan(root).resolve()
    elsewhere = here.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    ran = check(plan)  # its own directory has the same files
    assert (ran.rules, ran.json["errors"]) == (["KP001"], [])
    moved = elsewhere / "tfplan"
    moved.write_bytes(plan.read_bytes())
    ran = check(moved)
    assert ran.rules == ["KP001"]  # the plan knows the text itself
    assert [error["kind"] for error in ran.json["errors"]] == ["evaluation"]
    assert "--source DIR" in ran.json["errors"][0]["message"]


def test_a_plan_of_some_targets_alone_does_not_say_that_the_rest_is_gone(
    here: Path, stubbed_terraform: StubbedTerraform
) -> None:
    root = made(here, {"main.tf": PROVIDER + BUCKET, "key.tf": CLOSED})
    stubbed_terraform._run(root, "plan", "-no-color", "-target=aws_s3_bucket.data", "-out=tfplan")
    assert check("tfplan").rules == ["KP001"]
