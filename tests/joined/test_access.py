"""The matrix of access over two root modules that are judged as one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cli.accesses import OPEN_GATES, access, lines, why
from tests.cli.support import OWNER, PARTNER, write
from tests.joined.test_two_accounts import CLOSED, MAY_DECRYPT, MAY_READ, RIGHT, owner, reader

READER = f"arn:aws:iam::{PARTNER}:role/reader"
GATES = {"KP001": "key-policy", "BP001": "bucket-policy", "ID001": "identity-s3", "ID002": "identity-kms"}


def both(directory: Path, one: str, other: str, order: tuple[str, ...] = ("owner", "reader")) -> list[Path]:
    write(directory, {"owner/main.tf": one, "reader/main.tf": other})
    return [directory / name for name in order]


@pytest.mark.parametrize("order", list(itertools.permutations(("owner", "reader"))))
def test_two_roots_that_fit_are_open(tmp_path: Path, order: tuple[str, ...]) -> None:
    (row,) = access(*both(tmp_path, *RIGHT, order))
    assert (row["principal"]["value"], row["intent"], row["gates"]) == (READER, "read", OPEN_GATES)
    assert (row["bucket"], Path(row["workspace"]).name) == ("aws_s3_bucket.data", "owner")


@pytest.mark.parametrize("order", list(itertools.permutations(("owner", "reader"))))
@pytest.mark.parametrize("rule", CLOSED)
def test_each_closed_gate_is_denied_and_the_others_are_open(tmp_path: Path, rule: str, order: tuple[str, ...]) -> None:
    (row,) = access(*both(tmp_path, CLOSED[rule][0], CLOSED[rule][1], order))
    assert (row["verdict"], row["gates"]) == ("denied", OPEN_GATES | {GATES[rule]: "denied"})


def test_alone_the_far_gates_are_not_known(tmp_path: Path) -> None:
    targets = both(tmp_path, *RIGHT)
    (row,) = access(targets[0])
    assert row["gates"] == OPEN_GATES | {"identity-s3": "undetermined", "identity-kms": "undetermined"}
    (row,) = access(targets[1])
    assert (row["principal"]["value"], row["bucket"], row["intent"]) == (READER, "acme-shared-data", "read")
    assert row["gates"] == {"bucket-policy": "undetermined", "key-policy": "undetermined"}


def test_the_roots_of_a_tree_that_name_each_other_are_judged_together(tmp_path: Path) -> None:
    both(tmp_path, *RIGHT)
    (row,) = access(tmp_path)
    assert row["verdict"] == "allowed"


def test_the_evidence_comes_from_both(tmp_path: Path) -> None:
    gates = why(*both(tmp_path, owner(), reader(MAY_READ, MAY_DECRYPT)))
    places = {
        gate: Path(one["requests"][0]["statements"][0]["location"]["file"]).parent.name for gate, one in gates.items()
    }
    assert places == {
        "bucket-policy": "owner",
        "key-policy": "owner",
        "identity-s3": "reader",
        "identity-kms": "reader",
    }


def test_buckets_of_one_address_are_told_apart_by_their_names(tmp_path: Path) -> None:
    twin = owner().replace("acme-shared-data", "acme-other-data")
    write(tmp_path, {"one/main.tf": owner(), "two/main.tf": twin})
    found = lines(tmp_path / "one", tmp_path / "two")
    assert found[0].split() == ["s3://acme-shared-data", "s3://acme-other-data"]
    assert [Path(row["workspace"]).name for row in access(tmp_path / "one", tmp_path / "two")] == ["one", "two"]


def test_accounts_are_given_to_one_target(tmp_path: Path) -> None:
    targets = both(tmp_path, owner(), reader(MAY_READ, MAY_DECRYPT, who=""))
    settled = f"{targets[1]}:aws={PARTNER}"
    (row,) = access("--account", settled, *targets)
    assert row["gates"] == OPEN_GATES
    (row,) = [row for row in access(*targets) if row["principal"]["value"] == READER]
    assert row["verdict"] == "undetermined"
    assert OWNER not in row["principal"]["value"]
