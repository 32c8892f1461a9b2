"""Suppressions in the code: a finding that a comment is for does not count, and a comment that does nothing is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import CLOSED_KEY, OWN_GET, role, root
from tests.cli.support import CLOSED, OPEN, OWNER, PARTNER, Ran, check, guard, shared_bucket, write
from tests.facts.support import collected

REASON = "they read with another key"
BUCKET_ARN = "arn:aws:s3:::acme-shared-data"
IGNORE = f"tf-kms-guard:ignore=KP001 {REASON}"
KEY = 'resource "aws_kms_key" "data" {'


def commented(comment: str, before: str = KEY, code: str = CLOSED) -> str:
    """The code with a comment on a line of its own before the first line that begins with ``before``."""
    lines = code.split("\n")
    place = next(number for number, line in enumerate(lines) if line.strip().startswith(before))
    return "\n".join([*lines[:place], comment, *lines[place:]])


def checked(directory: Path, code: str, *options: str) -> Ran:
    return check("--no-config", *options, write(directory, {"main.tf": code}))


def suppressions(ran: Ran) -> list[Any]:
    return [finding["suppression"] for finding in ran.json["findings"]]


def reasons(ran: Ran) -> list[str | None]:
    return [one and one["reason"] for one in suppressions(ran)]


@pytest.mark.parametrize(
    "code",
    [
        commented(f"# {IGNORE}"),
        commented(f"// {IGNORE}"),
        commented(f"/* {IGNORE} */"),
        commented(f"/*\n * Why?\n * {IGNORE}\n */"),
        commented(f"# {IGNORE}\n# and more words"),
        commented(f"# {IGNORE}\r"),
        CLOSED.replace(KEY, f"{KEY} # {IGNORE}"),
        CLOSED.replace(KEY, f"/* {IGNORE} */ {KEY}"),
        commented(f"  # {IGNORE}", "policy = jsonencode", CLOSED[CLOSED.index(KEY) :]).join(
            (CLOSED[: CLOSED.index(KEY)], "")
        ),
        commented("# tf-kms-guard:ignore=key-policy-denies-outsider " + REASON),
        commented("# tf-kms-guard:ignore=KP001: " + REASON),
        commented("# tf-kms-guard:ignore=KP002, KP001 " + REASON),
        commented("# tf-kms-guard:ignore=KP001 until=2999-12-31 " + REASON),
        commented("# tf-kms-guard:ignore=KP001 " + REASON + " until=2999-12-31"),
        CLOSED.replace(KEY, f"{KEY}\n  # checkov:skip=TFKMS_KP001:{REASON}"),
        CLOSED.replace(KEY, f"{KEY}\n\n  #checkov:skip=TFKMS_KP001: {REASON}\n\n"),
    ],
)
def test_a_finding_that_a_comment_is_for_does_not_count(tmp_path: Path, code: str) -> None:
    ran = checked(tmp_path, code)
    assert (ran.code, reasons(ran)) == (0, [REASON])
    assert (ran.json["summary"]["error"], ran.json["summary"]["suppressed"]) == (0, 1)


@pytest.mark.parametrize(
    "code",
    [
        commented(f"# {IGNORE}\n"),
        commented(f"# {IGNORE}", 'resource "aws_s3_bucket" "data"'),
        commented(f'locals {{\n  said = "# {IGNORE}"\n}}'),
        commented(f"locals {{\n  said = <<-EOT\n    # {IGNORE}\n  EOT\n}}"),
        commented(f"# checkov:skip=TFKMS_KP001:{REASON}"),
        CLOSED.replace(KEY, f"{KEY} # checkov:skip=TFKMS_KP001:{REASON}"),
        CLOSED.replace(KEY, f"{KEY}\n  # checkov:skip=CKV_AWS_7:{REASON}"),
        commented(f"# tf-kms-guard:ignore=ID002 {REASON}"),
    ],
)
def test_a_comment_elsewhere_or_for_another_rule_changes_nothing(tmp_path: Path, code: str) -> None:
    ran = checked(tmp_path, code)
    assert (ran.code, suppressions(ran)) == (1, [None])


DENIED = shared_bucket(
    extra="""
