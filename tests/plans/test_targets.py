"""Plans and states as targets of the program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.support import PROGRAM, ROOT, check, guard
from tests.plans.roots import BUCKET, CLOSED, PROVIDER, READER, made, planned
from tests.terraform_stub.command import Root, StubbedTerraform

pytestmark = pytest.mark.oracle

FILES = {"main.tf": PROVIDER + BUCKET, "key.tf": CLOSED}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    made_root = made(tmp_path / "root", FILES)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(made_root.directory)
    return made_root


def places(finding: dict[str, object]) -> tuple[object, object]:
    location = finding["location"]
    assert isinstance(location, dict)
    return location["file"], location["line"]


def test_a_pipeline_as_users_write_it(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    program = shutil.which("terraform")
    script = (
        f"'{program}' plan -input=false -out tfplan > /dev/null"
        f" && '{program}' show -json tfplan | '{PROGRAM}' check - --format json"
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, **stubbed_terraform.provider.environment()}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [(one["rule"], *places(one), one["change"]) for one in report["findings"]] == [
        ("KP001", "key.tf", 3, "introduced")
    ]
    assert [(one["kind"], one["source"]) for one in report["workspaces"]] == [("plan", "<stdin>")]
    again = check("tfplan")
    assert (again.code, [(one["rule"], *places(one)) for one in again.json["findings"]]) == (
        1,
        [("KP001", "key.tf", 3)],
    )
    assert [one["kind"] for one in again.json["workspaces"]] == ["tfplan"]


def test_a_plan_file_far_from_its_source_names_the_same_places_and_shows_the_lines(
    root: Root, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stubbed_terraform.plan(root)
    monkeypatch.chdir(root.directory.parent / "elsewhere")
    ran = check(plan, "--source", root.directory)
    (finding,) = ran.json["findings"]
    assert places(finding) == ((root.directory / "key.tf").as_posix(), 3)
    shutil.copy(plan, "tfplan")
    shown = guard("check", "tfplan").out
    assert "--> key.tf:3:3   aws_kms_key.data" in shown
    assert " 3 |   policy = jsonencode({" in shown


def test_a_plan_json_without_its_source_is_read_alone_and_says_so(
    root: Root, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(stubbed_terraform, root)
    elsewhere = root.directory.parent / "elsewhere"
    made(elsewhere, {"other.tf": 'resource "aws_s3_bucket" "other" {}\n'})
    shutil.copy(plan, elsewhere)
    monkeypatch.chdir(elsewhere)
    ran = check("plan.json")
    assert ran.code == 0
    first = ran.json["errors"][0]
    assert (first["kind"], first["file"]) == ("evaluation", "plan.json")
    assert first["message"].startswith("read alone: the source in . is not used, for it has no aws_kms_key.data")
    assert ran.json["findings"] == []
    assert {one["bucket"] for one in ran.json["undetermined"]} == {"aws_s3_bucket.data"}


def test_a_policy_that_is_wholly_known_is_judged_without_source(
    root: Root, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed_terraform.apply(root)
    plan = planned(stubbed_terraform, root)
    elsewhere = root.directory.parent / "elsewhere"
    for file in (plan, root.directory / "terraform.tfstate"):
        shutil.copy(file, elsewhere)
    monkeypatch.chdir(elsewhere)
    # A state does not tell a policy that equals the default one from none at all.
    for name, kind, rule in (("plan.json", "plan", "KP001"), ("terraform.tfstate", "state", "KP002")):
        ran = check(name)
        assert [(one["rule"], *places(one)) for one in ran.json["findings"]] == [(rule, name, 1)]
        (workspace,) = ran.json["workspaces"]
        assert workspace["kind"] == kind
        assert workspace["accounts"]["aws"]["id"] == "111122223333"
        assert f" | {json.dumps(READER)[1:10]}" not in guard("check", name).out  # one long line of JSON is no excerpt


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.tfstate", b"{", "no valid JSON"),
        ("empty.tfplan", b"", "it is empty"),
        ("other.zip", b"PK\x03\x04nothing", ""),
        ("log.json", b'{"@level":"info","terraform_version":"1.9"}\n{}', "the log that `terraform plan -json` prints"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_the_other_targets_are_reported(
    name: str, content: bytes, words: str, root: Root
) -> None:
    (root.directory / name).write_bytes(content)
    ran = check(name, ".")
    assert (ran.code, ran.rules) == (2, ["KP001"])
    (error,) = ran.json["errors"]
    assert (error["kind"], error["file"]) == ("input", name)
    assert words in error["message"]
    assert "\n" not in error["message"]
    assert guard("inventory", name).code == 2


def test_nothing_on_the_standard_input_is_an_error() -> None:
    done = subprocess.run([PROGRAM, "check", "-"], input=b"", capture_output=True, check=False)
    assert done.returncode == 2
    assert b"<stdin>" in done.stdout


def test_source_and_only_need_a_plan(root: Root) -> None:
    for option in (("--source", "."), ("--only", "introduced")):
        ran = guard("check", ".", *option)
        assert (ran.code, ran.out) == (2, "")
        assert f"{option[0]} {option[1]}" in ran.err


def test_the_inventory_of_a_plan(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    stubbed_terraform.plan(root)
    ran = guard("inventory", "tfplan", "--format", "json")
    (workspace,) = ran.json["workspaces"]
    assert (workspace["kind"], workspace["source"]) == ("tfplan", "tfplan")
    assert workspace["buckets"][0]["encryption"]["key"]["key"] == "aws_kms_key.data"


def test_sensitive_values_of_a_plan_are_in_no_output(
    tmp_path: Path, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "very-secret-bucket-name"
    text = BUCKET.replace('"acme-shared-data"', "var.name")
    variable = f'variable "name" {{\n  default   = "{name}"\n  sensitive = true\n}}\n'
    root = made(tmp_path / "root", {"main.tf": PROVIDER + variable + text, "key.tf": CLOSED})
    stubbed_terraform.apply(root)
    plan = planned(stubbed_terraform, root)
    elsewhere = made(tmp_path / "elsewhere", {}).directory
    elsewhere.mkdir()
    shutil.copy(plan, elsewhere)
    for directory, target in ((root.directory, "tfplan"), (root.directory, "plan.json"), (elsewhere, "plan.json")):
        monkeypatch.chdir(directory)
        for arguments in (("check", target), ("check", target, "--format", "json"), ("inventory", target)):
            ran = guard(*arguments)
            assert "aws_kms_key.data" in ran.out
            assert name not in ran.out + ran.err


@pytest.mark.parametrize("command", ["check", "inventory"])
def test_a_closed_standard_input_is_told(command: str, tmp_path: Path) -> None:
    script = f"'{PROGRAM}' {command} - <&-"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "the standard input is closed" in done.stdout


@pytest.mark.parametrize(("name", "text"), [("tfplan.json", ""), ("plan.json", "{}"), ("State.json", "[]")])
def test_a_file_that_is_to_be_a_plan_and_is_none_is_an_error(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``terraform show -json tfplan > plan.json`` leaves an empty file behind where it fails."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ran = check(name)
    assert ran.code == 2
    assert [error["file"] for error in ran.json["errors"]] == [name]


def test_a_template_that_is_named_like_a_plan_is_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, {"main.tf": 'output "o" { value = file("plan-policy.json") }\n', "plan-policy.json": "{}"})
    monkeypatch.chdir(tmp_path)
    ran = check("plan-policy.json")
    assert (ran.code, [one["kind"] for one in ran.json["workspaces"]]) == (0, ["hcl"])


def readme_commands() -> list[str]:
    """The commands of the README's section on plans."""
    section = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("### Plans and states\n", 1)[1].split("\n### ", 1)[0]
    )
    return [line.removeprefix("$ ") for line in section.splitlines() if line.startswith("$ ")]


