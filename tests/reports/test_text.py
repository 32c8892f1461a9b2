from __future__ import annotations

import io
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.reports.examples import WORKSPACE, context, finding, report, shown, undetermined
from tf_kms_guard.reports.interface import FORMATS
from tf_kms_guard.rules.finding import Fix, InputError, Related, Severity, WorkspaceShown
from tf_kms_guard.values.span import Span

WIDE = """\
error[KP001]: role/reader in 444455556666 cannot read s3://acme-shared-data: the
              key policy does not allow it kms:Decrypt
  --> modules/lake/kms.tf:12:3   module.lake.aws_kms_key.data
   |
12 |   policy = jsonencode({
   |   ^^^^^^^^^^^^^^^^^^^^^ nothing here allows kms:Decrypt to
   |                         arn:aws:iam::444455556666:role/reader
   |
  ::: envs/prod/bucket.tf:31:28
   |
31 |       Principal = { AWS = "arn:aws:iam::444455556666:role/reader" }
   |                            -------------------------------------
   |                            it is meant to read: the bucket policy allows it
   |                            s3:GetObject
   |
   = gates:   bucket policy open · key policy CLOSED · identity S3 open ·
              identity KMS unknown
   = nearest: statement "Own" names account 111122223333 only
   = because: account of aws.owner is 111122223333 (allowed_account_ids,
              providers.tf:6)
   = help:    add this statement to the key policy (in account 111122223333):

              statement {
                actions = ["kms:Decrypt"]

                principals {
                  type        = "AWS"
                  identifiers = ["arn:aws:iam::444455556666:role/a-role-with-quite-a-long-name"]
                }
              }

              or as JSON:

              {
                "Action": ["kms:Decrypt"]
              }

1 error in 1 bucket shared with 1 outsider; 0 undetermined
"""

NARROW = """\
error[KP001]: role/reader in
              444455556666 cannot read
              s3://acme-shared-data: the
              key policy does not allow
              it kms:Decrypt
  --> modules/lake/kms.tf:12:3
      module.lake.aws_kms_key.data
   |
12 |   policy = jsonencode({
   |   ^^^^^^^^^^^^^^^^^^^^^
   |   nothing here allows kms:Decrypt
   |   to
   |   arn:aws:iam::444455556666:role/
   |   reader
   |
  ::: envs/prod/bucket.tf:31:28
   |
31 | … AWS = "arn:aws:iam::444455556666…
   |          -------------------------
   |      it is meant to read: the
   |      bucket policy allows it
   |      s3:GetObject
   |
   = gates:   bucket policy open ·
              key policy CLOSED ·
              identity S3 open ·
              identity KMS unknown
   = nearest: statement "Own" names
              account 111122223333 only
   = because: account of aws.owner is
              111122223333
              (allowed_account_ids,
              providers.tf:6)
   = help:    leave it out

1 error in 1 bucket shared with 1
outsider; 0 undetermined
"""


def test_a_finding_at_80_columns() -> None:
    assert shown(report(finding())) == WIDE


def test_a_finding_at_40_columns() -> None:
    found = shown(report(finding(fix=Fix("leave it out"))), context(width=40))
    assert found == NARROW


def test_json_comes_first_where_the_policy_is_json() -> None:
    fix = Fix("add this statement", {"Action": "x"}, "json")
    lines = shown(report(finding(fix=fix))).splitlines()
    assert lines.index('                "Action": ["kms:Decrypt"]') < lines.index("              or as HCL:")
    assert lines.index("              or as HCL:") < lines.index("              statement {")


def block(**changes: Any) -> str:
    plain: dict[str, Any] = {"related": (), "gates": (), "nearest": None, "why": (), "fix": None}
    return shown(report(finding(message="m", **(plain | changes)))).split("\n\n", maxsplit=1)[0]


def test_without_the_source_the_remark_still_stands() -> None:
    text = block(location=Span("gone.tf", 7, 1, 7, 2), label="here")
    assert text == (
        """\
error[KP001]: m
  --> gone.tf:7:1   module.lake.aws_kms_key.data
   |
   | here
   |"""
    )


