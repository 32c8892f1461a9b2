"""The inventory of what is not known, and of names that are meant to do harm."""

from __future__ import annotations

from pathlib import Path

from tests.cli.inventories import DATA_KEY, place, unknown, values, workspace
from tests.cli.support import RULES, guard, write

# ---- unknowns


def test_a_variable_without_value_stands_in_the_text_and_says_how_to_settle_it() -> None:
    shown = workspace(RULES / "UN001" / "bad-two-variables")
    (statement,) = shown["buckets"][0]["policy"]["statements"]
    assert [(p["kind"], p["value"]) for p in statement["principals"]] == [
        ("account", "arn:aws:iam::${var.partner_account_id}:root")
    ]
    entry = unknown(shown, "var.partner_account_id")
    assert (entry["minted"], entry["because"]) == (False, "variable partner_account_id has no value")
    assert entry["settle"].startswith("--var partner_account_id=")
    assert place(entry["location"]) == "main.tf:9"


def test_a_value_given_on_the_command_line_is_filled_in() -> None:
    shown = workspace(
        "--var",
        "partner_account_id=444455556666",
        "--var",
        "other_account_id=444455556666",
        RULES / "UN001" / "bad-two-variables",
    )
    (statement,) = shown["buckets"][0]["policy"]["statements"]
    assert values(statement["principals"]) == ["arn:aws:iam::444455556666:root"]
    assert [entry["name"] for entry in shown["unknowns"]] == ["aws_kms_key.data.key_id"]


def test_a_policy_that_hangs_on_a_condition_is_shown_for_each_outcome() -> None:
    policy = workspace(RULES / "UN001" / "bad-optional-statement")["keys"][0]["policy"]
    assert (policy["state"], policy["incomplete"], policy["statements"]) == (
        "unknown",
        "var.share_with_partner",
        [],
    )
    outcomes = {
        (other["condition"], other["outcome"]): [values(s["principals"]) for s in other["statements"]]
        for other in policy["alternatives"]
    }
    owner, partner = ["arn:aws:iam::111122223333:root"], ["arn:aws:iam::444455556666:root"]
    assert outcomes == {
        ("var.share_with_partner", True): [owner, partner],
        ("var.share_with_partner", False): [owner],
    }


def test_what_may_not_be_there_says_so() -> None:
    shown = workspace(RULES / "UN001" / "good-optional-everything")
    (bucket,) = shown["buckets"]
    assert (bucket["exists"], bucket["exists_if"]) == ("unknown", "var.enabled")
    assert bucket["encryption"]["state"] == "unknown"
    (there,) = bucket["encryption"]["alternatives"]
    assert (there["condition"], there["outcome"], there["key"]["key"]) == (
        "var.enabled",
        True,
        "aws_kms_key.data[0]",
    )
    assert unknown(shown, "var.enabled")["because"] == "variable enabled has no value"


def test_a_role_whose_policies_may_be_more_says_why(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": """
variable "attach" { type = bool }
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy_attachment" "reader" {
  count      = var.attach ? 1 : 0
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
"""
        },
    )
    shown = workspace(tmp_path)
    (role,) = shown["identities"]
    assert (role["closed"], role["policies"]) == ("unknown", [])
    because = unknown(shown, role["unknown"])["because"]
    assert because == "aws_iam_role_policy_attachment.reader[0] may give aws_iam_role.reader a policy"
    found = {other["outcome"]: [policy["name"] for policy in other["policies"]] for other in role["alternatives"]}
    assert found == {True: ["AmazonS3ReadOnlyAccess"], False: []}


def test_two_policies_for_one_bucket_are_both_named(tmp_path: Path) -> None:
    def policy(name: str) -> str:
        written = "bucket = aws_s3_bucket.data.id\n  policy = jsonencode({})"
        return f'resource "aws_s3_bucket_policy" "{name}" {{\n  {written}\n}}\n'

    bucket = 'resource "aws_s3_bucket" "data" {\n  bucket = "data"\n}\n'
    write(tmp_path, {"main.tf": bucket + policy("one") + policy("two")})
    slot = workspace(tmp_path)["buckets"][0]["policy"]
    rivals = [(rival["source"], place(rival["location"])) for rival in slot["rivals"]]
    assert (slot["state"], rivals) == (
        "conflict",
        [("aws_s3_bucket_policy.one", "main.tf:6"), ("aws_s3_bucket_policy.two", "main.tf:10")],
    )


def test_an_account_whose_evidence_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    role = 'assume_role {\n    role_arn = "arn:aws:iam::${var.owner}:role/terraform"\n  }'
    variable = 'variable "owner" { default = "" }\n'
    write(
        tmp_path,
        {
            "main.tf": f'{variable}provider "aws" {{\n  region = "eu-west-1"\n  {role}\n}}\n'
            'resource "aws_s3_bucket" "data" {}\n'
        },
    )
    (account,) = workspace(tmp_path)["accounts"]
    assert (account["evidence"], account["location"]) == ("none", None)


def test_the_account_that_a_key_policy_betrays_is_filled_in(tmp_path: Path) -> None:
    statement = '{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }'
    write(
        tmp_path,
        {
            "main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n'
            f'resource "aws_kms_key" "data" {{\n  policy = jsonencode({{ Statement = [{statement}] }})\n}}\n'
        },
    )
    shown = workspace(tmp_path)
    (account,) = shown["accounts"]
    assert (account["id"], account["evidence"]) == ("111122223333", "a key policy gives its root kms:*")
    assert shown["keys"][0]["arn"] == DATA_KEY


# ---- hostile names

HOSTILE = {
    "main.tf": r"""
resource "aws_s3_bucket" "data" {
  for_each = toset(["\u001b[31mred", "\u202egpj.exe", "line\nBucket fake", "\u009b31m"])
  bucket   = each.value
  policy = jsonencode({
    Statement = [
      { Sid = each.value, Effect = "Allow", Principal = "*", Action = "s3:*\u0007", Resource = "\u2066*" }
    ]
  })
}
"""
}


def test_names_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    ran = guard("inventory", write(tmp_path, HOSTILE))
    assert ran.code == 0
    assert [character for character in ran.out if not character.isprintable() and character != "\n"] == []
    assert not any(line.startswith("Bucket fake") for line in ran.out.splitlines())
    for escaped in (
        r"\x1b[31mred",
        r"\u202egpj.exe",
        r"line\x0aBucket fake",
        r"\x9b31m",
        r"s3:*\x07",
        r"\u2066*",
    ):
        assert escaped in ran.out


def test_json_is_ascii_and_keeps_names_as_they_are(tmp_path: Path) -> None:
    ran = guard("inventory", "--format", "json", write(tmp_path, HOSTILE))
    assert ran.out.isascii()
    names = {bucket["name"] for bucket in ran.json["workspaces"][0]["buckets"]}
    assert names == {"\x1b[31mred", "\u202egpj.exe", "line\nBucket fake", "\x9b31m"}
