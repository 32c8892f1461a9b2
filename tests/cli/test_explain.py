"""``explain`` and ``rules``: pages in the terminal and in a pipe, and the list of rules."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.support import PROGRAM, ROOT, guard
from tf_kms_guard.rules import engine as _registers_the_rules  # noqa: F401
from tf_kms_guard.rules.catalogue import GROUPS_OF_RULES, RULES

SCHEMA = json.loads((ROOT / "docs" / "schema" / "rules-1.json").read_text(encoding="utf-8"))


def listed(*arguments: str) -> list[dict[str, Any]]:
    ran = guard("rules", "--format", "json", *arguments)
    assert (ran.code, ran.err) == (0, "")
    jsonschema.validate(ran.json, SCHEMA, cls=jsonschema.Draft202012Validator)
    rules: list[dict[str, Any]] = ran.json["rules"]
    return rules


def ids(*arguments: str) -> list[str]:
    return [rule["id"] for rule in listed(*arguments)]


# ---- explain


@pytest.mark.parametrize("id_", sorted(RULES))
def test_a_page_is_plain_text_of_80_columns_but_for_code(id_: str) -> None:
    ran = guard("explain", id_)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{id_}: {RULES[id_].info.name}\n===")
    prose = [line for line in ran.out.splitlines() if not line.startswith("    ")]
    assert [line for line in prose if len(line) > 80 and " " in line.strip()] == []
    assert "\x1b" not in ran.out
    assert not [line for line in prose if re.search(r"\]\(|^```|<!--", line)]
    for heading in ("What it finds", "How to suppress it", "Related rules", "Sources"):
        assert f"\n{heading}\n---" in ran.out


def test_code_of_examples_comes_out_as_it_is_written() -> None:
    main = (ROOT / "tests" / "rules" / "KC001" / "bad-no-key" / "main.tf").read_text(encoding="utf-8")
    block = main[main.index('resource "aws_s3_bucket_server_side') :].split("\n\n")[0]
    out = guard("explain", "KC001").out
    assert "\n".join(f"    {line}".rstrip() for line in block.splitlines()) in out


@pytest.mark.parametrize(
    "name", ["kp001", "Kp001", "key-policy-denies-outsider", "KEY-POLICY-DENIES-OUTSIDER", " KP001 "]
)
def test_ids_and_names_work_in_any_case(name: str) -> None:
    assert guard("explain", name).out == guard("explain", "KP001").out


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("KP01", "KP001"),
        ("key-policy-denys-outsider", "key-policy-denies-outsider"),
        ("default-policy", "KP002"),
        ("K\x1b[1m", ""),
    ],
)
def test_a_typo_gets_suggestions_and_exit_code_2(name: str, near: str) -> None:
    ran = guard("explain", name)
    assert (ran.code, ran.out) == (2, "")
    assert near in ran.err
    assert "\x1b" not in ran.err
    assert len(ran.err.splitlines()) == 1


def test_on_a_terminal_the_page_is_drawn() -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([PROGRAM, "explain", "KC001"], stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        drawn = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            drawn += piece
        assert process.wait() == 0
    os.close(leader)
    text = drawn.decode("utf-8")
    assert "\x1b[" in text
    assert "KC001: aws-managed-key-on-shared-bucket" in text
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_the_built_package_has_the_pages_and_shows_them_by_itself(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    pages = tmp_path / "installed" / "tf_kms_guard" / "rules" / "pages"
    assert {page.name: page.read_bytes() for page in pages.iterdir()} == {
        page.name: page.read_bytes() for page in (ROOT / "docs" / "rules").iterdir()
    }
    done = subprocess.run(
        [sys.executable, "-c", "from tf_kms_guard.cli.main import run; run()", "explain", "KP001"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == guard("explain", "KP001").out, done.stderr


# ---- rules


def test_the_list_has_every_rule_by_group() -> None:
    found = listed()
    assert {rule["id"] for rule in found} == set(RULES)
    groups = list(dict.fromkeys(rule["group"] for rule in found))
    assert groups == [group for group in GROUPS_OF_RULES if group in groups]
    assert [rule["id"] for rule in found if rule["group"] == "KP"] == sorted(id_ for id_ in RULES if id_[:2] == "KP")
    assert all(rule["group_title"] for rule in found)


def test_filters_work_together() -> None:
    assert set(ids("--group", "kp", "--group", "BP")) == {id_ for id_ in RULES if id_[:2] in ("KP", "BP")}
    assert set(ids("--severity", "error", "--gate", "key-policy")) == {
        id_ for id_, entry in RULES.items() if (entry.info.severity.value, entry.info.gate) == ("error", "key-policy")
    }
    assert "KR001" in ids("ALIAS", "key")
    assert ids("nothing-of-the-kind") == []


def test_as_text_each_has_its_lines_of_80_columns() -> None:
    ran = guard("rules")
    assert [line for line in ran.out.splitlines() if len(line) > 80] == []
    for id_, entry in RULES.items():
        assert f"\n  {id_}       {entry.info.name} (" in ran.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--group", "KX"), "--group KX"),
        (("--severity", "eror"), "did you mean error?"),
        (("--gate", "keypolicy"), "did you mean key-policy?"),
        (("--format", "yaml"), "--format yaml"),
    ],
)
def test_a_wrong_filter_says_what_there_is(arguments: tuple[str, ...], says: str) -> None:
    ran = guard("rules", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
