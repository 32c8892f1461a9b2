"""Collecting facts and comparing what is found with them to what is found in the source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.cli.support import check, guard


def collected(roots: Sequence[Path], directory: Path, *options: str) -> list[Path]:
    """The facts files of root modules, in a directory, one each and in their order."""
    files = []
    for number, root in enumerate(roots):
        file = directory / f"{number}-{root.name}.json"
        ran = guard("collect", *options, root, "-o", file)
        assert (ran.out, ran.code) == ("", 0), ran.err
        files.append(file)
    return files


def without_kinds(report: Any) -> Any:
    """A report in JSON but for the kinds of its sources."""
    return report | {"workspaces": [{**one, "kind": None} for one in report["workspaces"]]}


def same_report(roots: Sequence[Path], directory: Path, *options: str) -> Any:
    """The report on facts, which is that on the source."""
    files = collected(roots, directory, *options)
    on_source, on_facts = check(*options, *roots), check(*files)
    assert without_kinds(on_facts.json) == without_kinds(on_source.json)
    assert on_facts.code == on_source.code
    assert {one["kind"] for one in on_facts.json["workspaces"]} == {"facts"}
    return on_facts.json
