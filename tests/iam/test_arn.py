"""ARNs. Source: AWS General Reference, "Amazon Resource Names (ARNs)"."""

from __future__ import annotations

import pytest

from tests.iam.cases import FREE, KEY
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.shapes import ACCOUNT_ID
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import join_text, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ACCOUNT = Unknown("account", "no evidence", ACCOUNT_ID, minted=True)


def test_an_arn_is_taken_apart_and_put_together() -> None:
    arn = parse_arn(KEY)
    assert isinstance(arn, Arn)
    assert (arn.partition, arn.service, arn.region) == ("aws", "kms", "eu-west-1")
    assert known(arn.account) == "111122223333"
    assert known(arn.text) == KEY


def test_colons_of_the_resource_stay_in_it() -> None:
    arn = parse_arn("arn:aws:logs:eu-west-1:111122223333:log-group:x:*")
    assert isinstance(arn, Arn)
    assert arn.resource == "log-group:x:*"


def test_what_is_known_inside_stays_known() -> None:
    text = join_text(("arn:aws:kms:eu-west-1:", ACCOUNT, ":key/", FREE))
    arn = parse_arn(text)
    assert isinstance(arn, Arn)
    assert known(arn.service) == "kms"
    assert isinstance(arn.account, Unknown)
    assert equal(arn.text, text) is Truth.YES


@pytest.mark.parametrize("text", ["", "alias/data", "1234abcd", "arn:aws:kms:eu-west-1", join_text(("alias/", FREE))])
def test_what_is_certainly_no_arn_is_none(text: str) -> None:
    assert parse_arn(text) is None


def test_what_may_be_an_arn_is_the_hole_that_hides_it() -> None:
    assert parse_arn(FREE) is FREE
    assert parse_arn(join_text(("arn:aws:kms:", FREE, ":key/x"))) is FREE