def test_a_finding_with_no_place_names_the_resource() -> None:
    assert "\n  --> module.lake.aws_kms_key.data\n" in block(location=None)
    assert "-->" not in block(location=None, resource=None)


def test_a_long_line_is_cropped_around_its_place() -> None:
    line = "x" * 200 + "HERE" + "y" * 200
    source = {("a.tf", 5): line}
    where = finding(location=Span("a.tf", 5, 201, 5, 205), label="look", related=())
    lines = shown(report(where), context(source)).splitlines()
    code, marks = (next(row for row in lines if re.search(mark, row)) for mark in ("HERE", r"\^"))
    assert len(code) == 80
    assert code.startswith(" 5 | …xxx")
    assert code.endswith("yyy…")
    assert code[marks.index("^") : marks.rindex("^") + 1] == "HERE"


def test_a_megabyte_in_one_line_is_cropped_too() -> None:
    source = {("a.tf", 5): "\t日" * 500_000 + "HERE" + "\t日" * 500_000}
    where = finding(location=Span("a.tf", 5, 1_000_001, 5, 1_000_005), label="look", related=())
    assert "HERE" in shown(report(where), context(source))


def test_marks_stand_below_tabs_wide_and_invisible_characters() -> None:
    source = {("a.tf", 5): '\t日本\x1b[0m x = "\u202e"'}
    where = finding(location=Span("a.tf", 5, 9, 5, 10), label="x is here", related=(), resource=None)
    lines = shown(report(where), context(source)).splitlines()
    assert ' 5 |     日本\\x1b[0m x = "\\u202e"' in lines
    assert "   |                 ^ x is here" in lines


def test_a_place_past_the_end_of_its_line_is_marked_after_it() -> None:
    source = {("a.tf", 5): "abc"}
    where = finding(location=Span("a.tf", 5, 9, 5, 12), label="here", related=())
    assert "\n   |    ^ here\n" in shown(report(where), context(source))


def test_several_buckets_are_listed() -> None:
    text = block(buckets=("aws_s3_bucket.a", "aws_s3_bucket.b"))
    assert "\n   = buckets: aws_s3_bucket.a, aws_s3_bucket.b" in text
    assert "buckets:" not in block()


def test_many_related_places_are_counted() -> None:
    related = tuple(Related("here too", Span("a.tf", line, 1, line, 2)) for line in range(1, 9))
    text = block(related=related)
    assert text.count(":::") == 5
    assert "\n   = note:    3 more places, all in the JSON report" in text


def test_the_workspace_is_named_when_there_are_several() -> None:
    several = report(finding(), workspaces=(WORKSPACE, WorkspaceShown("envs/dev", "envs/dev", "hcl")))
    assert "\n   = in:      envs/prod\n" in shown(several)
    assert "= in:" not in shown(report(finding()))


def test_what_is_undetermined_is_grouped_by_its_cause() -> None:
    found = report(
        undetermined=(
            undetermined(),
            undetermined(gate="identity-kms"),
            undetermined(principal="arn:aws:iam::444455556666:root", bucket="aws_s3_bucket.b"),
            undetermined(because="variable partner has no value", settle="--var partner=…", location=None),
        ),
    )
    assert shown(found) == (
        """\
undetermined: data.aws_kms_key.shared.policy is not visible (kms.tf:3:1)
  key policy, identity KMS · arn:aws:iam::444455556666:role/reader ·
  aws_s3_bucket.data
  key policy · arn:aws:iam::444455556666:root · aws_s3_bucket.b
  settle: check the configuration that declares the key too
undetermined: variable partner has no value
  key policy · arn:aws:iam::444455556666:role/reader · aws_s3_bucket.data
  settle: --var partner=…

3 buckets, 2 keys, 1 outsider: no gate is closed; 4 could not be decided
"""
    )


def test_errors_of_the_input_come_first() -> None:
    errors = (
        InputError("syntax", "expected a closing brace", file="broken.tf", line=3),
        InputError("input", "no such directory", file="nowhere"),
        InputError("input", "no variable of that name"),
    )
    assert shown(report(workspaces=(), errors=errors)) == (
        """\
error: broken.tf:3: expected a closing brace
error: nowhere: no such directory
error: no variable of that name

nothing was read
"""
    )


