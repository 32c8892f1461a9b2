"""What is no denial by S3 or KMS, what stands in large logs, and what is hostile."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.messages.corpus import BUCKET, CIPHERTEXT, DECRYPT_IDENTITY, KEY, READER, denied, event
from tf_kms_guard.messages.denial import Elsewhere
from tf_kms_guard.messages.recognise import MOST, recognise
from tf_kms_guard.messages.text import NotText, decoded

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "bash: ./deploy.sh: Permission denied",
        "git@github.com: Permission denied (publickey).",
        "PermissionError: [Errno 13] Permission denied: '/etc/shadow'",
        "HTTP/1.1 403 Forbidden",
        "Access Denied",
        '{"errorCode": 17}',
        "nginx: GET /s3/ 403 Forbidden",
        "the ciphertext is longer than the key",
        '{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": null}',
        json.dumps(event(errorCode=None, errorMessage=None)),
    ],
)
def test_what_is_no_error_of_aws_gives_nothing(text: str) -> None:
    found = recognise(text)
    assert (found.denials, found.elsewhere) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"An error occurred (AccessDeniedException) when calling the GetItem operation: "
            f"{denied('dynamodb:GetItem', TABLE, 'because no identity-based policy allows the dynamodb:GetItem action')}",
            Elsewhere("AccessDeniedException", "GetItem", "dynamodb:GetItem"),
        ),
        (
            "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to "
            "perform this operation.",
            Elsewhere("UnauthorizedOperation", "RunInstances"),
        ),
        (
            f"An error occurred (AccessDenied) when calling the AssumeRole operation: "
            f"{denied('sts:AssumeRole', 'arn:aws:iam::111122223333:role/shared', '')}",
            Elsewhere("AccessDenied", "sts", "sts:AssumeRole"),
        ),
        (
            "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: Access to KMS is not allowed",
            Elsewhere("AccessDeniedException", "GetSecretValue"),
        ),
        (
            f"An error occurred (AccessDeniedException) when calling the GetParameter operation: {DECRYPT_IDENTITY}",
            Elsewhere("AccessDeniedException", "GetParameter", "kms:Decrypt"),
        ),
        (
            "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.",
            Elsewhere("NoSuchKey", "s3"),
        ),
        (
            "com.amazonaws.services.dynamodbv2.model.AmazonDynamoDBException: x (Service: AmazonDynamoDBv2; Status Code: 400; "
            "Error Code: AccessDeniedException; Request ID: 4442)",
            Elsewhere("AccessDeniedException", "amazondynamodbv2"),
        ),
        (
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x</Message></Error></ErrorResponse>",
            Elsewhere("AccessDenied"),
        ),
        (
            "An error occurred (ExpiredToken) when calling the ListObjectsV2 operation: The provided token has expired.",
            Elsewhere("ExpiredToken", "s3"),
        ),
    ],
)
def test_an_error_that_is_no_denial_by_s3_or_kms_is_told_apart(text: str, expected: Elsewhere) -> None:
    found = recognise(text)
    assert found.denials == ()
    assert found.elsewhere == (expected,)


@pytest.mark.parametrize(
    "event_",
    [
        event(eventSource="dynamodb.amazonaws.com", eventName="GetItem"),
        event(eventSource="s3.amazonaws.com", eventName="GetObject", errorCode="NoSuchKey", errorMessage="no"),
    ],
)
def test_an_event_that_is_no_denial_by_s3_or_kms_is_told_apart(event_: dict[str, Any]) -> None:
    found = recognise(json.dumps(event_))
    assert found.denials == ()
    assert len(found.elsewhere) == 1


# ---- large and hostile


def noise(seed: int, length: int) -> str:
    words = [
        "INFO",
        "stage",
        "s3a://other/part-0",
        "finished",
        "arn:aws:s3:::other",
        "in",
        "12",
        "ms",
        "Access",
        "User:",
        "kms",
    ]
    chosen = random.Random(seed)
    lines = []
    size = 0
    while size < length:
        line = " ".join(chosen.choices(words, k=12))
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines)


def test_denials_in_a_large_log_are_found_once_each() -> None:
    other = denied("kms:GenerateDataKey", KEY, "because no resource-based policy allows the kms:GenerateDataKey action")
    parts = [noise(1, 3_000_000), CIPHERTEXT, noise(2, 3_000_000), other, CIPHERTEXT, noise(3, 4_000_000), CIPHERTEXT]
    found = recognise("\n".join(parts))
    assert [(one.kind, one.times) for one in found.denials] == [("ciphertext", 3), ("no-resource-policy", 1)]
    assert (found.elsewhere, found.more) == ((), 0)


def test_events_in_a_large_log_of_events_are_found_once_each() -> None:
    calm = event(errorCode=None, errorMessage=None)
    lines = [json.dumps(calm)] * 2_000 + [json.dumps(event())] * 3 + [json.dumps(calm)] * 2_000
    found = recognise("\n".join(lines))
    assert [(one.kind, one.times) for one in found.denials] == [("ciphertext", 3)]


def test_of_many_different_denials_the_first_are_told_and_the_rest_counted() -> None:
    text = "\n".join(
        denied("s3:GetObject", f"arn:aws:s3:::bucket-{number}/x", "with an explicit deny in a resource-based policy")
        for number in range(MOST + 7)
    )
    found = recognise(text)
    assert (len(found.denials), found.more) == (MOST, 7)


@pytest.mark.parametrize(
    "piece",
    [
        "not authorized to perform: ",
        "not authorized to perform: kms:Decrypt on resource: ",
        "AccessDenied",
        "AccessDenied: ",
        '{"eventSource":',
        '{"eventVersion":"1","eventSource":',
        '[{"eventSource":[',
        "\\",
        '\\\\"',
        "&amp;",
        "&amp",
        "\x1b[",
        "\x1b]",
        " \n",
        ">",
        "(Service: ",
        "(Service: a; Status Code: ",
        "with an explicit deny in a ",
        "User: is ",
        "s3://",
        "s3.amazonaws.com/",
        "<Code>",
        "an error occurred (",
        "arn:aws:kms:",
        "Key 'arn:aws:kms:a",
        "ReplicationStatus   ",
        "operation error ",
        "because no ",
        "with aws_s3_bucket",
        f"User: {READER} is not authorized to perform: kms:Decrypt ",
    ],
)
def test_a_text_made_of_one_piece_is_read_in_time_that_grows_with_it(piece: str) -> None:
    # A catastrophe would take minutes: what is asserted is only that it ends.
    recognise(piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01\0\0", b"\x1f\x8b\x08\0", bytes(range(128, 256)) * 8], ids=["elf", "gzip", "bytes"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(NotText):
        decoded(data)


def test_text_of_windows_is_read() -> None:
    assert decoded(f"s3://{BUCKET}".encode("utf-16")) == f"s3://{BUCKET}"


@pytest.mark.parametrize("seed", range(20))
def test_a_message_that_is_cut_off_somewhere_gives_the_same_gate_or_less(seed: int) -> None:
    """However little is left: what is told with certainty is what the whole message says."""
    from tf_kms_guard.messages.meanings import meaning_of

    length = random.Random(seed).randrange(40, len(DECRYPT_IDENTITY))
    for denial in recognise(DECRYPT_IDENTITY[:length]).denials:
        meaning = meaning_of(denial)
        assert not meaning.certain or meaning.gates == ("identity-kms",)


def test_no_meaning_names_a_rule_twice() -> None:
    from tf_kms_guard.messages.meanings import MEANINGS

    assert [meaning.rules for meaning in MEANINGS if len(set(meaning.rules)) < len(meaning.rules)] == []
