"""Every example and sample through all forms of input: planned by the real Terraform, read in each form."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import FORMS
from tests.evaluation.test_against_terraform import OWN
from tests.plans.test_against_terraform import prepared
from tests.terraform_stub.command import Root, StubbedTerraform
from tests.test_rules import ROOTS
from tests.test_samples import NAMES, SAMPLES
from tf_kms_guard.cli.inventory import inventory_of_targets
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.rules.finding import Finding, Report, Severity

GIVEN = {
    "region": "eu-west-1",
    "key_policy": "{}",
    "share_with_partner": "true",
    "partner_account_id": "444455556666",
    "other_account_id": "777788889999",
    "enabled": "true",
}
"""Values for the variables that examples leave open: Terraform plans nothing without them."""

EXAMPLES = [*ROOTS, *(SAMPLES / name for name in NAMES)]


def variables_of(directory: Path) -> tuple[tuple[str, str], ...]:
    source = "".join(path.read_text(encoding="utf-8") for path in directory.glob("*.tf"))
    return tuple((name, value) for name, value in GIVEN.items() if f'variable "{name}"' in source)


def found(finding: Finding) -> tuple[object, ...]:
    location = finding.location
    assert location is not None
    principal = None if finding.principal is None else finding.principal.value
    return finding.rule.id, finding.severity, finding.resource, principal, location.file, location.line


def problem(finding: Finding) -> tuple[object, ...]:
    principal = None if finding.principal is None else finding.principal.value
    return finding.gate, finding.resource, principal


def left_open(report: Report) -> set[tuple[str, str, str]]:
    return {(one.gate, one.bucket, one.principal) for one in report.undetermined}


class Planned:
    """A root module that was planned, with its plan in both forms."""

    def __init__(self, root: Root, alone: Path) -> None:
        self.root = root
        self.alone = alone


@pytest.fixture
def planned(stubbed_terraform: StubbedTerraform, tmp_path: Path) -> Callable[[Path], Planned]:
    def plan(directory: Path) -> Planned:
        root = stubbed_terraform.copy(directory, tmp_path, variables_of(directory))
        shown = stubbed_terraform.show(root, stubbed_terraform.plan(root))
        alone = tmp_path / "alone"
        alone.mkdir()
        for place in (root.directory, alone):
            (place / "plan.json").write_text(json.dumps(shown), encoding="utf-8")
        return Planned(root, alone)

    return plan


@pytest.mark.oracle
@pytest.mark.parametrize("directory", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_form_of_input_gives_the_same_findings(
    directory: Path,
    planned: Callable[[Path], Planned],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    one = planned(directory)
    monkeypatch.chdir(one.root.directory)
    source = run_check(["."], RunOptions(variables=one.root.variables))
    beside = run_check(["plan.json"], RunOptions())
    file = run_check(["tfplan"], RunOptions())
    monkeypatch.chdir(one.alone)
    alone = run_check(["plan.json"], RunOptions())

    for report, kind in ((beside, "plan"), (file, "tfplan")):
        assert [workspace.kind for workspace in report.workspaces] == [kind]
        assert sorted(map(found, report.findings), key=str) == sorted(map(found, source.findings), key=str)
        assert left_open(report) == left_open(source)
        assert report.errors == source.errors
        assert {finding.change for finding in report.findings} <= {"introduced"}
    certain = [finding for finding in alone.findings if finding.severity is Severity.ERROR]
    everybody = {(gate, resource, None) for gate, resource, _ in map(problem, source.findings)}
    assert set(map(problem, certain)) <= set(map(problem, source.findings)) | everybody
    if len(alone.findings) < len(source.findings):
        assert alone.undetermined or alone.errors  # what it does not see, it does not call clean

    counts: Counter[str] = Counter()
    for name, report in (("source", source), ("plan JSON beside it", beside), ("plan file", file), ("alone", alone)):
        counts[f"{name}: findings"] = len(report.findings)
        counts[f"{name}: undetermined"] = len(report.undetermined)
    record_property(FORMS, dict(counts))


def declared(target: str, options: RunOptions) -> dict[str, set[str]]:
    inventory = inventory_of_targets([target], options)
    (workspace,) = inventory["workspaces"]
    return {
        kind: {thing["address"] for thing in workspace[kind]} for kind in ("buckets", "keys", "identities", "grants")
    }


@pytest.mark.oracle
@pytest.mark.parametrize("directory", OWN, ids=lambda path: path.name)
def test_every_form_of_input_declares_the_same_things(
    directory: Path, stubbed_terraform: StubbedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = prepared(directory, stubbed_terraform, tmp_path)
    shown = stubbed_terraform.show(root, stubbed_terraform.plan(root))
    alone = tmp_path / "alone"
    alone.mkdir()
    for place in (root.directory, alone):
        (place / "plan.json").write_text(json.dumps(shown), encoding="utf-8")
    monkeypatch.chdir(root.directory)
    source = declared(".", RunOptions(variables=root.variables, workspace_name=root.workspace))
    assert declared("plan.json", RunOptions()) == source
    assert declared("tfplan", RunOptions()) == source
    monkeypatch.chdir(alone)
    assert declared("plan.json", RunOptions()) == source


@pytest.mark.oracle
@pytest.mark.parametrize("directory", [SAMPLES / name for name in NAMES], ids=lambda path: path.name)
def test_what_is_deployed_is_kept_by_a_plan_that_changes_nothing(
    directory: Path, stubbed_terraform: StubbedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = stubbed_terraform.copy(directory, tmp_path)
    monkeypatch.chdir(root.directory)
    source = run_check(["."], RunOptions())
    stubbed_terraform.apply(root)
    stubbed_terraform.plan(root)
    plan = run_check(["tfplan"], RunOptions())
    assert sorted(map(found, plan.findings), key=str) == sorted(map(found, source.findings), key=str)
    assert {finding.change for finding in plan.findings} <= {"kept"}
    shutil.rmtree(root.directory / ".terraform", ignore_errors=True)
    state = run_check(["terraform.tfstate"], RunOptions())
    assert [workspace.kind for workspace in state.workspaces] == ["state"]
    assert {problem(finding) for finding in state.findings} <= {problem(finding) for finding in source.findings}
    assert len(state.findings) == len(source.findings) or state.undetermined
