from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixes import strategies
from tests.fixes.reading import as_lists, clean, read_block, read_json, read_object, said
from tests.oracles import require_oracle, terraform_json
from tf_kms_guard.fixes.written import written
from tf_kms_guard.rules.finding import Fix
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown

READER = "arn:aws:iam::444455556666:role/reader"
KEY_POLICY = {
    "Sid": "AllowDecrypt",
    "Effect": "Allow",
    "Principal": {"AWS": READER},
    "Action": ["kms:Decrypt"],
    "Resource": "*",
}


def hole(identity: str) -> Unknown:
    return Unknown(identity, "a test")


BUCKET_POLICY = {
    "Sid": "AllowRead",
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["s3:GetObject", "s3:GetObjectVersion"],
    "Resource": [
        Text((hole("aws_s3_bucket.data.arn"), "/${aws:PrincipalTag/team}/*")),
        hole("aws_s3_bucket.data.arn"),
    ],
    "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": "o-1234567890", "aws:PrincipalTag/team": ["a", "b"]},
        "Bool": {"aws:SecureTransport": True},
    },
}


def test_a_key_policy_in_jsonencode_gets_an_object() -> None:
    assert written(Fix("", KEY_POLICY)).hcl == (
        """\
{
  Sid       = "AllowDecrypt"
  Effect    = "Allow"
  Principal = { AWS = "arn:aws:iam::444455556666:role/reader" }
  Action    = ["kms:Decrypt"]
  Resource  = "*"
}"""
    )


def test_a_policy_document_gets_a_statement_block() -> None:
    assert written(Fix("", BUCKET_POLICY, "document")).hcl == (
        """\
statement {
  sid     = "AllowRead"
  actions = ["s3:GetObject", "s3:GetObjectVersion"]
  resources = [
    "${aws_s3_bucket.data.arn}/&{aws:PrincipalTag/team}/*",
    aws_s3_bucket.data.arn,
  ]

  principals {
    type        = "AWS"
    identifiers = ["*"]
  }

  condition {
    test     = "StringEquals"
    variable = "aws:PrincipalOrgID"
    values   = ["o-1234567890"]
  }

  condition {
    test     = "StringEquals"
    variable = "aws:PrincipalTag/team"
    values   = ["a", "b"]
  }

  condition {
    test     = "Bool"
    variable = "aws:SecureTransport"
    values   = ["true"]
  }
}"""
    )


def test_values_of_several_lines_stand_apart_from_the_aligned_ones() -> None:
    assert written(Fix("", BUCKET_POLICY)).hcl == (
        """\
{
  Sid       = "AllowRead"
  Effect    = "Allow"
  Principal = { AWS = "*" }
  Action    = ["s3:GetObject", "s3:GetObjectVersion"]
  Resource = [
    "${aws_s3_bucket.data.arn}/$${aws:PrincipalTag/team}/*",
    aws_s3_bucket.data.arn,
  ]
  Condition = {
    StringEquals = {
      "aws:PrincipalOrgID"    = "o-1234567890"
      "aws:PrincipalTag/team" = ["a", "b"]
    }
    Bool = { "aws:SecureTransport" = true }
  }
}"""
    )


def test_json_for_a_heredoc_has_interpolations_and_escapes_policy_variables() -> None:
    assert written(Fix("", BUCKET_POLICY, "json")).json == (
        """\
{
  "Sid": "AllowRead",
  "Effect": "Allow",
  "Principal": {"AWS": "*"},
  "Action": ["s3:GetObject", "s3:GetObjectVersion"],
  "Resource": [
    "${aws_s3_bucket.data.arn}/$${aws:PrincipalTag/team}/*",
    "${aws_s3_bucket.data.arn}"
  ],
  "Condition": {
    "StringEquals": {
      "aws:PrincipalOrgID": "o-1234567890",
      "aws:PrincipalTag/team": ["a", "b"]
    },
    "Bool": {"aws:SecureTransport": true}
  }
}"""
    )


def test_json_without_references_is_what_aws_takes() -> None:
    statement = KEY_POLICY | {"Resource": "arn:aws:s3:::b/${aws:username}/*"}
    assert json.loads(written(Fix("", statement)).json) == statement


def test_a_deny_says_so_in_a_block() -> None:
    assert '\n  effect    = "Deny"\n' in written(Fix("", KEY_POLICY | {"Effect": "Deny"}, "document")).hcl


def test_a_fix_without_a_statement_has_no_snippets() -> None:
    snippets = written(Fix("leave it out"))
    assert (snippets.hcl, snippets.json) == ("", "")


