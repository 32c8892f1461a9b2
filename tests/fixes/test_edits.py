"""The edits that a report offers, put in and judged anew: by the program, and by ``terraform fmt``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import check
from tests.oracles import require_oracle

RULES = Path(__file__).parents[1] / "rules"
BAD = sorted(path.parent for path in RULES.glob("*/bad-*/main.tf"))


def put_in(directory: Path, edits: list[dict[str, Any]]) -> None:
    """Do as an editor does, the last place first."""
    for edit in sorted(edits, key=lambda one: (one["file"], one["line"], one["column"]), reverse=True):
        file = directory / Path(edit["file"]).name
        lines = file.read_text(encoding="utf-8").split("\n")
        line, at = lines[edit["line"] - 1], edit["column"] - 1
        lines[edit["line"] - 1] = line[:at] + edit["text"] + line[at:]
        file.write_text("\n".join(lines), encoding="utf-8")


def with_edits(directory: Path) -> list[dict[str, Any]]:
    findings = check("--fail-on", "never", directory).json["findings"]
    return [finding for finding in findings if finding["fix"] and finding["fix"]["edits"]]


@pytest.mark.parametrize("example", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_edit_opens_the_gate_and_is_laid_out_as_terraform_does(example: Path, tmp_path: Path) -> None:
    for number, before in enumerate(with_edits(example)):
        copy = tmp_path / str(number)
        shutil.copytree(example, copy)
        put_in(copy, before["fix"]["edits"])
        report = check("--fail-on", "never", copy).json
        assert report["errors"] == []
        assert [after for after in report["findings"] if after["fingerprint"] == before["fingerprint"]] == []
        principal = before["principal"]
        gates = [after["gate"] for after in report["findings"] if after["principal"] == principal]
        assert before["gate"] not in gates
        formatted = subprocess.run(
            [require_oracle("terraform"), "fmt", "-check", "-diff", copy], capture_output=True, text=True, check=False
        )
        assert formatted.stdout == ""


def test_many_examples_have_edits_in_both_forms() -> None:
    forms = {"jsonencode": 0, "document": 0}
    for example in BAD:
        for finding in with_edits(example):
            text = finding["fix"]["edits"][0]["text"]
            forms["document" if "statement {" in text else "jsonencode"] += 1
    print(f"edits: {forms}")
    assert forms["jsonencode"] >= 10
    assert forms["document"] >= 2


def test_where_the_place_is_not_certain_there_is_no_edit() -> None:
    heredoc = RULES / "KP001" / "bad-another-role"
    findings = check("--fail-on", "never", heredoc).json["findings"]
    assert [(one["rule"], one["fix"]["edits"]) for one in findings] == [("KP001", [])]
