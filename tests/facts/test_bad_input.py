"""Facts files that cannot be used: one line each, and the rest is judged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import CLOSED, OPEN, check, guard, write
from tests.facts.support import collected


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The facts of a root with an error, and those of another."""
    other = OPEN.replace("acme-shared-data", "acme-other-data")
    write(tmp_path, {"closed/main.tf": CLOSED, "open/main.tf": other})
    closed, open_ = collected([tmp_path / "closed", tmp_path / "open"], tmp_path)
    return closed, open_


def nested(facts: Any) -> None:
    deep(facts)
    facts["workspaces"][0]["resources"][0]["set"]["bucket"] = [facts["workspaces"][0]["outputs"]["deep"], [1, 1, 1, 1]]


def changed(file: Path, change: Any) -> None:
    facts = json.loads(file.read_text(encoding="utf-8"))
    change(facts)
    file.write_text(json.dumps(facts), encoding="utf-8")


def deep(facts: Any) -> None:
    value: Any = "x"
    for _ in range(200):
        value = ["l", [value]]
    facts["workspaces"][0]["outputs"] = {"deep": value}


def encoding_in_a_circle(facts: Any) -> None:
    facts["workspaces"][0]["unknowns"] = {"a": {"because": "b", "encodes": "a"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda facts: facts.update(facts_version=2), "version 2, and this tf-kms-guard reads version 1: update"),
        (lambda facts: facts.update(facts_version=0), "version 0, and this"),
        (lambda facts: facts.update(facts_version="1"), r"\$\.facts_version"),
        (lambda facts: facts.pop("workspaces"), "missing required field `workspaces`"),
        (lambda facts: facts["workspaces"][0].update(bucket=1), "unknown field `bucket`"),
        (lambda facts: facts["workspaces"][0]["resources"][0].update(set={"bucket": [["run", "id"], [1, 1, 1, 1]]}),
         r"Invalid value 'run' - at"),
        (lambda facts: facts["workspaces"][0]["resources"][0].update(at=[0, 1, 1, 1, "f"]), ">= 1"),
        (lambda facts: facts["workspaces"][0]["resources"][0].update(provider="gcp"), "provider gcp, which has no account"),
        (lambda facts: facts["workspaces"][0]["resources"].append(facts["workspaces"][0]["resources"][0]), "there twice"),
        (lambda facts: facts["workspaces"][0].update(unknowns={"a": {"because": "b", "shape": "purse"}}), "no shape purse"),
        (encoding_in_a_circle, "what a encodes is not listed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(files: tuple[Path, Path], change: Any, words: str) -> None:
    changed(files[1], change)
    refused(files, words)


def test_a_file_that_was_cut_off_is_one_line(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(files[1].read_bytes()[:-400])
    refused(files, "or only a part of it")


@pytest.mark.parametrize("content", [b"", b"facts", b"\xff\xfe{}", b"[1, 2]", b'{"facts_version": 1, "\xff": 2}'])
def test_a_file_that_is_none_is_one_line(files: tuple[Path, Path], content: bytes) -> None:
    other = files[1].with_name("facts.json")
    other.write_bytes(content)
    refused((files[0], other), ".")


@pytest.mark.parametrize("content", [b"", b"null", b"\0\0\0", b"\xff\xfe{}"])
@pytest.mark.parametrize("beside", ["facts", "source"])
def test_a_file_in_which_nothing_is_left_is_one_line_whatever_its_name(
    files: tuple[Path, Path], content: bytes, beside: str
) -> None:
    other = files[1].with_name("lake.json")
    other.write_bytes(content)
    refused((files[0] if beside == "facts" else files[0].parent / "closed", other), ".")


@pytest.mark.parametrize("change", [deep, nested])
def test_a_file_that_is_nested_deeply_does_no_harm(files: tuple[Path, Path], change: Any) -> None:
    changed(files[1], change)
    ran = check(*files)
    assert ran.rules == ["KP001"]


def test_a_file_that_is_nested_more_deeply_than_can_be_read_is_one_line(files: tuple[Path, Path]) -> None:
    text = files[1].read_text(encoding="utf-8")
    files[1].write_text(text.replace('"kind":', '"outputs": {"a": ' + '["l",[' * 50_000 + '}, "kind":', 1))
    refused(files, "nested too deeply")


def refused(files: tuple[Path, Path], words: str) -> None:
    """The second of two targets is told, and the first is judged."""
    ran = check(*files)
    assert (ran.code, ran.rules) == (2, ["KP001"])
    (error,) = ran.json["errors"]
    assert error["kind"] == "input"
    assert error["file"].endswith(files[1].name)
    assert re.search(words, error["message"])
    assert "\n" not in error["message"]
    assert guard("access", *files).code == 2
    assert guard("inventory", *files).code == 2


def test_options_that_say_how_source_is_read_are_refused(files: tuple[Path, Path]) -> None:
    ran = guard("check", "--account", "111122223333", *files)
    assert (ran.code, "give it to tf-kms-guard collect" in ran.err) == (2, True)


def test_facts_are_not_collected_again(files: tuple[Path, Path]) -> None:
    ran = guard("collect", files[0])
    assert (ran.code, "these are facts already" in ran.err) == (2, True)


def test_a_root_that_cannot_be_read_is_told_when_it_is_collected_and_when_it_is_checked(tmp_path: Path) -> None:
    write(tmp_path, {"root/main.tf": OPEN + "\nresource {{{"})
    file = tmp_path / "facts.json"
    ran = guard("collect", tmp_path / "root", "-o", file)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert check(file).code == 2
