"""The help of every command, in narrow and wide terminals; and what shells complete."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.support import CLOSED, OPEN, PROGRAM, guard, program, write
from tests.oracles import require_oracle
from tf_kms_guard.cli.completion import SHELLS
from tf_kms_guard.cli.help import EXAMPLES
from tf_kms_guard.reports.interface import FORMATS
from tf_kms_guard.rules.engine import chosen


def commands() -> list[str]:
    listed = guard("--help").out.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  ([a-z][a-z-]*)(?:  |$)", listed, re.MULTILINE)


def examples(name: str, width: int) -> list[str]:
    """The commands in the help's examples, as a shell reads them."""
    text = guard(name, "--help").out.partition("\nExamples:\n")[2].replace("\\\n", " ")
    return [re.sub(" +", " ", line.removeprefix("  $ ")) for line in text.splitlines() if line.startswith("  $ ")]


def test_the_commands_are_listed_with_a_whole_line_each() -> None:
    found = commands()
    assert {"check", "inventory", "access", "init", "checkov-checks", "completion"} <= set(found)
    assert set(EXAMPLES) <= set(found)
    assert "..." not in guard("--help").out.split("\nCommands:\n", 1)[1]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 250])
def test_help_keeps_to_the_width_of_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for name in ("", *commands()):
        for arguments in (["--help"] if not name else [name, "--help"],):
            ran = guard(*arguments)
            assert (ran.code, ran.err) == (0, "")
            lines = [line for line in ran.out.splitlines() if " " in line.removesuffix(" \\").strip()]
            too_wide = [line for line in lines if len(line) > min(width, 100)]
            assert too_wide == [], name
            assert not re.search("\x1b", ran.out)


def test_every_command_has_examples_and_their_options_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in commands():
        for width in (40, 250):
            monkeypatch.setenv("COLUMNS", str(width))
            found = examples(name, width)
            assert found, name
            assert any(f"tf-kms-guard {name}" in command for command in found), name
            for command in found:
                own = re.split(r" \| (?!less|source)", command)
                called = next(part for part in own if "tf-kms-guard " in part)
                help_ = guard(called.split("tf-kms-guard ")[1].split()[0].strip(')"'), "--help").out
                words = shlex.split(called, comments=True)
                options = {word.split("=")[0] for word in words if word.startswith("--")} - {"--external-checks-dir"}
                assert all(re.search(rf"{option}\b", help_) for option in options), command


def test_the_examples_of_check_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"main.tf": CLOSED, "accounts/a/main.tf": OPEN})
    monkeypatch.chdir(tmp_path)
    ran = 0
    for command in examples("check", 80):
        if "tfplan" not in command and "aws.replica" not in command:
            path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run(
                ["sh", "-c", command], env={**os.environ, "PATH": path}, capture_output=True, check=False
            )
            assert done.returncode == (0 if "accounts" in command else 1), command
            ran += 1
    assert ran == 3


def completed(*words: str) -> list[str]:
    """What bash offers for the last word."""
    bash = require_oracle("bash")
    script = (
        'eval "$(tf-kms-guard completion bash)"; '
        f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
        '_tf_kms_guard_completion tf-kms-guard; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "--norc", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.oracle
def test_bash_completes_commands_options_and_values() -> None:
    assert completed("tf-kms-guard", "ch") == ["check", "checkov-checks"]
    assert completed("tf-kms-guard", "check", "--fo") == ["--format"]
    assert completed("tf-kms-guard", "check", "--format", "") == list(FORMATS)
    assert completed("tf-kms-guard", "check", "--fail-on", "n") == ["note", "never"]
    of_keys = [rule.info.id for rule in chosen((), ()) if rule.info.id.startswith("KP")]
    assert completed("tf-kms-guard", "check", "--select", "KP") == of_keys
    assert completed("tf-kms-guard", "check", "./") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    ran = guard("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert "_TF_KMS_GUARD_COMPLETE" in ran.out
    wrong = guard("completion", "csh")
    assert (wrong.code, wrong.err) == (2, "tf-kms-guard: completion csh: choose one of bash, zsh, fish\n")


def test_no_color_is_honoured_on_a_terminal(tmp_path: Path) -> None:
    """A terminal, as ``script`` makes one."""
    require_oracle("script")
    write(tmp_path, {"main.tf": CLOSED})
    for variables, colours in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "40", **variables}
        environment = {name: value for name, value in environment.items() if name != "NO_COLOR" or name in variables}
        command = ["script", "-qec", f"{PROGRAM} check", "/dev/null"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert ("\x1b[" in done.stdout) is colours
        plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        before_the_statement = plain.split(" = help: ")[0]  # which is there to be copied
        assert max(map(len, before_the_statement.splitlines())) <= 40
    assert "KP001" in program("check", cwd=tmp_path).out
