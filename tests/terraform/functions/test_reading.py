"""Functions that read files stay below the repository, and say why where they refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.terraform.functions.agreement import ours, workspace_with_files
from tf_kms_guard.terraform import globbing
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.globbing import fits
from tf_kms_guard.terraform.syntax import parse_expression
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.unknown import Unknown


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path


@pytest.fixture
def workspace(outside: Path) -> Workspace:
    root = outside / "repository"
    (root / ".git").mkdir(parents=True)
    found = workspace_with_files(root)
    (root / "files" / "out.txt").symlink_to(outside / "secret.txt")
    (root / "escape").mkdir()
    (root / "escape" / "away").symlink_to(outside)
    os.mkfifo(root / "pipe")
    return found


def value_of(text: str, workspace: Workspace) -> Value:
    return Evaluator(workspace.root, {}).evaluate(parse_expression(text, "main.tf"))


@pytest.mark.parametrize("name", ["file", "filebase64", "filemd5", "filesha256", "filebase64sha512", "fileexists"])
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret.txt", "files/out.txt", "/dev/zero", "/proc/self/environ", "pipe"]
)
def test_a_file_outside_or_no_file_is_refused_with_a_note(workspace: Workspace, name: str, path: str) -> None:
    value = value_of(f'{name}("{path}")', workspace)
    assert isinstance(value, Unknown)
    assert value.because.startswith(f"{name}('{path}'): it ")
    assert [diagnostic.message for diagnostic in workspace.diagnostics] == [value.because]


@pytest.mark.parametrize(
    ("directory", "pattern"),
    [
        ("..", "*"),
        ("../", "**"),
        ("files", "../../*.txt"),
        ("/", "**"),
        ("/etc", "*"),
        ("escape", "**"),
        ("escape", "*/*.txt"),
        ("escape/away", "*"),
        ("files", "*.txt"),
        ("files", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"),
        ("files", "x" * 5_000),
    ],
)
def test_fileset_does_not_leave_the_repository(workspace: Workspace, directory: str, pattern: str) -> None:
    value = value_of(f'fileset("{directory}", "{pattern}")', workspace)
    assert isinstance(value, Unknown)
    assert value.because.startswith("fileset(")


def test_fileset_finds_files_below_the_repository(workspace: Workspace) -> None:
    assert ours('fileset("files", "sub/**")', workspace) == '["sub/b.txt","sub/deep/c.md"]'
    assert ours('[for f in fileset("files/sub", "**/*.md") : filemd5("files/sub/${f}")]', workspace) is not None


def test_fileset_gives_up_where_there_is_too_much(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globbing, "_MOST_ENTRIES", 3)
    assert isinstance(value_of('fileset("files", "**")', workspace), Unknown)


def test_a_circle_of_links_ends(workspace: Workspace) -> None:
    circle = workspace.directory / "circle"
    circle.mkdir()
    (circle / "again").symlink_to(circle)
    assert isinstance(value_of('fileset("circle", "**")', workspace), Unknown)


def test_a_pattern_with_many_stars_is_matched_in_little_time() -> None:
    tokens: list[str | globbing._Characters | None] = [None, "a"] * 200
    assert not fits("a" * 199 + "b", [*tokens, "c"])
    assert fits("a" * 250, tokens)


def test_text_in_a_form_of_unicode_that_terraform_does_not_keep_is_normalised(workspace: Workspace) -> None:
    assert value_of('file("files/decomposed.txt")', workspace) == "é"
