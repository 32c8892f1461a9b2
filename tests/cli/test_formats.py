"""``check --format``: which report goes where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import CLOSED, OPEN, PROGRAM, ROOT, guard, program, shared_bucket, write
from tests.reports import consumers
from tf_kms_guard.reports.interface import FORMATS

BROKEN = {"main.tf": CLOSED, "broken.tf": 'resource "aws_s3_bucket" {\n'}
UNDETERMINED = shared_bucket(reader="var.partner", extra='variable "partner" {}')


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


def test_each_format_goes_to_its_file_in_one_run(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    ran = guard("check", *(f"--format={name}=out.{name}" for name in FORMATS))
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    for name in FORMATS:
        written = Path(f"out.{name}").read_text(encoding="utf-8")
        consumers.read(name, written)
        assert "KP001" in written


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("files", [{"main.tf": OPEN}, {"main.tf": CLOSED}, {"main.tf": UNDETERMINED}, BROKEN])
def test_each_format_shows_every_kind_of_report(here: Path, name: str, files: dict[str, str]) -> None:
    write(here, files)
    ran = guard("check", "--format", name)
    assert ran.code == (2 if files is BROKEN else 1 if files["main.tf"] is CLOSED else 0)
    of = consumers.read(name, ran.out)
    if of is not None:
        found = "\n".join(consumers.strings(of))
        assert ("KP001" in found) or files["main.tf"] is not CLOSED
        assert ("broken.tf" in found) == (files is BROKEN)
        assert files["main.tf"] is not UNDETERMINED or "partner" in found


def test_sarif_and_junit_list_the_rules_that_ran(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    guard("check", "--ignore", "BP001", "--format", "sarif=out.sarif", "--format", "junit=out.xml")
    rules = [rule["id"] for rule in json.loads(Path("out.sarif").read_text())["runs"][0]["tool"]["driver"]["rules"]]
    assert "KP001" in rules
    assert "KR002" in rules
    assert "BP001" not in rules
    tests = {case.get("classname") for case in consumers.junit(Path("out.xml").read_text()).iter("testcase")}
    assert tests == {f"tf-kms-guard.{rule}" for rule in rules}


def test_a_file_that_cannot_be_written_is_told_and_the_others_are_written(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    ran = guard("check", "--format=sarif=no/such/a.sarif", "--format=json=b.json", "--format=csv=.", "--format=github")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "tf-kms-guard: --format sarif=no/such/a.sarif: cannot write no/such/a.sarif: No such file or directory",
        "tf-kms-guard: --format csv=.: cannot write .: Is a directory",
    ]
    assert json.loads(Path("b.json").read_text())["summary"]["error"] == 1
    assert ran.out.startswith("::error file=main.tf,")


def test_files_are_written_even_if_nobody_reads_the_screen(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    command = f"'{PROGRAM}' check --format text --format json=out.json | true"
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    assert json.loads(Path("out.json").read_text())["summary"]["error"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told_wherever_the_report_goes(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    command = f"'{PROGRAM}' check --format csv > /dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "tf-kms-guard: --format csv: cannot write to the screen: No space left on device\n"
    ran = program("check", "--format", "csv=/dev/full", cwd=here)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "tf-kms-guard: --format csv=/dev/full: cannot write /dev/full: No space left on device\n"


@pytest.mark.parametrize(
    ("formats", "words"),
    [
        (["text", "json"], "only one report can go to the screen"),
        (["yaml"], "--format yaml: choose one of text, json, sarif"),
        (["json="], "name a file after the ="),
        (["json=a", "csv=a"], "two reports cannot go to one file, a"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(here: Path, formats: list[str], words: str) -> None:
    write(here, {"main.tf": CLOSED})
    ran = guard("check", *(part for name in formats for part in ("--format", name)))
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert sorted(os.listdir()) == ["main.tf"]


def test_github_appends_a_summary_to_that_of_the_step(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, {"main.tf": CLOSED, "summary.md": "# Earlier\n"})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    guard("check", "--format", "json")
    assert Path("summary.md").read_text() == "# Earlier\n"
    ran = guard("check", "--format", "github")
    assert (ran.code, ran.err) == (1, "")
    summary = Path("summary.md").read_text(encoding="utf-8")
    assert summary.startswith("# Earlier\n<!-- tf-kms-guard -->\n### tf-kms-guard\n")
    assert len(consumers.page(summary).xpath("//details")) == 1


def test_a_summary_that_cannot_be_written_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, {"main.tf": CLOSED})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/such.md")
    ran = guard("check", "--format", "github")
    assert (ran.code, ran.out.count("::error")) == (2, 1)
    assert ran.err == "tf-kms-guard: GITHUB_STEP_SUMMARY: cannot write no/such.md: No such file or directory\n"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_to_a_screen_without_unicode(here: Path, name: str) -> None:
    write(here, {"main.tf": CLOSED.replace("acme-shared-data", "acmé")})
    ran = program("check", "--format", name, cwd=here, environment={"PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.isascii()
    if name != "text":
        consumers.read(name, ran.out)


def test_help_and_the_documentation_name_every_format() -> None:
    help_ = program("check", "--help").out
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \[?`(\w+)`.*`tf-kms-guard check.*` \|$", page, re.MULTILINE)
    assert named == list(FORMATS)
    assert all(re.search(rf"\b{name}\b", help_) for name in FORMATS)


def test_a_format_that_is_not_used_is_not_imported(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    script = (
        "import sys\nfrom tests.cli.support import guard\nguard('check', 'main.tf')\n"
        "print([name for name in sys.modules if name.startswith('tf_kms_guard.reports.')])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    loaded = {name.rpartition(".")[2] for name in re.findall(r"[\w.]+", done.stdout)}
    assert loaded == {"interface", "words", "text", "lines", "excerpt"}
