"""Every example of every rule gives exactly the findings that were written down for it by hand.

An example is a root module, or what a root module is before and after a change, which Terraform then plans.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.terraform_stub.command import Root, StubbedTerraform
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.rules.finding import Finding, Report

EXAMPLES = Path(__file__).parent / "rules"
ALL = sorted(path.parent for path in EXAMPLES.glob("*/*/expected.json"))
ROOTS = [path for path in ALL if (path / "main.tf").exists()]
CHANGES = [path for path in ALL if path not in ROOTS]


def check(directory: Path) -> Report:
    return run_check([str(directory)], RunOptions())


def shown(finding: Finding, directory: Path) -> dict[str, Any]:
    location = finding.location
    assert location is not None
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "gate": finding.gate,
        "resource": finding.resource,
        "file": Path(location.file).resolve().relative_to(directory.resolve()).as_posix(),
        "line": location.line,
        "principal": None if finding.principal is None else finding.principal.value,
    }


def in_order(entries: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def assert_as_expected(report: Report, directory: Path, expected: dict[str, Any]) -> None:
    assert in_order([shown(finding, directory) for finding in report.findings]) == in_order(expected["findings"])
    open_gates = [{"gate": entry.gate, "principal": entry.principal} for entry in report.undetermined]
    assert in_order(open_gates) == in_order(expected["undetermined"])
    assert report.errors == ()


def test_every_rule_has_examples_both_ways() -> None:
    from tf_kms_guard.rules.engine import RULES

    for rule in RULES:
        names = [root.name for root in ALL if root.parent.name == rule]
        assert sum(name.startswith("bad-") for name in names) >= 2, rule
        assert sum(name.startswith("good-") for name in names) >= 2, rule


@pytest.mark.parametrize("directory", ROOTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_gives_exactly_what_was_worked_out_by_hand(directory: Path) -> None:
    expected = json.loads((directory / "expected.json").read_text())
    assert_as_expected(check(directory), directory, expected)


@pytest.mark.oracle
@pytest.mark.parametrize("directory", CHANGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_change_gives_exactly_what_was_worked_out_by_hand(
    directory: Path, stubbed_terraform: StubbedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan file and its JSON beside the source, alike; alone there is nothing that they do not say."""
    expected = json.loads((directory / "expected.json").read_text())
    root = Root(tmp_path / "after")
    shutil.copytree(directory / "before", root.directory)
    stubbed_terraform.apply(root)
    shutil.copytree(directory / "after", root.directory, dirs_exist_ok=True)
    plan = stubbed_terraform.plan(root)
    (root.directory / "plan.json").write_bytes(stubbed_terraform.shown(root, plan))
    monkeypatch.chdir(root.directory)
    for target in ("tfplan", "plan.json"):
        assert_as_expected(run_check([target], RunOptions()), tmp_path, expected)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy("plan.json", alone)
    monkeypatch.chdir(alone)
    said = {(finding["rule"], finding["resource"]) for finding in expected["findings"]}
    report = run_check(["plan.json"], RunOptions())
    assert {(finding.rule.id, finding.resource) for finding in report.findings} <= said