def counts(buckets: int, keys: int, outsiders: int, shared: int) -> dict[str, int]:
    return {"buckets": buckets, "keys": keys, "outsiders": outsiders, "shared_buckets": shared}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (counts(3, 2, 4, 2), "3 buckets, 2 keys, 4 outsiders: every gate is open"),
        (counts(1, 1, 1, 1), "1 bucket, 1 key, 1 outsider: every gate is open"),
        (counts(3, 2, 0, 0), "3 buckets, 2 keys: none is both KMS-encrypted and shared with another account"),
        (counts(1, 0, 0, 0), "1 bucket, 0 keys: it is not both KMS-encrypted and shared with another account"),
        (counts(0, 2, 0, 0), "0 buckets, 2 keys: there is no bucket to check"),
        (counts(0, 0, 0, 0), "0 buckets, 0 keys: there is no bucket to check"),
        (
            counts(3, 2, 4, 2) | {"undetermined": (undetermined(),) * 2},
            "3 buckets, 2 keys, 4 outsiders: no gate is closed; 2 could not be decided",
        ),
        (
            counts(3, 2, 0, 0) | {"undetermined": (undetermined(),)},
            "3 buckets, 2 keys: as far as is known, none is both KMS-encrypted and shared with another account; 1 could not be decided",
        ),
        (
            counts(1, 1, 1, 1) | {"errors": (InputError("syntax", "x"),)},
            "1 bucket, 1 key, 1 outsider: no closed gate was found; 1 part of the input could not be read: this may not be all",
        ),
        (counts(0, 0, 0, 0) | {"workspaces": ()}, "nothing was read"),
    ],
)
def test_a_clean_run_says_what_it_read(changes: dict[str, Any], sentence: str) -> None:
    last = shown(report(**changes), context(width=400)).splitlines()[-1]
    assert last == sentence


def test_the_last_line_counts_what_was_found() -> None:
    severities = (Severity.ERROR, Severity.WARNING, Severity.WARNING)
    findings = [finding(severity=severity) for severity in severities]
    last = shown(report(*findings, outsiders=4, shared_buckets=2)).splitlines()[-1]
    assert last == "1 error, 2 warnings in 2 buckets shared with 4 outsiders; 0 undetermined"
    alone = report(finding(severity=Severity.NOTE), shared_buckets=0, outsiders=0)
    last = shown(alone, context(width=400)).splitlines()[-1]
    wanted = "1 note in 3 buckets, none of them both KMS-encrypted and shared with another account; 0 undetermined"
    assert last == wanted


def test_colour_and_plain_text_say_the_same_words() -> None:
    everything = report(
        finding(),
        finding(severity=Severity.WARNING, related=()),
        finding(severity=Severity.NOTE),
        undetermined=(undetermined(),),
        errors=(InputError("syntax", "expected [/bold] a closing brace :smile:", file="broken.tf", line=3),),
    )
    for width in (40, 80, 120):
        coloured = shown(everything, context(color=True, width=width))
        assert "\x1b[1;31merror[KP001]\x1b[0m" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(everything, context(width=width))


def test_a_stream_that_cannot_hold_a_character_gets_its_escape() -> None:
    for color in (False, True):
        buffer = io.BytesIO()
        stream = io.TextIOWrapper(buffer, encoding="ascii")
        FORMATS["text"](context(color=color)).write(report(finding(message="日本")), stream)
        stream.flush()
        assert rb"\u65e5\u672c" in buffer.getvalue()


def test_plain_text_and_json_do_not_import_rich() -> None:
    program = (
        "import sys\n"
        "from tests.reports.examples import context, finding, report, shown\n"
        "shown(report(finding())); shown(report(finding()), name='json')\n"
        "assert not any(name.split('.')[0] in ('rich', 'hcl2', 'click', 'typer') for name in sys.modules)\n"
        "shown(report(finding()), context(color=True))\n"
        "assert 'rich' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
