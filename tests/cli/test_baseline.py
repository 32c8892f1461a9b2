"""A baseline: findings of today are known, and stay so when code moves; new ones are reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import CLOSED_KEY, OWN_GET, role, root
from tests.cli.support import Ran, check, guard, write

CLOSED = root(key=CLOSED_KEY)
WORSE = root(key=CLOSED_KEY, consumer=role(OWN_GET))


def baseline(directory: Path, *targets: Path) -> Path:
    file = directory / "known.json"
    ran = guard("baseline", *(targets or (directory,)), "-o", file)
    assert (ran.code, ran.out) == (0, "")
    return file


def rules(ran: Ran) -> list[str]:
    return ran.counting


def test_what_is_known_is_suppressed_and_counted(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": CLOSED})
    known = baseline(tmp_path)
    assert check(tmp_path).rules == ["KP001"]
    ran = check("--baseline", known, tmp_path)
    assert (ran.code, ran.counting, ran.err) == (0, [], "")
    assert "nothing found; 1 suppressed by the baseline" in " ".join(
        guard("check", "--baseline", known, tmp_path).out.split()
    )


def test_a_new_finding_is_reported_beside_known_ones(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": CLOSED})
    known = baseline(tmp_path)
    write(tmp_path, {"main.tf": WORSE})
    ran = check("--baseline", known, tmp_path)
    assert (ran.code, ran.counting) == (1, ["ID002"])


def test_a_finding_stays_known_when_lines_move_and_unrelated_things_change(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WORSE})
    known = baseline(tmp_path)
    write(
        tmp_path, {"main.tf": "# a line\n" * 10 + WORSE + '\nresource "aws_s3_bucket" "other" { bucket = "x-y-z" }\n'}
    )
    assert check("--baseline", known, tmp_path).counting == []


def test_a_finding_stays_known_when_its_file_and_its_root_move(tmp_path: Path) -> None:
    write(tmp_path / "old", {"main.tf": WORSE})
    known = baseline(tmp_path, tmp_path / "old")
    write(tmp_path / "envs" / "new", {"everything.tf": WORSE})
    assert check("--baseline", known, tmp_path / "envs" / "new").counting == []


def test_of_two_roots_with_one_finding_each_both_are_known_and_a_third_is_new(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / "roots" / name, {"main.tf": CLOSED})
    known = baseline(tmp_path, tmp_path / "roots")
    assert [entry["count"] for entry in json.loads(known.read_text())["findings"]] == [2]
    assert check("--baseline", known, tmp_path / "roots").counting == []
    write(tmp_path / "roots" / "c", {"main.tf": CLOSED})
    assert check("--baseline", known, tmp_path / "roots").counting == ["KP001"]


def test_what_is_mended_is_said_to_be_in_the_baseline_still(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WORSE})
    known = baseline(tmp_path)
    write(tmp_path, {"main.tf": CLOSED})
    ran = check("--baseline", known, tmp_path)
    assert (ran.code, ran.counting) == (0, [])
    assert "1 entry of" in ran.err
    assert "ID002 aws_iam_role.reader" in ran.err
    assert check("--baseline", known, "--select", "KP001", tmp_path).err == ""


def test_the_file_is_the_same_for_the_same_findings(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WORSE})
    first = baseline(tmp_path).read_bytes()
    assert baseline(tmp_path).read_bytes() == first
    entries = json.loads(first)["findings"]
    assert [entry["rule"] for entry in entries] == ["ID002", "KP001"]


def test_code_that_cannot_be_read_gives_no_baseline(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "b" {'})
    ran = guard("baseline", tmp_path, "-o", tmp_path / "known.json")
    assert ran.code == 2
    assert not (tmp_path / "known.json").exists()


GOOD: dict[str, Any] = {"fingerprint": "0" * 32, "count": 1, "rule": "KP001", "resource": None}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot read it"),
        ("", "no JSON"),
        ("\0\xff", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no baseline"),
        ('{"findings": {}}', "no baseline"),
        ('{"findings": []}', "its version is null"),
        ('{"schema_version": 2, "findings": []}', "its version is 2"),
        (json.dumps({"schema_version": 1, "findings": [GOOD, {}]}), "entry 2"),
        (json.dumps({"schema_version": 1, "findings": [{**GOOD, "count": True}]}), "entry 1"),
        (json.dumps({"schema_version": 1, "findings": [{**GOOD, "count": 0}]}), "entry 1"),
        (json.dumps({"schema_version": 1, "findings": ["x"]}), "entry 1"),
    ],
)
def test_a_bad_file_is_one_clear_line_and_exit_code_2(tmp_path: Path, text: str | None, says: str) -> None:
    write(tmp_path, {"main.tf": CLOSED})
    if text is not None:
        (tmp_path / "known.json").write_text(text, encoding="latin-1")
    ran = check("--baseline", tmp_path / "known.json", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": CLOSED})
    ran = guard("baseline", tmp_path, "-o", tmp_path / "none" / "known.json")
    assert ran.code == 2
    assert "cannot write" in ran.err