@pytest.mark.parametrize("form", ["document", "jsonencode", "json"])
def test_a_value_that_no_expression_names_is_a_placeholder(form: str) -> None:
    principal = Text(("arn:aws:iam::", hole("provider.aws.account_id"), ":role/reader"))
    snippets = written(Fix("", KEY_POLICY | {"Principal": {"AWS": principal}}, form))
    assert '"arn:aws:iam::<account id of provider aws>:role/reader"' in snippets.hcl
    assert '"arn:aws:iam::<account id of provider aws>:role/reader"' in snippets.json


def test_a_statement_with_room_nowhere_in_a_block_becomes_an_object() -> None:
    assert written(Fix("", KEY_POLICY | {"Future": "x"}, "document")).hcl.startswith("{")


def test_python_hcl2_never_loads_its_grammar(tmp_path: Path) -> None:
    program = (
        "from tf_kms_guard.fixes.written import written\n"
        "from tf_kms_guard.rules.finding import Fix\n"
        "import sys; assert 'hcl2' not in sys.modules\n"
        "written(Fix('', {'Action': ['a'], 'Condition': {'x': {'y': []}}}))\n"
        "written(Fix('', {'Action': ['a'], 'Condition': {'x': {'y': []}}}, 'document'))\n"
        "import hcl2.parser; assert hcl2.parser.parser.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@settings(max_examples=300, deadline=None)
@given(strategies.statements, st.sampled_from(["", "module.lake", 'module.lake["a"]']))
def test_every_statement_reads_back(statement: dict[str, Any], module: str) -> None:
    plain = written(Fix("", statement), module)
    assert read_object(plain.hcl) == said(statement, module)
    heredoc = written(Fix("", statement, "json"), module)
    assert read_json(heredoc.json) == said(statement, module)
    assert heredoc.hcl == plain.hcl
    block = written(Fix("", statement, "document"), module)
    assert amp(read_block(block.hcl)) == amp(as_lists(said(statement, module)))


def amp(value: Any) -> Any:
    """A block cannot say ``&{`` in most places: compared without the difference."""
    return json.loads(json.dumps(value).replace("&{", "${"))


@settings(max_examples=200, deadline=None)
@given(strategies.anything)
def test_any_object_at_all_reads_back(statement: dict[str, Any]) -> None:
    for form in ("jsonencode", "document", "json"):
        snippets = written(Fix("", statement, form))
        if not snippets.hcl.startswith("statement"):
            assert read_object(snippets.hcl) == said(statement)
        assert snippets.hcl.isprintable() or snippets.hcl.replace("\n", "").isprintable()
        assert snippets.json.replace("\n", "").isprintable()


def formatted(text: str) -> str:
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [require_oracle("terraform"), "fmt", "-no-color", "-"],
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.oracle
def test_terraform_fmt_has_nothing_to_change() -> None:
    statements: list[dict[str, Any]] = [KEY_POLICY, BUCKET_POLICY]

    @settings(max_examples=300, deadline=None, database=None)
    @given(strategies.statements | strategies.anything)
    def collect(statement: dict[str, Any]) -> None:
        statements.append(statement)

    collect()
    pieces = []
    for number, statement in enumerate(statements):
        pieces.append(f"x{number} = {written(Fix('', statement)).hcl}\n")
        pieces.append(f"y{number} = <<EOF\n{written(Fix('', statement, 'json')).json}\nEOF\n")
        block = written(Fix("", statement, "document")).hcl
        if block.startswith("statement"):
            pieces.append(block + "\n")
    text = "\n".join(pieces)
    assert formatted(text) == text


@pytest.mark.oracle
def test_terraform_reads_the_same_strings(tmp_path: Path) -> None:
    @settings(max_examples=400, deadline=None, database=None)
    @given(strategies.texts)
    def collect(text: str) -> None:
        collected.append(text)

    collected: list[str] = []
    collect()
    expressions = [written(Fix("", {"a": text})).hcl for text in collected]
    heredocs = [f"<<EOF\n{written(Fix('', {'a': text}, 'json')).json}\nEOF\n" for text in collected]
    found = terraform_json([e.replace("\n", " ") for e in expressions], tmp_path)
    assert [json.loads(one or "") for one in found] == [{"a": clean(text)} for text in collected]
    other = tmp_path / "other"
    other.mkdir()
    names = [f"jsondecode(local.h{number})" for number in range(len(heredocs))]
    decoded = terraform_json(names, with_locals(other, heredocs))
    assert [json.loads(one or "") for one in decoded] == [{"a": clean(text)} for text in collected]


def with_locals(directory: Path, values: list[str]) -> Path:
    lines = [f"h{number} = {value}" for number, value in enumerate(values)]
    (directory / "values.tf").write_text("locals {\n" + "\n".join(lines) + "\n}\n", encoding="utf-8")
    return directory
