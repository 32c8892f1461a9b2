"""The matrix of access: who reaches which bucket through which gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    CALLER,
    CLOSED_KEY,
    GET,
    KEY_ARN,
    OBJECTS,
    OPEN_KEY,
    OUTSIDE,
    OWN_DECRYPT,
    OWN_GET,
    OWN_ROOT,
    READER,
    allow,
    document,
    encryption,
    provider,
    role,
    root,
)
from tests.cli.accesses import OPEN_GATES, access, cells, lines
from tests.cli.inventories import EXAMPLES, SAMPLES
from tests.cli.support import OWNER, PARTNER, check, guard, program, write

DATA = "aws_s3_bucket.data"


def one(directory: Path, text: str) -> Path:
    return write(directory, {"main.tf": text})


# ---- verdicts


def test_a_row_has_the_four_gates(tmp_path: Path) -> None:
    assert access(one(tmp_path, root())) == [
        {
            "principal": {"kind": "role", "value": READER},
            "workspace": str(tmp_path),
            "bucket": DATA,
            "key": "aws_kms_key.data",
            "intent": "read",
            "verdict": "allowed",
            "gates": OPEN_GATES,
        }
    ]


CLOSED = {
    "bucket-policy": root(bucket_policy=document(allow("s3:ListBucket", "${aws_s3_bucket.data.arn}"))),
    "key-policy": root(key=CLOSED_KEY),
    "identity-s3": root(consumer=role(OWN_DECRYPT)),
    "identity-kms": root(consumer=role(OWN_GET)),
}


@pytest.mark.parametrize("gate", CLOSED)
def test_a_closed_gate_is_the_one_that_is_denied(gate: str, tmp_path: Path) -> None:
    (row,) = access(one(tmp_path, CLOSED[gate]))
    assert (row["verdict"], row["gates"]) == ("denied", OPEN_GATES | {gate: "denied"})


def test_each_intent_has_a_verdict_of_its_own(tmp_path: Path) -> None:
    both = "s3:GetObject s3:PutObject"
    text = root(
        bucket_policy=document(allow(both, OBJECTS)),
        consumer=role(allow(both, OBJECTS, None), allow("kms:Decrypt kms:GenerateDataKey", KEY_ARN, None)),
    )
    rows = access(one(tmp_path, text))
    assert [(row["intent"], row["verdict"], row["gates"]["key-policy"]) for row in rows] == [
        ("read", "allowed", "allowed"),
        ("write", "denied", "denied"),
    ]


def test_a_role_that_is_declared_elsewhere_is_undetermined(tmp_path: Path) -> None:
    (row,) = access(one(tmp_path, root(consumer="")))
    unknown = {"identity-s3": "undetermined", "identity-kms": "undetermined"}
    assert (row["verdict"], row["gates"]) == ("undetermined", OPEN_GATES | unknown)


def test_a_gate_that_hangs_on_a_condition_is_undetermined(tmp_path: Path) -> None:
    key = f"var.flag ? {OPEN_KEY} : {CLOSED_KEY}"
    (row,) = access(one(tmp_path, root(key=key)))
    assert (row["verdict"], row["gates"]) == ("undetermined", OPEN_GATES | {"key-policy": "undetermined"})


def test_the_aws_managed_key_closes_the_key_policy_and_is_named(tmp_path: Path) -> None:
    text = root(encrypted=encryption('sse_algorithm = "aws:kms"'))
    (row,) = access(one(tmp_path, text))
    assert row["verdict"] == "denied"
    assert (row["gates"]["key-policy"], row["gates"]["key-choice"]) == ("denied", "denied")
    assert "read ✗ key choice" in lines(tmp_path)[1]


def test_a_key_id_is_looked_up_in_the_account_of_the_writer_and_not_of_the_reader(tmp_path: Path) -> None:
    both = "s3:GetObject s3:PutObject"
    own = "kms:Decrypt kms:GenerateDataKey"
    text = root(
        key=document(ADMINISTRATOR, allow(own)),
        bucket_policy=document(allow(both, OBJECTS)),
        consumer=role(allow(both, OBJECTS, None), allow(own, KEY_ARN, None)),
        encrypted=encryption('sse_algorithm = "aws:kms"\nkms_master_key_id = aws_kms_key.data.key_id'),
    )
    read, writing = access(one(tmp_path, text))
    assert (read["verdict"], read["gates"]) == ("allowed", OPEN_GATES)
    assert (writing["verdict"], writing["gates"]) == ("denied", OPEN_GATES | {"key-reference": "denied"})
    assert lines(tmp_path)[2].strip() == "write ✗ key reference (presumed)"


def test_a_bucket_without_kms_is_not_in_the_matrix(tmp_path: Path) -> None:
    text = root(encrypted=encryption('sse_algorithm = "AES256"'))
    assert access(one(tmp_path, text)) == []
    assert lines(tmp_path) == ["no principal of another account is meant to use a KMS-encrypted bucket here"]


REPLICATION = ("RE001", "RE002", "RE003")
DEPENDS = {(rule, "warning") for rule in ("BP005", "WR002", "WR003", "UN002")}


GATED = [path for path in EXAMPLES if not path.parent.name.startswith("SD") and path.name != "bad-replica-key"]
"""Services that deliver come as themselves, by no gate of the bucket's, and S3 replicates: both are in no cell."""


