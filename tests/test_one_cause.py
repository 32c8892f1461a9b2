"""One cause, one finding: each fault is told once, by the rule that explains it best.

The examples of the rules hold one fault each, and the samples too.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.test_rules import ROOTS, check
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.rules.finding import Finding, Severity

BAD = [path for path in ROOTS if path.name.startswith("bad-")]
OF_THE_KEY = [path for path in BAD if path.parent.name[:2] in ("KP", "GR", "CO") or path.parent.name == "KR003"]
SAMPLES = Path(__file__).resolve().parent.parent / "sample_modules" / "cross_account_read"


def errors(findings: tuple[Finding, ...]) -> Counter[str]:
    """How many errors there are, by principal."""
    shown = (one.principal for one in findings if one.severity is Severity.ERROR)
    return Counter("" if principal is None else principal.value for principal in shown)


@pytest.mark.parametrize("directory", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_is_about_its_own_rule_and_tells_each_principal_one_error(directory: Path) -> None:
    findings = check(directory).findings
    assert {finding.rule.id for finding in findings} <= {directory.parent.name}
    assert set(errors(findings).values()) <= {1}


@pytest.mark.parametrize("name", json.loads((SAMPLES.parent.parent / "tests/samples/expected.json").read_text()))
def test_a_sample_has_one_error_at_most(name: str) -> None:
    report = run_check([str(SAMPLES / name)], RunOptions())
    assert errors(report.findings).total() == (0 if name == "ok" else 1)


@pytest.mark.parametrize("directory", OF_THE_KEY, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_key_that_never_works_silences_what_is_wrong_with_its_policies(directory: Path, tmp_path: Path) -> None:
    """An AWS managed key, or a key of another Region, denies everybody: the rest is not worth a word."""
    text = (directory / "main.tf").read_text()
    managed = "\n".join(line for line in text.split("\n") if not line.strip().startswith("kms_master_key_id"))
    elsewhere = text.replace(
        'resource "aws_s3_bucket" "data" {', 'resource "aws_s3_bucket" "data" {\n  region = "us-east-1"'
    )
    for name, changed, rule in (("managed", managed, "KC001"), ("elsewhere", elsewhere, "KC003")):
        root = tmp_path / name
        root.mkdir()
        (root / "main.tf").write_text(changed)
        found = {finding.rule.id for finding in run_check([str(root)], RunOptions()).findings}
        assert changed != text
        assert rule in found
        assert not {one for one in found if one.startswith(("KP", "KR", "GR")) or one in ("ID002", "ID003")}
