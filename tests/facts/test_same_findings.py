"""Collecting and then checking gives what checking the source gives."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cli.support import RULES, write
from tests.facts.support import same_report
from tests.joined.test_organization import ROOTS, SAMPLE
from tests.joined.test_two_accounts import CLOSED, RIGHT

EXAMPLES = sorted(
    example
    for example in RULES.glob("*/*")
    if example.name.startswith(("bad-", "good-")) and not (example / "before").is_dir()
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.parent.name}-{example.name}")
def test_every_example_of_a_rule(example: Path, tmp_path: Path) -> None:
    same_report([example], tmp_path)


@pytest.mark.parametrize("order", list(itertools.permutations(ROOTS)))
def test_the_organization(order: tuple[str, ...], tmp_path: Path) -> None:
    report = same_report([SAMPLE / name for name in order], tmp_path)
    assert (report["findings"], report["undetermined"], report["summary"]["outsiders"]) == ([], [], 13)


@pytest.mark.parametrize("order", list(itertools.permutations(("owner", "reader"))))
@pytest.mark.parametrize("rule", CLOSED)
def test_two_accounts_of_which_one_closes_a_gate(tmp_path: Path, rule: str, order: tuple[str, ...]) -> None:
    write(tmp_path, {"owner/main.tf": CLOSED[rule][0], "reader/main.tf": CLOSED[rule][1]})
    report = same_report([tmp_path / name for name in order], tmp_path)
    assert [one["rule"] for one in report["findings"]] == [rule]


def test_two_accounts_whose_gates_are_open(tmp_path: Path) -> None:
    write(tmp_path, {"owner/main.tf": RIGHT[0], "reader/main.tf": RIGHT[1]})
    report = same_report([tmp_path / "owner", tmp_path / "reader"], tmp_path)
    assert (report["findings"], report["undetermined"]) == ([], [])
