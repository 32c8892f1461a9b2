"""The roots of a tree are judged in several processes: what is found does not depend on it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.support import CLOSED, OPEN, check, guard, program, write


def tree(directory: Path) -> Path:
    """Twelve roots, every third of which has an error, and one that cannot be read."""
    files = {f"tree/r{number:02}/main.tf": CLOSED if number % 3 == 0 else OPEN for number in range(12)}
    return write(directory, {**files, "tree/r12/main.tf": OPEN + "resource {{"}) / "tree"


def test_the_number_of_jobs_changes_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path)
    alone, three, default = (check(*jobs, root) for jobs in (("--jobs", "1"), ("--jobs", "3"), ()))
    assert alone.json == three.json == default.json
    assert (alone.code, three.code, default.code) == (2, 2, 2)
    assert alone.rules == ["KP001"] * 4
    assert len(alone.json["workspaces"]) == 13


def test_nothing_is_drawn_where_there_is_no_terminal(tmp_path: Path) -> None:
    ran = program("check", "--jobs", "2", tree(tmp_path))
    assert "root modules" not in ran.err
    assert ran.code == 2


def test_collect_uses_them_too(tmp_path: Path) -> None:
    root = tree(tmp_path)
    assert guard("collect", "--jobs", "1", root).out == guard("collect", "--jobs", "2", root).out


def test_wrong_usage_in_another_process_is_wrong_usage(tmp_path: Path) -> None:
    root = tree(tmp_path)
    write(root / "r03", {".tf-kms-guard.hcl": "nonsense = 1\n"})
    ran = guard("check", "--jobs", "2", root)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "nonsense" in ran.err


def test_no_jobs_is_no_number_of_jobs(tmp_path: Path) -> None:
    assert guard("check", "--jobs", "0", tree(tmp_path)).code == 2
