from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.reports.examples import STATEMENT, context, finding, report, shown, undetermined
from tf_kms_guard.rules.finding import Fix, Idle, InputError, Suppression
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/report-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read(of: Any) -> Any:
    document = json.loads(shown(of, context(), "json"))
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_object_of_the_schema_is_closed_and_describes_each_property() -> None:
    def check(schema: Any) -> None:
        if isinstance(schema, list):
            for one in schema:
                check(one)
        if isinstance(schema, dict):
            if schema.get("type") == "object" and "properties" in schema:
                assert schema["additionalProperties"] is False
                assert set(schema["required"]) == set(schema["properties"])
            for one in schema.values():
                check(one)

    check(SCHEMA)


def test_the_whole_report() -> None:
    errors = (InputError("syntax", "expected a closing brace", file="broken.tf", line=3, column=7),)
    idle = (Idle("unused", "the suppression of ID001 is not needed", Span("kms.tf", 3, 1, 3, 9)),)
    document = read(report(finding(), undetermined=(undetermined(),), errors=errors, idle=idle))
    fingerprint = document["findings"][0].pop("fingerprint")
    assert fingerprint == finding().fingerprint
    assert document == {
        "schema_version": 1,
        "tool": {"name": "tf-kms-guard", "version": "1.2.3"},
        "workspaces": [
            {
                "id": "envs/prod",
                "source": "envs/prod",
                "kind": "hcl",
                "accounts": {
                    "aws": {"id": "111122223333", "evidence": "--account"},
                    "aws.b": {"id": None, "evidence": "no evidence"},
                },
            }
        ],
        "summary": {
            "error": 1,
            "warning": 0,
            "note": 0,
            "suppressed": 0,
            "undetermined": 1,
            "buckets": 3,
            "keys": 2,
            "outsiders": 1,
        },
        "findings": [
            {
                "rule": "KP001",
                "name": "key-policy-denies-outsider",
                "severity": "error",
                "confidence": "high",
                "gate": "key-policy",
                "workspace": "envs/prod",
                "resource": "module.lake.aws_kms_key.data",
                "buckets": ["aws_s3_bucket.data"],
                "key": "module.lake.aws_kms_key.data",
                "principal": {"kind": "role", "value": "arn:aws:iam::444455556666:role/reader"},
                "actions": ["kms:Decrypt"],
                "intent": ["read"],
                "message": "role/reader in 444455556666 cannot read s3://acme-shared-data: "
                "the key policy does not allow it kms:Decrypt",
                "label": "nothing here allows kms:Decrypt to arn:aws:iam::444455556666:role/reader",
                "why": ["account of aws.owner is 111122223333 (allowed_account_ids, providers.tf:6)"],
                "nearest": 'statement "Own" names account 111122223333 only',
                "gates": {
                    "bucket-policy": "allowed",
                    "key-policy": "denied",
                    "identity-s3": "allowed",
                    "identity-kms": "undetermined",
                },
                "location": {
                    "file": "modules/lake/kms.tf",
                    "line": 12,
                    "column": 3,
                    "end_line": 30,
                    "end_column": 4,
                },
                "related": [
                    {
                        "message": "it is meant to read: the bucket policy allows it s3:GetObject",
                        "location": {
                            "file": "envs/prod/bucket.tf",
                            "line": 31,
                            "column": 28,
                            "end_line": 31,
                            "end_column": 65,
                        },
                    }
                ],
                "fix": {
                    "summary": "add this statement to the key policy (in account 111122223333)",
                    "statement": STATEMENT,
                    "edits": [],
                },
                "suppression": None,
                "change": None,
            }
        ],
        "undetermined": [
            {
                "workspace": "envs/prod",
                "gate": "key-policy",
                "bucket": "aws_s3_bucket.data",
                "principal": "arn:aws:iam::444455556666:role/reader",
                "because": "data.aws_kms_key.shared.policy is not visible",
                "settle": "check the configuration that declares the key too",
                "location": {"file": "kms.tf", "line": 3, "column": 1, "end_line": 3, "end_column": 9},
            }
        ],
        "errors": [
            {"kind": "syntax", "file": "broken.tf", "line": 3, "message": "expected a closing brace"},
        ],
        "idle_suppressions": [
            {
                "state": "unused",
                "message": "the suppression of ID001 is not needed",
                "location": {"file": "kms.tf", "line": 3, "column": 1, "end_line": 3, "end_column": 9},
            }
        ],
    }


def test_a_suppressed_finding_says_why_and_is_counted_apart() -> None:
    comment = Suppression(
        "in-source", "they read with another key", "2027-01-31", Span("kms.tf", 3, 1, 3, 9), "checkov:skip"
    )
    document = read(
        report(finding(suppression=comment), finding(suppression=Suppression("external", "known in b.json")))
    )
    assert [one["suppression"] for one in document["findings"]] == [
        {
            "kind": "in-source",
            "marker": "checkov:skip",
            "reason": "they read with another key",
            "until": "2027-01-31",
            "location": {"file": "kms.tf", "line": 3, "column": 1, "end_line": 3, "end_column": 9},
        },
        {"kind": "external", "marker": None, "reason": "known in b.json", "until": None, "location": None},
    ]
    assert (document["summary"]["error"], document["summary"]["suppressed"]) == (0, 2)


def test_what_may_be_null() -> None:
    bare = finding(resource=None, key=None, principal=None, location=None, nearest=None, fix=None, gates=())
    found = read(
        report(bare, undetermined=(undetermined(settle=None, location=None),), errors=(InputError("input", "x"),))
    )
    nulls = ("resource", "key", "principal", "location", "nearest", "fix", "suppression")
    assert all(found["findings"][0][name] is None for name in nulls)
    assert found["errors"] == [{"kind": "input", "file": None, "line": None, "message": "x"}]


def test_a_fix_without_a_statement() -> None:
    found = read(report(finding(fix=Fix("leave it out"))))
    assert found["findings"][0]["fix"] == {"summary": "leave it out", "statement": None, "edits": []}


def test_holes_of_a_statement_are_spelled_by_their_identity() -> None:
    bucket = Unknown("aws_s3_bucket.data.arn", "a test")
    statement = {"Resource": [Text((bucket, "/*")), bucket], "Condition": {"Bool": {"x": True}}}
    found = read(report(finding(fix=Fix("add", statement))))
    assert found["findings"][0]["fix"]["statement"] == {
        "Resource": ["${aws_s3_bucket.data.arn}/*", "${aws_s3_bucket.data.arn}"],
        "Condition": {"Bool": {"x": True}},
    }


def test_the_report_is_ascii_and_has_no_lone_surrogates() -> None:
    text = shown(report(finding(message="\ud800 日本 \ud83d\ude00 \x1b")), context(), "json")
    assert text.isascii()
    assert json.loads(text)["findings"][0]["message"] == "\ufffd 日本 😀 \x1b"
