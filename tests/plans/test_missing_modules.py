"""A plan beside its source, of which some modules are not downloaded: these are read from the plan alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.support import guard
from tests.plans.roots import BUCKET, CLOSED, OPEN, PROVIDER, made
from tests.terraform_stub.command import StubbedTerraform
from tf_kms_guard.cli.run import RunOptions, run_check

pytestmark = pytest.mark.oracle

OUTPUTS = 'output "arn" { value = aws_kms_key.data.arn }\n'
CALL = """\
module "key" {
  source = "acme/key/aws"
  name   = "shared"
}
"""


def planned_with_downloads(root: Path, terraform: StubbedTerraform, text: str, module: str, *, apply: bool) -> None:
    """Plan a root whose module is downloaded, and take the download away again."""
    files = {"main.tf": text, ".terraform/modules/key/main.tf": 'variable "name" {}\n' + module + OUTPUTS}
    modules = [
        {"Key": "", "Source": "", "Dir": "."},
        {
            "Key": "key",
            "Source": "registry.terraform.io/acme/key/aws",
            "Version": "1.0.0",
            "Dir": ".terraform/modules/key",
        },
    ]
    copied = made(root, {**files, ".terraform/modules/modules.json": json.dumps({"Modules": modules})})
    if apply:
        terraform.apply(copied)
    plan = terraform.plan(copied)
    (root / "plan.json").write_bytes(terraform.shown(copied, plan))
    shutil.rmtree(root / ".terraform")


@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_what_is_in_a_module_is_read_from_the_plan(
    apply: bool, closed: bool, tmp_path: Path, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PROVIDER + CALL + BUCKET.replace("aws_kms_key.data.arn", "module.key.arn")
    planned_with_downloads(tmp_path, stubbed_terraform, text, CLOSED if closed else OPEN, apply=apply)
    monkeypatch.chdir(tmp_path)
    report = run_check(["plan.json"], RunOptions())
    found = [(finding.rule.gate, finding.resource, finding.confidence.value) for finding in report.findings]
    # what stands around the key's ARN in the module's output is not told
    assert found == ([("key-policy", "module.key.aws_kms_key.data", "medium")] if closed else [])
    assert report.keys == 1
    (note,) = report.errors
    assert note.kind == "module-missing"
    assert note.message == (
        "module.key is read from plan.json alone: its source acme/key/aws is not downloaded: run terraform get in ."
    )
    assert guard("check", "plan.json").code == (1 if closed else 0)