@pytest.mark.parametrize("directory", [*SAMPLES, *GATED], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_matrix_agrees_with_what_check_reports(directory: Path) -> None:
    """What is an error there, or has a closed gate, is denied here, and what is undetermined there is so here.

    What depends on how somebody writes or comes denies nothing for certain, and listing is no intent.
    What S3 copies of its own is in no cell, but for a role of another account that replicates: of that RE rules speak.
    """
    report, rows = check("--fail-on", "never", directory).json, access(directory)
    reported = {
        (finding["principal"]["value"], bucket)
        for finding in report["findings"]
        if finding["principal"] is not None
        and (finding["severity"] == "error" or "denied" in finding["gates"].values())
        and (finding["rule"], finding["severity"]) not in DEPENDS
        and finding["rule"] not in REPLICATION
        and finding["actions"] != ["s3:ListBucket"]
        for bucket in finding["buckets"]
    }
    useless = {  # a key that nobody can use is told of once
        bucket
        for finding in report["findings"]
        if finding["rule"] in ("KC002", "KC004") and finding["resource"] in (finding["key"], finding["buckets"][0])
        for bucket in finding["buckets"]
    }
    reported |= {(row["principal"]["value"], row["bucket"]) for row in rows if row["bucket"] in useless}
    denied = {(row["principal"]["value"], row["bucket"]) for row in rows if row["verdict"] == "denied"}
    undetermined = {(entry["principal"], entry["bucket"]) for entry in report["undetermined"]}
    unsure = {(r["principal"]["value"], r["bucket"]) for r in rows if r["verdict"] == "undetermined"}
    if directory.parent.name in REPLICATION:
        told = {one["principal"]["value"] for one in report["findings"]}
        assert {who for who, _ in denied} <= told
        assert {who for who, _ in unsure} <= told | {who for who, _ in undetermined}
        return
    assert denied == reported
    assert unsure == undetermined


# ---- filters

SECOND = """
resource "aws_s3_bucket" "logs" { bucket = "acme-logs" }
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = %s
}
""" % document(allow("s3:PutObject", "${aws_s3_bucket.logs.arn}/*", OUTSIDE))
LOGS = "aws_s3_bucket.logs"
READS = (READER, DATA, "read", "allowed")
WRITES = (OUTSIDE, LOGS, "write", "denied")

FILTERS = {
    ("--principal", READER): [READS],
    ("--principal", "reader"): [READS],
    ("--principal", "role/reader"): [READS],
    ("--principal", "aws_iam_role.reader"): [READS],
    ("--principal", "role/*"): [READS],
    ("--principal", "777788889999"): [WRITES],
    ("--principal", "arn:aws:iam::77778888????:root"): [WRITES],
    ("--principal", "reader", "--principal", OUTSIDE): [READS, WRITES],
    ("--principal", "read"): [],
    ("--bucket", "acme-logs"): [WRITES],
    ("--bucket", "s3://acme-logs"): [WRITES],
    ("--bucket", "arn:aws:s3:::acme-logs"): [WRITES],
    ("--bucket", LOGS): [WRITES],
    ("--bucket", "acme-*"): [READS, WRITES],
    ("--bucket", "acme-logs", "--principal", "reader"): [],
    ("--intent", "read"): [READS],
    ("--intent", "read", "--intent", "write"): [READS, WRITES],
    ("--intent", "replicate"): [],
    ("--action", "kms:decrypt"): [READS],
    ("--action", "s3:Put*"): [WRITES],
    ("--action", "kms:*"): [READS, WRITES],
}


@pytest.mark.parametrize("arguments", FILTERS, ids=" ".join)
def test_filters_choose_cells(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert cells(*arguments, one(tmp_path, root(more=SECOND))) == FILTERS[arguments]


def test_a_filter_that_leaves_nothing_says_so(tmp_path: Path) -> None:
    found = lines("--principal", "nobody", one(tmp_path, root()))
    assert found == ["nothing is left by --principal, --bucket, --intent and --action"]


# ---- text


def test_rows_are_principals_and_columns_buckets(tmp_path: Path) -> None:
    found = lines(one(tmp_path, root(more=SECOND)))
    assert found == [
        "                             s3://acme-shared-data  s3://acme-logs",
        "role/reader in 444455556666  read ✓",
        "account 777788889999                                write ✗ key policy",
        "",
        "2 principals, 2 buckets: 1 open, 1 closed",
    ]


def test_or_the_reverse(tmp_path: Path) -> None:
    found = lines("--by", "bucket", one(tmp_path, root(more=SECOND)))
    assert found[:3] == [
        "                       role/reader in 444455556666  account 777788889999",
        "s3://acme-shared-data  read ✓",
        "s3://acme-logs                                      write ✗ key policy",
    ]


def test_what_does_not_fit_beside_each_other_is_listed(tmp_path: Path) -> None:
    names = [f"arn:aws:iam::{PARTNER}:role/reader-of-the-data-lake-{n}" for n in range(3)]
    policy = document(*(allow("s3:GetObject", OBJECTS, name) for name in names))
    found = lines("--by", "bucket", one(tmp_path, root(bucket_policy=policy, consumer="")))
    assert found == [
        "s3://acme-shared-data",
        *(f"  role/reader-of-the-data-lake-{n} in {PARTNER}  read ✗ key policy" for n in range(3)),
        "",
        "3 principals, 1 bucket: 3 closed",
    ]


def test_both_identity_gates_have_one_name(tmp_path: Path) -> None:
    assert lines(one(tmp_path, root(consumer="")))[1].endswith("  read ? identity")


def test_filters_are_told_in_the_last_line(tmp_path: Path) -> None:
    found = lines("--bucket", "acme-logs", one(tmp_path, root(more=SECOND)))
    assert found[-1] == "1 principal, 1 bucket: 1 closed (1 more left out)"


def test_a_verdict_on_a_presumed_account_says_so(tmp_path: Path) -> None:
    own = document(allow("kms:*", principal=OWN_ROOT))
    text = root(owner=provider(), partner="", consumer="", key=own, more=CALLER)
    assert lines(one(tmp_path, text))[1].endswith("read ✗ key policy (presumed)")


def test_a_stream_without_our_marks_gets_simpler_ones(tmp_path: Path) -> None:
    ran = program("access", one(tmp_path, root()), environment={"PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.out.splitlines()[1]) == (0, "role/reader in 444455556666  read +")


def test_names_are_inert(tmp_path: Path) -> None:
    hostile = root().replace('"reader"', '"re\\u001b[31mader"').replace("role/reader", "role/re\\u001b[31mader")
    ran = guard("access", one(tmp_path, hostile))
    assert "\x1b" not in ran.out
    assert "re\\x1b[31mader" in ran.out


# ---- who


def test_an_account_gets_through_where_its_administrator_can(tmp_path: Path) -> None:
    text = root(
        key=document(ADMINISTRATOR, allow("kms:Decrypt", principal=ACCOUNT)),
        bucket_policy=document(allow("s3:GetObject", OBJECTS, ACCOUNT)),
        consumer="",
    )
    (row,) = access(one(tmp_path, text))
    assert (row["principal"], row["verdict"]) == ({"kind": "account", "value": ACCOUNT}, "allowed")


def test_one_that_only_the_key_policy_hints_at_is_shown(tmp_path: Path) -> None:
    about = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-shared-data"}}
    key = document(ADMINISTRATOR, allow("kms:Decrypt", principal=ACCOUNT, Condition=about))
    (row,) = access(one(tmp_path, root(key=key, bucket_policy=None, consumer="")))
    assert (row["principal"]["value"], row["gates"]["bucket-policy"]) == (ACCOUNT, "denied")


def test_principals_of_the_owners_own_account_are_left_out(tmp_path: Path) -> None:
    own = allow("s3:GetObject", OBJECTS, f"arn:aws:iam::{OWNER}:role/own")
    assert cells(one(tmp_path, root(bucket_policy=document(GET, own)))) == [READS]


# ---- wrong usage and bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "key"), "--by key: choose one of principal, bucket"),
        (("--format", "csv"), "--format csv: choose one of text, json"),
        (("--intent", "delete"), "--intent delete: choose one of read, write, replicate, deliver"),
        (("--action", "GetObject"), "--action GetObject: write it like s3:GetObject or kms:Decrypt"),
        (("--account", "aws.nowhere=111122223333"), "no such provider configuration"),
        (("--var", "nothing=1"), "no variable of this name is declared"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = guard("access", *arguments, one(tmp_path, root()))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_what_could_be_read_is_still_shown(tmp_path: Path) -> None:
    write(tmp_path, {"good/main.tf": root(), "bad/main.tf": 'resource "aws_s3_bucket" {'})
    rows = access(tmp_path / "bad", tmp_path / "good", code=2)
    assert [row["verdict"] for row in rows] == ["allowed"]
    ran = guard("access", tmp_path / "bad", tmp_path / "good")
    assert ran.code == 2
    assert ran.out.startswith("error: ")
    assert "read ✓" in ran.out


def test_values_can_be_given_as_to_check(tmp_path: Path) -> None:
    principal = f"arn:aws:iam::{PARTNER}:role/${{var.text}}"
    text = root(bucket_policy=document(allow("s3:GetObject", OBJECTS, principal)), consumer="")
    one(tmp_path, text)
    assert [cell[0] for cell in cells("--var", "text=reader", tmp_path)] == [READER]
    assert [cell[0] for cell in cells("--assume", 'var.text="writer"', tmp_path)] == [
        READER.replace("reader", "writer")
    ]
