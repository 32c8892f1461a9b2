"""``diagnose``: what a message means, and what becomes of it in the code that is named."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.certainty.roots import (
    ADMINISTRATOR,
    CLOSED_KEY,
    DECRYPT,
    GET,
    OWN_GET,
    deny,
    document,
    encryption,
    role,
    root,
)
from tests.cli.support import PARTNER, PROGRAM, ROOT, guard, write
from tests.messages.corpus import BUCKET, CASES, CIPHERTEXT, DECRYPT_IDENTITY, KEY, event

SCHEMA = json.loads((ROOT / "docs" / "schema" / "diagnose-1.json").read_text(encoding="utf-8"))
ROLE = f"arn:aws:iam::{PARTNER}:role/reader"
GET_OBJECT = f"download failed: s3://{BUCKET}/in/a.csv to ./a.csv An error occurred (AccessDenied) when calling the GetObject operation: "


def diagnosed(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """The diagnosis in JSON, valid against its schema."""
    ran = guard("diagnose", "--format", "json", *arguments)
    assert ran.code == code, ran.err
    data: dict[str, Any] = ran.json
    jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
    return data


def decided(text: str, *arguments: str | Path) -> dict[str, Any]:
    """The one decision on the one denial."""
    (denial,) = diagnosed(text, *arguments)["denials"]
    (decision,) = denial["decisions"]
    result: dict[str, Any] = decision
    return result


def rules(decision: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in decision["findings"]]


# ---- without code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_message_is_explained_as_text_of_80_columns_and_as_json(case: Any) -> None:
    ran = guard("diagnose", case.text)
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if len(line) > 80] == []
    (denial,) = diagnosed(case.text)["denials"]
    assert (denial["kind"], tuple(denial["gates"])) == (case.kind, case.gates)
    assert denial["certain"] == (len(case.gates) == 1 or denial["outside"] is not None)
    assert denial["decisions"] is None


def test_what_is_said_names_the_gate_the_others_the_rules_and_what_to_check() -> None:
    out = " ".join(guard("diagnose", DECRYPT_IDENTITY).out.split())
    assert "the caller's own policies do not allow the use of the key (kms:Decrypt)" in out
    assert "gate identity KMS" in out
    assert "AWS names one reason only; of these it says nothing: key policy" in out
    assert "rules ID002" in out
    assert "- a policy of the caller allows the action on the key's ARN" in out


def test_the_message_comes_from_a_file_or_from_standard_input(tmp_path: Path) -> None:
    write(tmp_path, {"error.log": CIPHERTEXT})
    expected = diagnosed(CIPHERTEXT)
    assert diagnosed(f"@{tmp_path / 'error.log'}") == expected
    assert diagnosed("--file", tmp_path / "error.log") == expected
    piped = subprocess.run(
        [PROGRAM, "diagnose", "-", "--format", "json"], input=CIPHERTEXT, capture_output=True, text=True, check=True
    )
    assert json.loads(piped.stdout) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "no AWS error message about S3 or KMS"),
        (
            "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: no",
            "UnauthorizedOperation of RunInstances",
        ),
        (" ", "the message is empty"),
    ],
)
def test_what_is_no_denial_is_said_so_and_exits_2(text: str, says: str) -> None:
    ran = guard("diagnose", text)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x7fELF\x02\0\0", "binary"),
        (b"\x1f\x8b\x08\0\0", "gunzip"),
        (b"", "empty"),
        (("INFO all is well s3a://other/x\n" * 330_000).encode(), "no denial was found"),
        (random.Random(1).randbytes(10_000).replace(b"\0", b"\1"), "binary"),
    ],
    ids=["binary", "gzip", "empty", "10 MB of log", "random"],
)
def test_a_file_that_holds_no_message_is_said_so_and_exits_2(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "file").write_bytes(data)
    ran = guard("diagnose", f"@{tmp_path / 'file'}")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_a_missing_file_and_a_missing_message_are_wrong_usage(tmp_path: Path) -> None:
    assert "cannot read" in guard("diagnose", f"@{tmp_path / 'none'}").err
    assert guard("diagnose").code == 2
    assert "--caller alice" in guard("diagnose", CIPHERTEXT, "--caller", "alice").err
    assert "--format xml" in guard("diagnose", CIPHERTEXT, "--format", "xml").err


def test_what_a_message_holds_comes_out_inert() -> None:
    text = f"\x1b]0;title\x07{GET_OBJECT}{CIPHERTEXT} \x1b[31m \x07\x9b::error::"
    assert "\x1b" not in guard("diagnose", text).out
    assert "\x07" not in guard("diagnose", text).out


# ---- with code


def test_the_gate_that_is_named_and_the_one_that_is_closed_besides_are_both_shown(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(key=CLOSED_KEY, consumer=role(OWN_GET))})
    decision = decided(GET_OBJECT + CIPHERTEXT, tmp_path)
    (cell,) = decision["access"]
    assert (cell["principal"]["value"], cell["intent"], cell["verdict"]) == (ROLE, "read", "denied")
    assert cell["gates"] == {
        "bucket-policy": "allowed",
        "identity-s3": "allowed",
        "key-policy": "denied",
        "identity-kms": "denied",
    }
    assert sorted(rules(decision)) == ["ID002", "KP001"]
    assert all(finding["fix"]["statement"] for finding in decision["findings"])
    assert "AWS names one gate only; besides it, closed here too: identity KMS" in decision["notes"]
    out = guard("diagnose", GET_OBJECT + CIPHERTEXT, tmp_path).out
    assert "error[KP001]" in out
    assert "error[ID002]" in out
    assert "add this statement to the key policy" in out


def test_a_caller_whom_no_statement_means_to_use_the_bucket_is_decided_on_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(bucket_policy=document(GET.replace("role/reader", "role/other")))})
    decision = decided(f"{GET_OBJECT}Access Denied", tmp_path, "--caller", f"arn:aws:iam::{PARTNER}:role/third")
    (cell,) = decision["access"]
    assert cell["gates"]["bucket-policy"] == "denied"
    assert cell["gates"]["identity-s3"] == "undetermined"


def test_the_object_of_the_message_is_asked_about_not_any(tmp_path: Path) -> None:
    only = document(GET.replace("/*", "/out/*"))
    write(tmp_path, {"main.tf": root(bucket_policy=only)})
    inside = f"s3://{BUCKET}/out/a.csv"
    text = f"{GET_OBJECT}Access Denied"
    assert decided(text, tmp_path, "--caller", ROLE)["access"][0]["gates"]["bucket-policy"] == "denied"
    other = decided(text, tmp_path, "--caller", ROLE, "--bucket", inside)
    assert other["access"][0]["gates"]["bucket-policy"] == "allowed"


def test_writing_is_asked_about_where_the_message_is_about_an_upload(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "aws cli, upload with a key that lets nobody in")
    text = case.text.replace(KEY, "arn:aws:kms:eu-west-1:111122223333:key/0")
    write(tmp_path, {"main.tf": root()})
    decision = decided(text, tmp_path)
    (cell,) = decision["access"]
    assert (cell["intent"], cell["gates"]["key-policy"]) == ("write", "denied")
    assert "kms:GenerateDataKey" in [request["action"] for gate in cell["why"]["asked"] for request in gate["requests"]]


def test_a_role_with_a_path_is_found_by_the_name_that_the_session_has(tmp_path: Path) -> None:
    consumer = role(OWN_GET).replace(
        'name               = "reader"', 'name               = "reader"\n  path = "/data/"'
    )
    write(tmp_path, {"main.tf": root(key=CLOSED_KEY, consumer=consumer)})
    decision = decided(GET_OBJECT + CIPHERTEXT, tmp_path)
    assert decision["access"][0]["principal"]["value"] == f"arn:aws:iam::{PARTNER}:role/data/reader"
    assert any("role/data/reader" in note for note in decision["notes"])


def test_a_gate_that_is_open_here_is_said_to_contradict_the_message(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root()})
    decision = decided(DECRYPT_IDENTITY, tmp_path)
    assert decision["access"][0]["verdict"] == "allowed"
    assert decision["findings"] == []
    assert any("points at identity KMS, and here that is open" in note for note in decision["notes"])


def test_a_message_about_another_key_than_the_code_has_is_said_to_be(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root()})
    elsewhere = KEY.replace("eu-west-1", "us-east-1")
    decision = decided(GET_OBJECT + DECRYPT_IDENTITY.replace(KEY, elsewhere), tmp_path)
    assert any("names another key than the bucket's here" in note for note in decision["notes"])


def test_a_deny_is_shown_with_its_statement(tmp_path: Path) -> None:
    others = deny("kms:*", principal="*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}})
    write(tmp_path, {"main.tf": root(key=document(ADMINISTRATOR, DECRYPT, others))})
    decision = decided(GET_OBJECT + CIPHERTEXT, tmp_path)
    asked = {gate["gate"]: gate for gate in decision["access"][0]["why"]["asked"]}["key-policy"]
    assert [s["effect"] for request in asked["requests"] for s in request["statements"]][:2] == [
        "Allow",
        "Deny",
    ]
    assert len(rules(decision)) == 1


def test_a_bucket_under_sse_s3_is_said_not_to_be_what_a_message_of_kms_is_about(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(encrypted=encryption('sse_algorithm = "AES256"'))})
    decision = decided(GET_OBJECT + CIPHERTEXT, tmp_path)
    assert any("encrypts the bucket without KMS" in note for note in decision["notes"])


def test_an_event_names_everything(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(key=CLOSED_KEY)})
    issuer = {"sessionIssuer": {"type": "Role", "arn": ROLE}}
    identity = {**event()["userIdentity"], "sessionContext": issuer}
    write(tmp_path, {"event.json": json.dumps(event(userIdentity=identity, resources=[]))})
    decision = decided(f"@{tmp_path / 'event.json'}", tmp_path)
    assert rules(decision) == ["KP001"]
    assert not any("--caller" in note for note in decision["notes"])


def test_without_a_caller_those_are_shown_who_are_meant_to_use_the_bucket(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(key=CLOSED_KEY)})
    decision = decided(f"{GET_OBJECT}Access Denied", tmp_path)
    assert [cell["principal"]["value"] for cell in decision["access"]] == [ROLE]
    assert any("names no caller" in note for note in decision["notes"])


def test_a_bucket_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root()})
    text = GET_OBJECT.replace(BUCKET, "elsewhere") + CIPHERTEXT
    (denial,) = diagnosed(text, tmp_path)["denials"]
    assert denial["decisions"] == []
    assert "declares no bucket elsewhere" in " ".join(guard("diagnose", text, tmp_path).out.split())


def test_a_bucket_that_nobody_is_meant_to_write_to_is_not_said_to_be_missing(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root()})
    text = f"upload failed: ./a to s3://{BUCKET}/a An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    out = " ".join(guard("diagnose", text, tmp_path).out.split())
    assert f"declares the bucket {BUCKET}, and means nobody of another account to use it in this way" in out
    assert "--caller" in out
    assert "declares no bucket" not in out


def test_the_further_lines_of_a_point_to_check_stand_under_its_first_word() -> None:
    lines = guard("diagnose", CIPHERTEXT).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "- the bucket does not use the AWS managed key" in line)
    assert lines[at + 1].index("nobody") == lines[at].index("the bucket")


def test_code_that_cannot_be_read_exits_2_and_the_message_is_explained(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "b" {'})
    ran = guard("diagnose", CIPHERTEXT, tmp_path)
    assert ran.code == 2
    assert "KMS refused on the key's side" in ran.out
