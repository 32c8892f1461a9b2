"""The steps of ``action.yml``, run by a shell as GitHub's runner does; and the image's way to install."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.support import CLOSED, OPEN, PROGRAM, ROOT, write
from tests.oracles import missing_oracle
from tests.reports import consumers

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def evaluated(text: str, inputs: dict[str, str]) -> str:
    """An expression of a step's ``env``, which here is an input or the interpreter."""
    if "steps.python.outputs.python-path" in text:
        return sys.executable
    (name,) = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text).groups()  # type: ignore[union-attr]
    return inputs.get(name, str(ACTION["inputs"][name]["default"]))


def run(step: str, cwd: Path, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as `shell: bash` is run."""
    temporary = cwd.parent
    environment = {
        **os.environ,
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(temporary / "output"),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
        "RUNNER_TEMP": str(temporary),
        **{name: evaluated(text, inputs) for name, text in STEPS[step]["env"].items()},
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=600, check=False
    )


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A checked-out repository, with the program installed where the action puts it."""
    programs = tmp_path / "tf-kms-guard" / "bin"
    programs.mkdir(parents=True)
    (programs / "tf-kms-guard").symlink_to(PROGRAM)
    repository = tmp_path / "work"
    repository.mkdir()
    return repository


def outputs(work: Path) -> dict[str, str]:
    text = (work.parent / "output").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines())


def test_every_input_is_used_and_no_input_is_part_of_a_script() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
    page = (ROOT / "docs" / "ci" / "github.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in ACTION["inputs"])


def test_a_finding_annotates_fails_and_is_in_the_summary_the_sarif_and_the_comment(work: Path) -> None:
    write(
        work,
        {
            "prod/main.tf": CLOSED,
            "a b/main.tf": OPEN.replace("acme-shared-data", "acme-other-data"),
            "other/main.tf": CLOSED,
        },
    )
    done = run("Check", work, {"targets": "prod\na b\n", "markdown-file": "comment.md"})
    assert (done.returncode, done.stderr) == (1, "")
    (command,) = consumers.commands(done.stdout)
    assert (command.name, command.properties["file"]) == ("error", "prod/main.tf")
    assert outputs(work) == {"exit-code": "1", "sarif-file": "tf-kms-guard.sarif"}
    (sarif,) = consumers.sarif((work / "tf-kms-guard.sarif").read_text(encoding="utf-8"))["runs"]
    assert [one["ruleId"] for one in sarif["results"]] == ["KP001"]
    comment = (work / "comment.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- tf-kms-guard -->")
    assert (work.parent / "summary.md").read_text(encoding="utf-8") == comment


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"targets": "prod"}, 1),
        ({"targets": "prod", "fail-on": "never"}, 0),
        ({"targets": "prod", "arguments": "--ignore=KP001\n--ignore\nKP003"}, 0),
        ({"targets": "$(touch broken)\n--version"}, 2),
        ({"targets": "prod", "arguments": "--no-such-option"}, 2),
    ],
)
def test_inputs_are_arguments_and_nothing_else(work: Path, inputs: dict[str, str], code: int) -> None:
    write(work, {"prod/main.tf": CLOSED})
    done = run("Check", work, inputs)
    assert done.returncode == code, done.stdout + done.stderr
    assert outputs(work)["exit-code"] == str(code)
    assert not (work / "broken").exists()


@pytest.mark.oracle
def test_the_action_and_the_image_install_the_program(tmp_path: Path) -> None:
    """As the Dockerfile does it, whose constraints hold for all that is needed; the action's step is the same without."""
    work = tmp_path / "work"
    work.mkdir()
    step: dict[str, Any] = STEPS["Install tf-kms-guard"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.count("\nFROM ") == 2
    assert len(set(re.findall(r"python:3\.13-slim@sha256:[0-9a-f]{64}", dockerfile))) == 1
    assert re.search(r"^USER \d+$", dockerfile, re.MULTILINE)
    (arguments,) = re.findall(r"bin/pip install (--constraint docker-constraints\.txt '\.\[re2\]')", dockerfile)
    step = {
        **step,
        "run": step["run"].replace('"$GITHUB_ACTION_PATH"', f"{arguments.replace('docker', f'{ROOT}/docker')}"),
    }
    source = tmp_path / "src"
    source.mkdir()
    for copied in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE):
        for name in copied.split():
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
    STEPS["As the image"] = {**step, "run": step["run"].replace("'.[re2]'", f"'{source}[re2]'")}
    done = run("As the image", work, {})
    if done.returncode != 0:
        missing_oracle(f"the program could not be installed: {done.stderr[-2000:]}")
    write(work, {"main.tf": CLOSED})
    assert run("Check", work, {}).returncode == 1
    frozen = subprocess.run(
        [tmp_path / "tf-kms-guard" / "bin" / "pip", "freeze", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pinned = set((ROOT / "docker-constraints.txt").read_text(encoding="utf-8").split())
    assert {line for line in frozen.split("\n") if line and not line.startswith("tf-kms-guard ")} == pinned
