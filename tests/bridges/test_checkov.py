"""Our checks in the real checkov, in an environment of its own."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import PROGRAM, ROOT, guard, write
from tests.plans.roots import ADMINISTRATION, BUCKET, PROVIDER, READER, allow, key
from tests.terraform_stub.command import Root, StubbedTerraform
from tests.tools import environment
from tf_kms_guard.rules.finding import Severity

CHECKOV = "checkov>=3.2,<4"
FOLDER = ROOT / "tf_kms_guard" / "bridges" / "checkov_checks"
SAMPLES = ROOT / "sample_modules" / "cross_account_read"
SAMPLE = SAMPLES / "no_key_grant"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What checkov said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """Its report in JSON."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    def records(self, outcome: str) -> list[dict[str, Any]]:
        """Our checks with an outcome: ``failed``, ``passed``, ``skipped``."""
        found: list[dict[str, Any]] = self.report["results"][f"{outcome}_checks"] if "results" in self.report else []
        return [one for one in found if one["check_id"].startswith("TFKMS_")]

    def ids(self, outcome: str) -> list[str]:
        """The ids of our checks with an outcome."""
        return sorted(one["check_id"] for one in self.records(outcome))


Checkov = Callable[..., Scanned]


@pytest.fixture
def checkov(tmp_path: Path) -> Checkov:
    """Runs checkov 3 in a directory, with our checks alone unless they are chosen otherwise."""
    program = environment("checkov", CHECKOV) / "checkov"
    work = tmp_path / "work"
    work.mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TF_KMS_GUARD", "CHECKOV", "CKV"))
    }

    def run(*arguments: str, chosen: tuple[str, ...] = ("--check", "TFKMS_*"), **variables: str) -> Scanned:
        command = [str(program), "--external-checks-dir", str(FOLDER), "--skip-download", "-o", "json"]
        done = subprocess.run(
            [*command, *chosen, *arguments],
            cwd=work,
            env={**kept, "TF_KMS_GUARD": str(PROGRAM), **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return Scanned(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The directory in which checkov runs."""
    return tmp_path / "work"


def test_the_command_names_the_folder() -> None:
    assert guard("checkov-checks").out == f"{FOLDER}\n"


def test_the_folder_needs_nothing_of_ours_and_python_3_9_understands_it() -> None:
    allowed = {"__future__", "checkov", "json", "os", "re", "shlex", "shutil", "subprocess", "sys", "typing"}
    allowed |= {path.stem for path in FOLDER.glob("tfkms_*.py")}
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
        typed = {inner for node in ast.walk(tree) if isinstance(node, ast.If) for inner in node.body}
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node not in typed:
                names = [str(node.module)]
            assert {name.partition(".")[0] for name in names} <= allowed, path.name


@pytest.mark.oracle
def test_findings_are_checkovs_with_severity_guideline_resource_and_lines(checkov: Checkov, work: Path) -> None:
    shutil.copytree(SAMPLE, work / "prod")
    shutil.copytree(SAMPLES / "no_bucket_grant", work / "test")
    scanned = checkov("-d", ".")
    assert (scanned.code, scanned.err) == (1, "")
    assert scanned.ids("failed") == ["TFKMS_BP001", "TFKMS_KP001"]
    assert scanned.report["summary"]["failed"] == 2
    (of_key,) = (one for one in scanned.records("failed") if one["check_id"] == "TFKMS_KP001")
    assert of_key["resource"] == "aws_kms_key.data"
    assert of_key["file_path"] == "/prod/kms.tf"
    assert of_key["file_line_range"] == [1, 17]
    assert of_key["severity"] == "HIGH"
    assert of_key["guideline"].endswith("/docs/rules/KP001.md")
    assert of_key["details"][:2] == [
        "error, high confidence: role/reader in 444455556666 cannot read s3://acme-shared-data: "
        "the key policy does not allow it kms:Decrypt",
        "at prod/kms.tf:5:3: nothing here allows kms:Decrypt to arn:aws:iam::444455556666:role/reader",
    ]
    # What is said to hold is what was looked at and decided.
    assert ("TFKMS_KP001", "/test/kms.tf") in {(one["check_id"], one["file_path"]) for one in scanned.records("passed")}
    assert ("TFKMS_KP001", "/prod/kms.tf") not in {
        (one["check_id"], one["file_path"]) for one in scanned.records("passed")
    }


@pytest.mark.oracle
def test_checkovs_ways_to_choose_and_to_skip_work(checkov: Checkov, work: Path) -> None:
    shutil.copytree(SAMPLE, work / "prod")
    with_own = checkov("-d", ".", chosen=())
    assert "TFKMS_KP001" in with_own.ids("failed")
    assert any(one["check_id"].startswith("CKV") for one in with_own.report["results"]["passed_checks"])
    assert checkov("-d", ".", "--skip-check", "TFKMS_KP001", chosen=()).ids("failed") == []
    alone = checkov("-d", ".", chosen=("--check", "TFKMS_KP001"))
    assert (alone.code, alone.ids("failed"), alone.ids("passed")) == (1, ["TFKMS_KP001"], [])

    made = checkov("-d", ".", "--create-baseline")
    assert made.ids("failed") == ["TFKMS_KP001"]
    known = checkov("-d", ".", "--baseline", ".checkov.baseline")
    assert (known.code, known.ids("failed")) == (0, [])

    file = work / "prod" / "kms.tf"
    text = file.read_text(encoding="utf-8")
    opening = 'resource "aws_kms_key" "data" {\n'
    assert text.startswith(opening)
    file.write_text(text.replace(opening, f"{opening}  # checkov:skip=TFKMS_KP001:moves away\n"), encoding="utf-8")
    skipped = checkov("-d", ".")
    assert (skipped.code, skipped.ids("failed")) == (0, [])
    ours = [one for one in skipped.records("skipped") if one["check_id"] == "TFKMS_KP001"]
    assert [one["check_result"]["suppress_comment"] for one in ours] == ["moves away"]


@pytest.mark.oracle
def test_a_module_of_two_roots_has_the_findings_of_each(checkov: Checkov, work: Path) -> None:
    call = 'module "lake" {\n  source = "../../modules/lake"\n  reader = "%s"\n}\n'
    variable = 'variable "reader" {\n  type = string\n}\n'
    of_reader = key(ADMINISTRATION, allow("${var.reader}", "kms:Decrypt"))
    write(work / "modules" / "lake", {"main.tf": variable + BUCKET + of_reader})
    other = "arn:aws:iam::777788889999:role/other"
    for name, reader in (("open", READER), ("shut", other)):
        write(work / "envs" / name, {"main.tf": PROVIDER + call % reader})
    scanned = checkov("-d", ".")
    (record,) = (one for one in scanned.records("failed") if one["check_id"].startswith("TFKMS_KP"))
    assert record["resource"] == "module.lake.aws_kms_key.data"
    assert record["file_path"] == "/modules/lake/main.tf"
    assert record["caller_file_path"] == "/envs/shut/main.tf"
    assert record["details"][1].startswith("at modules/lake/main.tf:")


@pytest.mark.oracle
def test_a_plan_has_the_same_findings(checkov: Checkov, work: Path, stubbed_terraform: StubbedTerraform) -> None:
    write(work, {"main.tf": PROVIDER + BUCKET + key(ADMINISTRATION)})
    root = Root(work)
    plan = stubbed_terraform.plan(root)
    (work / "plan.json").write_text(json.dumps(stubbed_terraform.show(root, plan)), encoding="utf-8")
    scanned = checkov("-f", "plan.json")
    assert (scanned.code, scanned.ids("failed")) == (1, ["TFKMS_KP001"])
    (record,) = scanned.records("failed")
    assert record["resource"] == "aws_kms_key.data"
    assert record["details"][1].startswith("at main.tf:")
    assert checkov("-f", "plan.json", "--skip-check", "TFKMS_KP001", chosen=()).ids("failed") == []

    source = (work / "main.tf").read_text(encoding="utf-8")
    opening = 'resource "aws_kms_key" "data" {\n'
    (work / "main.tf").write_text(
        source.replace(opening, f"{opening}  # checkov:skip=TFKMS_KP001:moves away\n"), encoding="utf-8"
    )
    enriched = checkov("-f", "plan.json", "--repo-root-for-plan-enrichment", ".")
    assert enriched.ids("failed") == []
    assert "TFKMS_KP001" in enriched.ids("skipped")


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"TF_KMS_GUARD": ""},
            "the program tf-kms-guard is not on the PATH. Install it into an environment of its own",
        ),
        ({"TF_KMS_GUARD": "/no/such/guard"}, "TF_KMS_GUARD is '/no/such/guard', and there is no such program"),
        ({"TF_KMS_GUARD_ARGS": "--fail-on sometimes"}, "--fail-on sometimes: choose one of"),
        ({"TF_KMS_GUARD_ARGS": "'"}, "TF_KMS_GUARD_ARGS cannot be read"),
    ],
)
def test_what_prevents_a_report_is_told_and_fails(
    checkov: Checkov, work: Path, variables: dict[str, str], words: str
) -> None:
    shutil.copytree(SAMPLE, work / "prod")
    path = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not Path(part, "tf-kms-guard").exists()
    )
    scanned = checkov("-d", ".", **{"PATH": path, **variables})
    assert (scanned.code, scanned.ids("failed")) == (1, ["TFKMS_INPUT"])
    assert words in scanned.err
    assert scanned.err.count("\n") == 1
    assert words in scanned.records("failed")[0]["details"][0]


@pytest.mark.oracle
def test_options_reach_the_program(checkov: Checkov, work: Path) -> None:
    shutil.copytree(SAMPLE, work / "prod")
    assert checkov("-d", ".", TF_KMS_GUARD_ARGS="--ignore KP001").ids("failed") == []


@pytest.mark.oracle
def test_both_in_one_environment_are_told_apart(tmp_path: Path) -> None:
    programs = environment("both", "checkov", "bc-python-hcl2", options=("--no-deps",))
    site = next((programs.parent / "lib").glob("python3*/site-packages"))
    own = {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [PROGRAM, "check", str(SAMPLE)], env={**os.environ, **own}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert "checkov is installed in this environment too" in done.stderr
    assert "tf-kms-guard does not work as it should" in done.stderr
    assert "pipx install tf-kms-guard" in done.stderr
    assert guard("check", SAMPLE).err == ""


def test_every_severity_has_one_of_checkovs() -> None:
    source = (FOLDER / "tfkms_checks.py").read_text(encoding="utf-8")
    (table,) = (
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SEVERITIES"
    )
    assert list(table) == [severity.value for severity in Severity]
