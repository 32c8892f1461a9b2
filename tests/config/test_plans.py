"""What a configuration says of plans: it adjusts what is found, and does not outrank what the plan was made with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import check
from tests.plans.roots import ADMINISTRATION, BUCKET, CLOSED, OPEN, PARTNER, PROVIDER, READER, key, made, planned
from tests.terraform_stub.command import Root, StubbedTerraform
from tf_kms_guard.config.discovery import FILE_NAME

pytestmark = pytest.mark.oracle

ELSEWHERE = f"arn:aws:iam::{PARTNER}:role/somebody-else"
BY_VARIABLE = f"""
variable "reader" {{
  type    = string
  default = "{READER}"
}}
{key(ADMINISTRATION, '{ Effect = "Allow", Principal = { AWS = var.reader }, Action = "kms:Decrypt", Resource = "*" }')}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    root = made(tmp_path / "root", {"main.tf": PROVIDER + BUCKET, ".git/HEAD": ""})
    monkeypatch.chdir(root.directory)
    return root


def test_the_variables_of_the_plan_outrank_those_of_the_configuration(
    root: Root, stubbed_terraform: StubbedTerraform
) -> None:
    config = f'workspace "." {{\n  variables = {{ reader = "{ELSEWHERE}", more = 1 }}\n}}'
    made(root.directory, {"key.tf": BY_VARIABLE, FILE_NAME: config.replace(", more = 1", "")})
    plan = planned(stubbed_terraform, root)
    assert len(check(".").rules) == 1
    made(root.directory, {FILE_NAME: config})
    for target in (plan.name, "tfplan"):
        ran = check(target)
        assert (ran.code, ran.json["findings"], ran.json["errors"]) == (0, [], [])


@pytest.mark.parametrize("target", ["plan.json", "tfplan"])
def test_findings_of_a_plan_are_adjusted_and_those_that_it_resolves(
    target: str, root: Root, stubbed_terraform: StubbedTerraform
) -> None:
    config = f"""
account "partner" {{ id = "{PARTNER}" }}
rule "KP001" {{ severity = "warning" }}
rule "KP002" {{ severity = "warning" }}
"""
    made(root.directory, {"key.tf": CLOSED, FILE_NAME: config})
    stubbed_terraform.apply(root)
    made(root.directory, {"key.tf": CLOSED.replace('"shared"', '"changed"')})
    planned(stubbed_terraform, root)
    (kept,) = check(target).json["findings"]
    assert (kept["change"], kept["severity"]) == ("kept", "warning")
    assert f'{PARTNER} "partner"' in kept["message"]
    made(root.directory, {"key.tf": OPEN})
    planned(stubbed_terraform, root)
    (resolved,) = check(target).json["findings"]
    assert (resolved["change"], resolved["severity"]) == ("resolved", "warning")