def test_the_commands_of_the_readme_work(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    """The key policy is closed before the plan and after it, so that the plan introduces nothing."""
    programs = root.directory.parent / "programs"
    programs.mkdir()
    (programs / "terraform").symlink_to(stubbed_terraform.program)
    (programs / "tf-kms-guard").symlink_to(PROGRAM)
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, **stubbed_terraform.provider.environment()}
    environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
    commands = readme_commands()
    assert len(commands) == 7
    stubbed_terraform.apply(root)
    for command in commands:
        done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
        checks = "tf-kms-guard" in command
        assert (done.returncode, done.stderr) == (1 if checks and "--only" not in command else 0, ""), command
    (finding,) = json.loads(Path("report.json").read_text(encoding="utf-8"))["findings"]
    assert (finding["rule"], finding["change"]) == ("KP001", "kept")


def test_the_matrix_of_access_takes_plans(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    plan = stubbed_terraform.plan(root)
    for arguments in ([plan], [plan, "--source", root.directory]):
        ran = guard("access", "--format", "json", *arguments)
        assert (ran.code, ran.err) == (0, "")
        (row,) = ran.json
        assert (row["principal"]["value"], row["verdict"], row["gates"]["key-policy"]) == (READER, "denied", "denied")
    wrong = guard("access", "--source", root.directory, root.directory)
    assert (wrong.code, wrong.out) == (2, "")
    assert "no target is a plan or state" in wrong.err