resource "aws_kms_key" "denying" {
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = { AWS = ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"] },
        Action = "kms:*", Resource = "*" },
      ABOVE
      { ON
        Sid       = "No" INSIDE
        Effect    = "Deny"
        Principal = { AWS = "arn:aws:iam::444455556666:root" }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
      OTHER
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:DescribeKey", Resource = "*" },
    ]
  })
}
"""
).replace("kms_master_key_id = aws_kms_key.data.arn", "kms_master_key_id = aws_kms_key.denying.arn")


@pytest.mark.parametrize(
    ("place", "counts"), [("ABOVE", False), ("ON", False), ("INSIDE", False), ("OTHER", True), ("NOWHERE", True)]
)
def test_a_comment_at_a_statement_is_for_what_lies_in_the_statement(tmp_path: Path, place: str, counts: bool) -> None:
    code = DENIED.replace(f" {place}", f" # tf-kms-guard:ignore=KP005 {REASON}")
    for other in ("ABOVE", "ON", "INSIDE", "OTHER"):
        code = code.replace(f" {other}", "")
    ran = checked(tmp_path, code)
    assert ran.rules[0] == "KP005"
    assert reasons(ran)[0] == (None if counts else REASON)


@pytest.mark.parametrize(
    ("comment", "line"),
    [
        ("tf-kms-guard:ignore=KP001", "warning: {}: this suppresses nothing: it gives no reason"),
        ("tf-kms-guard:ignore=KP001 …", "warning: {}: this suppresses nothing: it gives no reason"),
        ("tf-kms-guard:ignore=KP001 until=2999-01-31", "warning: {}: this suppresses nothing: it gives no reason"),
        ("tf-kms-guard:ignore=KP01 r", "warning: {}: this suppresses nothing: there is no rule KP01; did you mean"),
        (
            "tf-kms-guard:ignore=kp001 r",
            "warning: {}: this suppresses nothing: there is no rule kp001; did you mean KP001",
        ),
        ("tf-kms-guard:ignore=* r", "warning: {}: this suppresses nothing: there is no rule *; name each rule"),
        ("tf-kms-guard:ignore=UN001 r", "warning: {}: this suppresses nothing: UN001 tells what is not known"),
        ("tf-kms-guard:ignore r", "warning: {}: this suppresses nothing: write tf-kms-guard:ignore=RULE reason"),
        ("tf-kms-guard:ignore=", "warning: {}: this suppresses nothing: it names no rule"),
        ("tf-kms-guard:ignore=KP001 until=31.1.2027 r", "warning: {}: this suppresses nothing: 31.1.2027 is no day"),
        ("tf-kms-guard:ignore=KP001 until=2027-02-30 r", "warning: {}: this suppresses nothing: 2027-02-30 is no day"),
        ("tf-kms-guard:ignore=KP001 until= r", "warning: {}: this suppresses nothing: nothing is no day"),
        (
            "tf-kms-guard:ignore=KP001 until=2020-01-31 r",
            "warning: {}: this suppresses nothing any more: it held until",
        ),
    ],
)
def test_a_comment_that_does_not_count_is_one_clear_line(tmp_path: Path, comment: str, line: str) -> None:
    code = commented(f"# {comment}")
    ran = checked(tmp_path, code)
    assert (ran.code, suppressions(ran)) == (1, [None])
    place = f"{tmp_path}/main.tf:{code.split(chr(10)).index(f'# {comment}') + 1}"
    assert ran.err.startswith(line.format(place)), ran.err
    assert len(ran.err.splitlines()) == 1
    assert [one["state"] for one in ran.json["idle_suppressions"]] == ["expired" if "any more" in line else "invalid"]


def test_an_unused_comment_is_told_unless_its_rule_did_not_run(tmp_path: Path) -> None:
    code = commented(f"# tf-kms-guard:ignore=KP001,ID002 {REASON}")
    ran = checked(tmp_path, code)
    assert ran.err.endswith("the suppression of ID002 is not needed: it finds nothing there\n")
    assert [one["state"] for one in ran.json["idle_suppressions"]] == ["unused"]
    assert checked(tmp_path, code, "--ignore", "ID002").err == ""
    assert checked(tmp_path, commented(f"# {IGNORE}\n", code=OPEN)).err.endswith(
        "the suppression of KP001 has no effect: it stands at no block or statement\n"
    )


def test_where_code_cannot_be_read_nothing_is_called_unused(tmp_path: Path) -> None:
    write(tmp_path, {"broken.tf": "resource {"})
    ran = checked(tmp_path, commented(f"# {IGNORE}", code=OPEN))
    assert (ran.code, ran.json["idle_suppressions"]) == (2, [])


KEY_MODULE = """
variable "reader" {}
resource "aws_kms_key" "data" {
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      { Effect = "Allow", Principal = { AWS = var.reader }, Action = "kms:Decrypt", Resource = "*" },
    ]
  })
}
output "arn" { value = aws_kms_key.data.arn }
"""
CALL = """
module "key" {
  for_each = toset(["a"])
  source   = "./key"
  reader   = "arn:aws:iam::777788889999:root"
}
"""
CALLING = OPEN[: OPEN.index(KEY)].replace("aws_kms_key.data.arn", 'module.key["a"].arn')


@pytest.mark.parametrize("where", ["call", "module", "checkov"])
def test_comments_hold_through_modules_and_for_each(tmp_path: Path, where: str) -> None:
    call, module = CALL, KEY_MODULE
    if where == "call":
        call = commented(f"# {IGNORE}", "module", CALL)
    elif where == "module":
        module = commented(f"# {IGNORE}", "resource", KEY_MODULE)
    else:
        call = commented(f"  # checkov:skip=TFKMS_KP001:{REASON}", "source", CALL)
    write(tmp_path, {"main.tf": CALLING + call, "key/main.tf": module})
    ran = check("--no-config", tmp_path)
    assert (ran.code, ran.rules, reasons(ran)) == (0, ["KP001"], [REASON])
    facts = check("--no-config", *collected([tmp_path], tmp_path))
    assert (facts.code, reasons(facts)) == (0, [REASON])
    assert facts.json["findings"] == ran.json["findings"]


def test_a_shared_module_s_comment_is_used_if_one_root_uses_it(tmp_path: Path) -> None:
    module = commented(f"# {IGNORE}", "resource", KEY_MODULE)
    roots = {f"{name}/main.tf": CALLING + CALL.replace("./key", "../key") for name in ("a", "b")}
    open_ = {"b/main.tf": roots["b/main.tf"].replace("777788889999", PARTNER)}
    write(tmp_path, {**roots, **open_, "key/main.tf": module})
    ran = check("--no-config", tmp_path / "a", tmp_path / "b")
    assert (ran.code, reasons(ran), ran.err) == (0, [REASON], "")
    assert "is not needed" in check("--no-config", tmp_path / "b").err


def test_the_json_form_has_comments_as_members(tmp_path: Path) -> None:
    key = {
        "//": ["checkov:skip=CKV_AWS_7:no", f"tf-kms-guard:ignore=KP001 until=2999-01-31 {REASON}"],
        "policy": json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ]
            }
        ),
    }
    files = {
        "main.tf": OPEN[: OPEN.index(KEY)],
        "key.tf.json": json.dumps({"resource": {"aws_kms_key": {"data": key}}}, indent=1),
    }
    ran = check("--no-config", write(tmp_path, files))
    assert (ran.code, ran.rules, ran.err) == (0, ["KP001"], "")
    suppression = suppressions(ran)[0]
    assert (suppression["kind"], suppression["reason"], suppression["until"]) == ("in-source", REASON, "2999-01-31")
    assert suppression["location"]["line"] == 7
    elsewhere = {"resource": {"//": f"tf-kms-guard:ignore=KP001 {REASON}", "aws_kms_key": {"data": {**key, "//": ""}}}}
    ran = check("--no-config", write(tmp_path, {"key.tf.json": json.dumps(elsewhere)}))
    assert (ran.code, suppressions(ran)) == (1, [None])


def test_other_formats_leave_it_out_or_mark_it(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": commented(f"# {IGNORE}")})
    shown = {name: guard("check", "--no-config", "--format", name, tmp_path).out for name in ("text", "csv", "junit")}
    assert shown["text"].split("\n")[-2].endswith("nothing found; 1 suppressed in the code")
    assert "KP001" not in shown["text"] + shown["csv"]
    assert f'<skipped type="suppressed" message="suppressed: {REASON}">' in shown["junit"]
    for name in ("github", "gitlab", "checkstyle", "markdown"):
        assert "aws_kms_key" not in guard("check", "--no-config", "--format", name, tmp_path).out
    sarif = json.loads(guard("check", "--no-config", "--format", "sarif", tmp_path).out)
    [result] = sarif["runs"][0]["results"]
    [suppression] = result["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", REASON)


def test_a_comment_comes_before_the_baseline_and_neither_hides_the_other(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": CLOSED})
    known = tmp_path / "known.json"
    assert guard("baseline", "--no-config", tmp_path, "-o", known).code == 0
    ran = check("--no-config", "--baseline", known, tmp_path)
    assert [(one["kind"], one["location"]) for one in suppressions(ran)] == [("external", None)]
    sarif = json.loads(guard("check", "--no-config", "--baseline", known, "--format", "sarif", tmp_path).out)
    assert [one["kind"] for one in sarif["runs"][0]["results"][0]["suppressions"]] == ["external"]
    ran = checked(tmp_path, commented(f"# {IGNORE}"), "--baseline", str(known))
    assert ([one["kind"] for one in suppressions(ran)], ran.err) == (["in-source"], "")
    assert guard("baseline", "--no-config", tmp_path, "-o", known).code == 0
    assert json.loads(known.read_text())["findings"] == []


def test_a_secret_in_a_reason_is_not_shown(tmp_path: Path) -> None:
    secret = 'variable "token" {\n  sensitive = true\n  default = "hunter22hunter22"\n}\n'
    named = secret + CLOSED.replace('"acme-shared-data"', "var.token")
    ran = checked(tmp_path, commented("# tf-kms-guard:ignore=KP001 for hunter22hunter22", code=named))
    assert "hunter22" not in ran.out + ran.err
    assert ran.json["summary"]["suppressed"] == 1


def test_comments_hold_where_several_roots_are_judged_together(tmp_path: Path) -> None:
    code = root(key=CLOSED_KEY, consumer=role(OWN_GET))
    role_there, key_there = code.index('resource "aws_iam_role" "reader"'), code.index(KEY)
    partner, data = code.index('provider "aws" {\nalias'), code.index('resource "aws_s3_bucket" "data"')
    consumer = (code[partner:data] + f"# tf-kms-guard:ignore=ID002 {REASON}\n" + code[role_there:key_there]).replace(
        'alias = "partner"\n', ""
    )
    consumer = consumer.replace("  provider = aws.partner\n", "").replace("${aws_s3_bucket.data.arn}", BUCKET_ARN)
    owner = code[:partner] + code[data:role_there] + code[key_there:]
    write(tmp_path, {"owner/main.tf": owner, "consumer/main.tf": consumer})
    targets = [tmp_path / "owner", tmp_path / "consumer"]
    for joined in (targets, collected(targets, tmp_path)):
        ran = check("--no-config", *joined)
        assert dict(zip(ran.rules, reasons(ran), strict=True)) == {"ID002": REASON, "KP001": None}
