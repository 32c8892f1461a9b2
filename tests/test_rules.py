"""Every example root of every rule gives exactly the findings that were written down for it by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.rules.finding import Finding, Report

EXAMPLES = Path(__file__).parent / "rules"
ROOTS = sorted(path.parent for path in EXAMPLES.glob("*/*/expected.json"))


def check(directory: Path) -> Report:
    return run_check([str(directory)], RunOptions())


def shown(finding: Finding, directory: Path) -> dict[str, Any]:
    location = finding.location
    assert location is not None
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "gate": finding.rule.gate,
        "resource": finding.resource,
        "file": Path(location.file).resolve().relative_to(directory.resolve()).as_posix(),
        "line": location.line,
        "principal": None if finding.principal is None else finding.principal.value,
    }


def in_order(entries: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def test_every_rule_has_examples_both_ways() -> None:
    from tf_kms_guard.rules.engine import RULES

    for rule in RULES:
        names = [root.name for root in ROOTS if root.parent.name == rule]
        assert sum(name.startswith("bad-") for name in names) >= 2, rule
        assert sum(name.startswith("good-") for name in names) >= 2, rule


@pytest.mark.parametrize("directory", ROOTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_gives_exactly_what_was_worked_out_by_hand(directory: Path) -> None:
    expected = json.loads((directory / "expected.json").read_text())
    report = check(directory)
    assert in_order([shown(finding, directory) for finding in report.findings]) == in_order(expected["findings"])
    open_gates = [{"gate": entry.gate, "principal": entry.principal} for entry in report.undetermined]
    assert in_order(open_gates) == in_order(expected["undetermined"])
    assert report.errors == ()
