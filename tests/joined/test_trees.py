"""The roots of one tree: those that surely name each other are judged together, the others each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import CLOSED_KEY, OWNER_PROVIDER, READER, account, allow, document, provider
from tests.cli.support import PARTNER, Ran, check, write
from tests.joined.test_look_ups import ALIAS, KEY, LAKE, THERE, remote_state
from tests.joined.test_look_ups import reader as looking_up
from tests.joined.test_two_accounts import CLOSED, MAY_DECRYPT, MAY_READ, RIGHT, owner, place, reader


def tree(directory: Path, roots: dict[str, str]) -> Ran:
    for name, text in roots.items():
        write(directory / "envs" / name, {"main.tf": text})
    return check(directory / "envs")


def errors(ran: Ran) -> list[tuple[str, str]]:
    return [(found["rule"], place(found["workspace"])) for found in ran.json["findings"]]


NAMES = [("a", "b"), ("b", "a")]
"""Roots of a tree are met in the order of their names."""


@pytest.mark.parametrize("names", NAMES)
def test_one_that_names_a_role_of_the_other_is_judged_with_it(tmp_path: Path, names: tuple[str, str]) -> None:
    ran = tree(tmp_path, dict(zip(names, RIGHT, strict=True)))
    assert (ran.json["findings"], ran.json["undetermined"]) == ([], [])
    assert sorted(place(one["id"]) for one in ran.json["workspaces"]) == ["a", "b"]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("rule", CLOSED)
def test_each_closed_gate_is_one_error(tmp_path: Path, rule: str, names: tuple[str, str]) -> None:
    one, other, workspace, _, _ = CLOSED[rule]
    ran = tree(tmp_path, dict(zip(names, (one, other), strict=True)))
    assert errors(ran) == [(rule, names[0 if workspace == "owner" else 1])]


@pytest.mark.parametrize("names", NAMES)
def test_one_that_reads_the_state_of_the_other_is_judged_with_it(tmp_path: Path, names: tuple[str, str]) -> None:
    ran = tree(tmp_path, dict(zip(names, (LAKE, looking_up(KEY, remote_state(THERE))), strict=True)))
    assert (ran.json["findings"], ran.json["undetermined"]) == ([], [])


def test_those_that_name_nothing_of_each_other_stay_apart(tmp_path: Path) -> None:
    """The other bucket has another reader: nothing of it is known here."""
    other = owner().replace("acme-shared-data", "acme-other-data").replace("role/reader", "role/somebody")
    ran = tree(tmp_path, {"lake": RIGHT[0], "other": other, "reader": RIGHT[1]})
    assert {(place(one["workspace"]), one["gate"]) for one in ran.json["undetermined"]} == {
        ("other", "identity-s3"),
        ("other", "identity-kms"),
    }


def test_copies_of_an_environment_tie_nobody(tmp_path: Path) -> None:
    """Two declare the role that the bucket policy names: which one is meant is not known, so neither opens a gate."""
    roots = {"dev": reader(MAY_READ), "lake": owner(key=CLOSED_KEY), "prod": reader(MAY_READ, MAY_DECRYPT)}
    assert errors(tree(tmp_path, roots)) == [("KP001", "lake")]
    ran = tree(tmp_path, {**roots, "lake": owner()})
    assert ran.json["findings"] == []
    assert {one["gate"] for one in ran.json["undetermined"] if place(one["workspace"]) == "lake"} == {
        "identity-s3",
        "identity-kms",
    }


def test_a_chain_is_one_component(tmp_path: Path) -> None:
    """Neither reader names the other one; both are named by the lake."""
    both = owner().replace(
        '"Principal": {"AWS": "arn:aws:iam::444455556666:role/reader"}',
        '"Principal": {"AWS": ["arn:aws:iam::444455556666:role/reader", "arn:aws:iam::777788889999:role/second"]}',
    )
    assert both != owner()
    second = (
        RIGHT[1].replace("444455556666", "777788889999").replace('"reader"', '"second"').replace(".reader.", ".second.")
    )
    ran = tree(tmp_path, {"first": RIGHT[1], "lake": both, "second": second})
    assert (ran.json["findings"], ran.json["undetermined"]) == ([], [])
    assert ran.json["summary"]["outsiders"] == 2


THERE_TOO = provider(account(PARTNER))
MORE = {
    "a policy of the role": (
        (RIGHT[0], reader(MAY_READ)),
        THERE_TOO
        + f"""
resource "aws_iam_role_policy" "more" {{
  role   = "reader"
  policy = {document(MAY_DECRYPT)}
}}
""",
    ),
    "the policy that is attached to the role": (
        (
            RIGHT[0],
            reader(MAY_READ)
            + f"""
resource "aws_iam_role_policy_attachment" "more" {{
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::{PARTNER}:policy/decrypt"
}}
""",
        ),
        THERE_TOO
        + f"""
resource "aws_iam_policy" "more" {{
  name   = "decrypt"
  policy = {document(MAY_DECRYPT)}
}}
""",
    ),
    "a grant on the key": (
        (owner(key=CLOSED_KEY) + ALIAS, RIGHT[1]),
        OWNER_PROVIDER
        + f"""
data "aws_kms_alias" "lake" {{ name = "alias/data" }}
resource "aws_kms_grant" "more" {{
  key_id            = data.aws_kms_alias.lake.target_key_id
  grantee_principal = "{READER}"
  operations        = ["Decrypt"]
}}
""",
    ),
    "the bucket's policy": (
        (owner().split('resource "aws_s3_bucket_policy"')[0], RIGHT[1]),
        OWNER_PROVIDER
        + f"""
resource "aws_s3_bucket_policy" "more" {{
  bucket = "acme-shared-data"
  policy = {document(allow("s3:GetObject", "arn:aws:s3:::acme-shared-data/*", READER))}
}}
""",
    ),
}


@pytest.mark.parametrize("names", [("a", "b", "c"), ("b", "c", "a")])
@pytest.mark.parametrize("what", MORE)
def test_one_that_opens_a_gate_of_the_others_is_judged_with_them(
    tmp_path: Path, what: str, names: tuple[str, str, str]
) -> None:
    (one, other), third = MORE[what]
    ran = tree(tmp_path, dict(zip(names, (one, other, third), strict=True)))
    assert ([f for f in ran.json["findings"] if f["severity"] == "error"], ran.json["undetermined"]) == ([], [])
