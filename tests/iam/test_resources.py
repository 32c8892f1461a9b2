"""Patterns of resources. Source: IAM User Guide, "AWS JSON policy elements: Resource"."""

from __future__ import annotations

import pytest

from tests.iam.cases import FREE, KEY, OBJECT, A
from tf_kms_guard.iam.resources import covers, has_variable_in_head
from tf_kms_guard.values.compare import PLAIN
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("pattern", "resource", "answer"),
    [
        ("*", OBJECT, YES),
        (OBJECT, OBJECT, YES),
        ("arn:aws:s3:::acme-data/*", OBJECT, YES),
        ("arn:aws:s3:::acme-????/*", OBJECT, YES),
        ("arn:aws:s3:::*", OBJECT, YES),
        ("arn:aws:s3:::ACME-data/*", OBJECT, NO),
        ("arn:aws:kms:*:*:key/*", KEY, YES),
        (f"arn:aws:kms:eu-*:{A}:key/*", KEY, YES),
        (f"arn:aws:kms:us-*:{A}:key/*", KEY, NO),
        ("arn:*", KEY, YES),  # a star at a segment's end may go beyond the colon
        ("arn:aws:kms:*", KEY, YES),
        ("arn:aws:kms:*:key/*", KEY, YES),
        ("arn:aws:kms:e*1:key/*", KEY, NO),
        ("arn:aws:kms:e*3:key/*", KEY, UNKNOWN),  # a star inside a segment would have to
        ("arn:aws:kms:eu-west-?:111122223333:key/*", KEY, YES),
        (f"arn:aws:kms:*:{A}:*", KEY, YES),
        (f"arn:aws:kms:*:{A}:k*", KEY, UNKNOWN),  # no wildcard may stand in the type of resource
        (f"arn:aws:kms:*:{A}:?ey/*", KEY, UNKNOWN),
        (f"arn:aws:kms:*:{A}:a*", KEY, NO),
        ("arn:aws:*:*:*:*", KEY, UNKNOWN),  # nor in the service
        ("arn:aws:?3:::acme-data/*", OBJECT, UNKNOWN),
        ("arn:AWS:kms:EU-west-1:111122223333:key/*", KEY, UNKNOWN),
        ("ARN:aws:kms:eu-west-1:111122223333:key/*", KEY, UNKNOWN),
        ("arn:AWS:kms:EU-west-1:444455556666:key/*", KEY, NO),
        ("arn:aws:kms:eu-west-1", KEY, UNKNOWN),  # AWS refuses it
        ("arn:aws:kms:us-east-1", KEY, NO),
        ("alias/x", KEY, NO),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", KEY, NO),
        ("", KEY, NO),
        (FREE, KEY, UNKNOWN),
        (join_text(("arn:aws:kms:", FREE, ":key/*")), KEY, UNKNOWN),
        (join_text(("arn:aws:s3:::", FREE, "/*")), KEY, NO),
    ],
)
def test_patterns_cover_resources(pattern: TextLike, resource: TextLike, answer: Truth) -> None:
    assert covers(pattern, resource, PLAIN) is answer


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("arn:aws:s3:::data/${aws:username}/*", False),
        ("arn:aws:s3:::${aws:username}", False),
        ("arn:aws:s3:::data/*", False),
        ("*", False),
        ("arn:aws:kms:*:${aws:PrincipalAccount}:key/*", True),
        ("${aws:username}", True),
        (join_text((FREE, "/${aws:username}")), True),
        (join_text(("arn:aws:s3:::", FREE, "/${aws:username}")), False),
        (FREE, False),
    ],
)
def test_variables_before_the_fifth_colon_are_seen(pattern: TextLike, answer: bool) -> None:
    assert has_variable_in_head(pattern) is answer
