"""The workspace: named, in its file, or presumed to be default, which is said."""

from __future__ import annotations

import os
from pathlib import Path

from tests.certainty.roots import CLOSED_KEY, OPEN_KEY, PARTNER, READER, Case, findings, hold, root, table
from tests.cli.support import check, program, write

BY_WORKSPACE = f'terraform.workspace == "prod" ? {OPEN_KEY} : {CLOSED_KEY}'
WORKSPACES = [
    Case(
        "a workspace that nobody names is presumed and said so",
        root(key=BY_WORKSPACE),
        findings=(f"KP001 {READER} medium",),
        said=("presumed: the workspace is default", "--workspace NAME"),
    ),
    Case("a named workspace decides", root(key=BY_WORKSPACE), arguments=("--workspace", "prod")),
    Case(
        "a named workspace makes it certain",
        root(key=BY_WORKSPACE),
        findings=(f"KP001 {READER} high",),
        arguments=("--workspace", "dev"),
    ),
    Case(
        "a look-up that fails by the workspace alone is unknown",
        root(key=f"{{ prod = {OPEN_KEY}, dev = {CLOSED_KEY} }}[terraform.workspace]"),
        undetermined=(f"key-policy {READER}",),
    ),
]


@table(WORKSPACES)
def test_the_workspace_is_presumed_where_nobody_names_it(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


def test_a_workspace_file_that_is_a_pipe_does_not_stop_the_program(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(), ".terraform/x": ""})
    os.mkfifo(tmp_path / ".terraform" / "environment")
    ran = program("check", "--format", "json", tmp_path, timeout=120)
    assert ran.code in (0, 2)
    assert findings(ran) == []


def test_a_workspace_file_without_end_does_not_stop_the_program(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(), ".terraform/x": ""})
    (tmp_path / ".terraform" / "environment").symlink_to("/dev/zero")
    ran = program("check", "--format", "json", tmp_path, timeout=120)
    assert ran.code in (0, 2)
    assert findings(ran) == []


def test_the_workspace_file_names_the_workspace(tmp_path: Path) -> None:
    key = f'terraform.workspace == "prod" ? {CLOSED_KEY} : var.text'
    files = {"main.tf": root(key=key), ".terraform/environment": "prod"}
    assert findings(check(write(tmp_path, files))) == [f"KP001 arn:aws:iam::{PARTNER}:role/reader high"]
