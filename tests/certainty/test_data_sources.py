"""Data sources whose result follows from what they are given: it is known, and no more than that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.support import write
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.terraform.derived import first_unknown
from tf_kms_guard.terraform.workspace import Workspace, load_workspace
from tf_kms_guard.values.text import known

TEMPLATES = """
variable "open" {}
data "template_file" "known" {
  template = file("policy.json")
  vars = {
    account = "444455556666"
    number  = 3
  }
}
data "template_file" "partly" {
  template = "arn:aws:iam::$${account}:root"
  vars     = { account = var.open }
}
data "template_file" "plain" { template = "no variables" }
data "template_file" "wrong" { template = "$${missing}" }
output "known"  { value = data.template_file.known.rendered }
output "partly" { value = data.template_file.partly.rendered }
output "plain"  { value = data.template_file.plain.rendered }
output "wrong"  { value = data.template_file.wrong.rendered }
"""
POLICY = '{"Principal": "arn:aws:iam::${account}:root", "Number": "${number}"}'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(here: Path, **files: str) -> Workspace:
    write(here, {name.replace("_", "."): text for name, text in files.items()})
    return load_workspace(Path("."), AwsSchema(Accounts()))


def test_a_template_file_is_rendered(here: Path) -> None:
    workspace = loaded(here, main_tf=TEMPLATES, policy_json=POLICY)
    text = known(workspace.root.read("known"))
    assert text is not None
    assert json.loads(text) == {"Principal": "arn:aws:iam::444455556666:root", "Number": "3"}
    assert workspace.root.read("plain") == "no variables"
    unknown = first_unknown(workspace.root.read("partly"))
    assert unknown is not None
    assert unknown.identity == "var.open"
    assert workspace.diagnostics == ()


def test_a_template_that_uses_what_it_is_not_given_is_free_and_said(here: Path) -> None:
    workspace = loaded(here, main_tf=TEMPLATES)
    assert first_unknown(workspace.root.read("wrong")) is not None
    (diagnostic,) = workspace.diagnostics
    assert "uses missing, which it is not given" in diagnostic.message


PRINCIPALS = """
provider "aws" { region = "@" }
data "aws_service_principal" "logs" { service_name = "logs" }
output "name" { value = data.aws_service_principal.logs.name }
"""


@pytest.mark.parametrize(("region", "name"), [("eu-west-1", "logs.amazonaws.com"), ("cn-north-1", None)])
def test_the_name_of_a_service_principal_is_known_where_no_service_has_a_name_of_its_own(
    region: str, name: str | None, here: Path
) -> None:
    workspace = loaded(here, main_tf=PRINCIPALS.replace("@", region))
    assert known(workspace.root.read("name")) == name


PERHAPS = """
variable "environment" {}
provider "aws" {
  region = "eu-west-1"
  assume_role { role_arn = "arn:aws:iam::111122223333:role/first" }
  dynamic "assume_role" {
    for_each = var.environment == "dev" ? [] : ["arn:aws:iam::444455556666:role/second"]
    content { role_arn = assume_role.value }
  }
}
data "aws_caller_identity" "me" {}
output "account" { value = data.aws_caller_identity.me.account_id }
"""


def test_a_role_that_may_or_may_not_be_assumed_leaves_the_account_free(here: Path) -> None:
    unknown = first_unknown(loaded(here, main_tf=PERHAPS).root.read("account"))
    assert unknown is not None
    assert not unknown.minted
