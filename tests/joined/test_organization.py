"""The sample with three accounts: silent as it is, and each thing that people get wrong is told where it can be mended."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Ran, check
from tests.joined.test_two_accounts import place

SAMPLE = ROOT / "sample_modules" / "organization"
ROOTS = ("hub", "readers", "archive")


def checked(directory: Path, order: tuple[str, ...] = ROOTS) -> Ran:
    return check(*(directory / name for name in order))


@pytest.mark.parametrize("order", list(itertools.permutations(ROOTS)))
def test_it_is_silent_in_whatever_order(order: tuple[str, ...]) -> None:
    report = checked(SAMPLE, order).json
    assert (report["findings"], report["undetermined"], report["errors"]) == ([], [], [])
    assert {name: report["summary"][name] for name in ("buckets", "keys", "outsiders")} == {
        "buckets": 2,
        "keys": 2,
        "outsiders": 13,
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("hub/main.tf", '"TeamsDecrypt"\n    actions   = ["kms:Decrypt"]', '"TeamsDecrypt"\n    actions   = ["kms:Encrypt"]',
         {("KP003", "hub"): 12}),
        ("hub/main.tf", "s3.eu-west-1.amazonaws", "s3.eu-central-1.amazonaws", {("CO003", "hub"): 12}),
        ("readers/main.tf", 'actions   = ["kms:Decrypt"]', 'actions   = ["kms:DescribeKey"]', {("ID002", "readers"): 12}),
        ("readers/main.tf", 'actions   = ["s3:GetObject"]', 'actions   = ["s3:ListBucket"]', {("ID001", "readers"): 12}),
        ("archive/main.tf", 'sid       = "TheHubEncrypts"\n    actions   = ["kms:Encrypt", ',
         'sid       = "TheHubEncrypts"\n    actions   = [', {("KP003", "archive"): 1}),
        ("hub/replication.tf", 'actions   = ["kms:Encrypt", ', "actions   = [", {("ID002", "hub"): 1}),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_told_where_it_can_be_mended(
    tmp_path: Path, file: str, old: str, new: str, found: dict[tuple[str, str], int]
) -> None:
    shutil.copytree(SAMPLE, tmp_path / "organization")
    text = (tmp_path / "organization" / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "organization" / file).write_text(text.replace(old, new), encoding="utf-8")
    report = checked(tmp_path / "organization").json
    assert Counter((f["rule"], place(f["workspace"])) for f in report["findings"]) == found
    assert report["undetermined"] == []
