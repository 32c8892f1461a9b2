"""The sample modules: each gives exactly its finding, and what the report asks for silences it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import ROOT, RULES, check, guard, program
from tests.pasting import paste, printed

SAMPLES = ROOT / "sample_modules" / "cross_account_read"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests" / "samples" / "expected.json").read_text())
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())

KEY_FOR_THE_READER = """
resource "aws_kms_key" "mended" {
  provider = aws.owner

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.reader.arn }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
    ]
  })
}
"""


def test_every_sample_has_its_expected_findings_written_down() -> None:
    assert sorted(EXPECTED) == NAMES


def test_the_run_in_the_readme_is_what_the_program_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, shown = readme.split("$ tf-kms-guard check no_key_grant\n\n", maxsplit=1)
    assert guard("check", "no_key_grant").out == shown.split("```", maxsplit=1)[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_exactly_its_own_finding(name: str, tmp_path: Path) -> None:
    where = f"sample_modules/cross_account_read/{name}"
    ran = program("check", where, "--format", f"json={tmp_path / 'report.json'}")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (ran.out, ran.err) == ("", "")
    assert [brief(finding) for finding in report["findings"]] == EXPECTED[name]
    assert (report["undetermined"], report["errors"]) == ([], [])
    assert ran.code == (1 if EXPECTED[name] else 0)


def brief(finding: dict[str, Any]) -> dict[str, Any]:
    """What an expectation names of a finding."""
    return {
        "rule": finding["rule"],
        "severity": finding["severity"],
        "resource": finding["resource"],
        "file": finding["location"]["file"],
        "line": finding["location"]["line"],
        "principal": finding["principal"]["value"],
    }


def test_the_sample_in_which_everything_is_right_is_silent() -> None:
    ran = program("check", "sample_modules/cross_account_read/ok")
    assert (ran.code, ran.out, ran.err) == (0, "1 bucket, 1 key, 1 outsider: every gate is open\n", "")


@pytest.mark.parametrize("name", ["default_key_policy", "no_bucket_grant", "no_identity_grant", "no_key_grant"])
def test_the_printed_statement_pasted_in_silences_the_sample(name: str, tmp_path: Path) -> None:
    copy = shutil.copytree(SAMPLES / name, tmp_path / name)
    (help_,) = printed(program("check", cwd=copy).out)
    (finding,) = program("check", "--format", "json", cwd=copy).json["findings"]
    paste(copy, finding, help_.statements[0])
    assert_silent(copy)


def use_the_printed_reference(copy: Path, words: str) -> None:
    reference = re.search(r"kms_master_key_id = (\S+)$", words)
    assert reference is not None
    change(copy / "bucket.tf", r"(kms_master_key_id\s*= ).*", rf"\g<1>{reference[1]}")


def create_a_customer_managed_key(copy: Path, words: str) -> None:
    assert "create an aws_kms_key whose policy lets the other account in" in words
    assert "set its ARN as kms_master_key_id" in words
    (copy / "kms.tf").write_text(KEY_FOR_THE_READER, encoding="utf-8")
    key = "kms_master_key_id = aws_kms_key.mended.arn"
    change(copy / "bucket.tf", r'(sse_algorithm) = "aws:kms"', rf'\g<1> = "aws:kms"\n      {key}')


def use_sse_s3(copy: Path, words: str) -> None:
    assert "or use SSE-S3 (AES256)" in words
    change(copy / "bucket.tf", '"aws:kms"', '"AES256"')


def create_the_key_beside_the_bucket(copy: Path, words: str) -> None:
    assert "use a key of eu-west-1: create it with the bucket's provider configuration" in words
    change(copy / "kms.tf", r"provider = aws\.owner_keys", "provider = aws.owner")


def change(file: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("alias_reference", use_the_printed_reference),
        ("aws_managed_key", create_a_customer_managed_key),
        ("aws_managed_key", use_sse_s3),
        ("wrong_region", create_the_key_beside_the_bucket),
    ],
)
def test_what_the_help_line_says_silences_the_sample(
    name: str, mend: Callable[[Path, str], None], tmp_path: Path
) -> None:
    copy = shutil.copytree(SAMPLES / name, tmp_path / name)
    (help_,) = printed(program("check", cwd=copy).out)
    assert help_.statements == ()
    mend(copy, help_.words)
    assert_silent(copy)


def assert_silent(copy: Path) -> None:
    """Nothing is found there, nothing is undetermined, and every gate was looked at."""
    ran = program("check", "--format", "text", "--format", "json=report.json", cwd=copy)
    report = json.loads((copy / "report.json").read_text(encoding="utf-8"))
    assert (report["findings"], report["undetermined"], report["errors"]) == ([], [], [])
    assert (ran.code, ran.err) == (0, "")
    assert report["summary"]["buckets"] == 1


WITH_STATEMENTS = [
    path.parent
    for path in sorted(RULES.glob("*/bad-*/expected.json"))
    if path.parent.parent.name in ("KP001", "KP002", "KP003", "KP007", "BP001", "ID001", "ID002", "ID003")
]


@pytest.mark.parametrize("example", WITH_STATEMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_printed_statements_pasted_in_silence_the_example_of_a_rule(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(example, tmp_path / "copy")
    monkeypatch.chdir(copy)
    findings = check().json["findings"]
    helps = printed(guard("check").out)
    assert [help_.rule for help_ in helps] == [finding["rule"] for finding in findings]
    pairs = sorted(zip(findings, helps, strict=True), key=lambda pair: -pair[0]["location"]["line"])
    for finding, help_ in pairs:
        paste(copy, finding, help_.statements[0])
    again = check()
    assert again.json["findings"] == []
    assert again.json["errors"] == []
    assert again.code == 0
