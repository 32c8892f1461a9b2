"""Root modules evaluated by us and by the real Terraform with the stub AWS provider: every value agrees."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EVALUATION
from tests.evaluation.comparing import compare
from tests.terraform_stub.command import StubbedTerraform
from tests.terraform_stub.provider import Mode
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.workspace import WorkspaceOptions, load_workspace

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
OWN = sorted(path for path in (HERE / "roots").iterdir() if path.is_dir())
SAMPLES = sorted({path.parent for path in (PROJECT / "sample_modules" / "cross_account_read").glob("*/*.tf")})
EXAMPLES = sorted(path.parent for path in (PROJECT / "tests" / "rules").glob("*/*/main.tf"))

_POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
WITHHELD = {
    "enabled": "true",
    "key_policy": _POLICY,
    "other_account_id": "444455556666",
    "partner_account_id": "444455556666",
    "region": "eu-west-1",
    "share_with_partner": "true",
}
"""Values for variables that examples leave open on purpose: only Terraform needs them."""


def settings_of(directory: Path) -> dict[str, Any]:
    """``harness.json`` beside the files names variables and the workspace to evaluate with."""
    file = directory / "harness.json"
    settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return settings


def withheld_from(directory: Path) -> dict[str, str]:
    text = "".join(path.read_text(encoding="utf-8") for path in directory.glob("*.tf"))
    return {name: value for name, value in WITHHELD.items() if _has_no_default(text, name)}


def _has_no_default(text: str, variable: str) -> bool:
    _, found, rest = text.partition(f'variable "{variable}"')
    return bool(found) and "default" not in rest.split("\n}", 1)[0]


@pytest.mark.oracle
@pytest.mark.parametrize("directory", [*OWN, *SAMPLES, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_value_is_the_one_that_terraform_comes_to(
    directory: Path,
    stubbed_terraform: StubbedTerraform,
    tmp_path: Path,
    record_property: Any,
) -> None:
    settings = settings_of(directory)
    variables, workspace = settings.get("variables", {}), settings.get("workspace")
    told = {**variables, **withheld_from(directory)}
    root = stubbed_terraform.copy(directory, tmp_path, tuple(told.items()), workspace)
    state = stubbed_terraform.apply(root)
    result = compare(
        root.directory,
        state,
        WorkspaceOptions(variables=tuple(told.items()), workspace_name=workspace),
        WorkspaceOptions(variables=tuple(variables.items()), workspace_name=workspace),
    )
    counts = {
        "roots": 1,
        "known": result.known,
        "documents": result.documents,
        "known differing": sum(line.startswith("known") for line in result.differing),
        "blind": result.blind,
        "blind differing": sum(line.startswith("blind") for line in result.differing),
        "left open": result.left_open,
    }
    record_property(EVALUATION, counts)
    assert result.known > 0
    assert not result.differing, "\n".join(result.differing)


@pytest.mark.oracle
def test_a_plan_of_the_stub_leaves_unknown_what_aws_assigns_or_makes_it_up(
    stubbed_terraform: StubbedTerraform, tmp_path: Path
) -> None:
    directory = PROJECT / "sample_modules" / "cross_account_read" / "no_key_grant"
    root = stubbed_terraform.copy(directory, tmp_path)
    after: dict[Mode, dict[str, Any]] = {}
    for mode in Mode:
        shown = stubbed_terraform.show(root, stubbed_terraform.plan(root, mode))
        after[mode] = {change["address"]: change["change"]["after"] for change in shown["resource_changes"]}
    assert "arn" not in after[Mode.NORMAL]["aws_kms_key.data"]
    arn = after[Mode.MADE_UP]["aws_kms_key.data"]["arn"]
    assert arn.startswith("arn:aws:kms:eu-west-1:111122223333:key/")
    assert "policy" not in after[Mode.NORMAL]["aws_iam_role_policy.reader"]
    assert arn in after[Mode.MADE_UP]["aws_iam_role_policy.reader"]["policy"]


def test_types_in_quotes_mean_what_they_meant_in_terraform_0_11(tmp_path: Path) -> None:
    """Terraform itself refuses them since 1.0, so the same root without quotes is the judge."""
    bare = HERE / "roots" / "legacy_syntax"
    text = (bare / "main.tf").read_text(encoding="utf-8")
    quoted = re.sub(r"(type\s+= )(string|list|map)$", r'\1"\2"', text, flags=re.MULTILINE)
    assert quoted.count('"list"') == 2
    (tmp_path / "main.tf").write_text(quoted, encoding="utf-8")
    ours = [load_workspace(directory, AwsSchema(Accounts())) for directory in (bare, tmp_path)]
    assert [workspace.diagnostics for workspace in ours] == [(), ()]
    spelled = [identity_of(workspace.root.read("all")) for workspace in ours]
    assert spelled[0] == spelled[1]


def test_at_least_thirty_roots_are_made_for_this() -> None:
    assert len(OWN) >= 30
