"""What a plan or state marks sensitive is in no report of any format, whichever form it is read in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.support import guard
from tests.plans.roots import BUCKET, CLOSED, PROVIDER, READER, made
from tests.terraform_stub.command import StubbedTerraform
from tf_kms_guard.reports.interface import FORMATS

pytestmark = pytest.mark.oracle

SECRET = "planted-tenant-name"
ROOT = f"""\
variable "tenant" {{
  type      = string
  sensitive = true
  default   = "{SECRET}"
}}
"""


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    "bucket",
    [
        BUCKET.replace(READER, "arn:aws:iam::444455556666:role/${var.tenant}"),
        BUCKET.replace('"acme-shared-data"', '"acme-${var.tenant}"'),
    ],
    ids=["a principal", "a name"],
)
def test_what_is_marked_is_not_shown(
    bucket: str, applied: bool, tmp_path: Path, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = made(tmp_path / "root", {"main.tf": PROVIDER + ROOT + bucket + CLOSED})
    if applied:
        stubbed_terraform.apply(root)
        made(root.directory, {"main.tf": PROVIDER + ROOT + bucket + CLOSED.replace('"shared"', '"changed"')})
    plan = stubbed_terraform.plan(root)
    (root.directory / "plan.json").write_bytes(stubbed_terraform.shown(root, plan))
    assert SECRET in (root.directory / "plan.json").read_text(encoding="utf-8")
    alone = tmp_path / "alone"
    alone.mkdir()
    targets = ["plan.json", "tfplan", *(["terraform.tfstate"] if applied else [])]
    for name in targets:
        shutil.copy(root.directory / name, alone)
    for place in (root.directory, alone):
        monkeypatch.chdir(place)
        for target in targets:
            for format_ in FORMATS:
                ran = guard("check", target, "--format", format_, "--fail-on", "undetermined")
                assert SECRET not in ran.out + ran.err, (target, format_)
            for format_ in ("text", "json"):
                ran = guard("inventory", target, "--format", format_)
                assert SECRET not in ran.out + ran.err, (target, format_)
