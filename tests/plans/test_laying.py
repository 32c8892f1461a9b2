"""Laying recorded values over those of the source."""

from __future__ import annotations

import pytest

from tf_kms_guard.terraform.plan.laying import counterparts, laid_over
from tf_kms_guard.terraform.values import Object, Tuple, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, join_text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown

HERE = Span("main.tf", 1, 1, 1, 10)
THERE = Span("main.tf", 7, 1, 7, 10)
FREE = Unknown("data.x.y.id", "it is not visible")
MINTED = Unknown("the key of alias/aws/s3", "AWS made it", minted=True, unique=True)


def text(*parts: str | Unknown) -> Value:
    return join_text(Located(part, HERE) if isinstance(part, str) else part for part in parts)


def plain(value: Value) -> object:
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return known(value) if known(value) is not None else value


@pytest.mark.parametrize(
    ("value", "recorded", "expected"),
    [
        (text("a"), "a", "a"),
        (text("a"), None, "a"),
        (text("a"), "b", "b"),
        (FREE, "b", "b"),
        (None, "b", "b"),
        (text("x-", FREE, "-y"), "x-1-y", "x-1-y"),
        (text("x-", FREE, "-y"), "something else", "something else"),
        (text(FREE, "/*"), "arn/*", "arn/*"),
        (7, 8, 7),
        (FREE, 8, 8),
        (FREE, True, True),
        (Tuple([text("a"), FREE]), Tuple(["a", "b"]), ["a", "b"]),
        (Tuple([text("b"), FREE]), Tuple(["a", "b"]), ["a", "b"]),  # a set is recorded in an order of its own
        (Object({"k": FREE}), Object({"k": "v"}), {"k": "v"}),
    ],
)
def test_what_is_known_wins(value: Value, recorded: Value, expected: object) -> None:
    assert plain(laid_over(value, recorded, THERE)) == expected


def test_what_neither_knows_stays() -> None:
    value = text("x-", FREE)
    assert laid_over(value, Unknown("x", "it is known after apply"), THERE) is value
    assert laid_over(FREE, Tuple([Unknown("x", "")]), THERE) is FREE


def test_a_filled_hole_leaves_the_places_of_what_is_around_it() -> None:
    filled = laid_over(text('{"a": "', FREE, '"}'), '{"a": "b"}', THERE)
    assert known(filled) == '{"a": "b"}'
    assert [getattr(piece, "origin", None) for piece in pieces_of(filled)] == [HERE, None, HERE]  # type: ignore[arg-type]


def test_the_same_json_written_anew_keeps_its_places() -> None:
    written = Located('{"a": [1, 2], "b": "c"}', HERE)
    assert laid_over(written, '{"b":"c","a":[1,2]}', THERE) is written
    other = laid_over(written, '{"b":"d"}', THERE)
    assert (known(other), getattr(other, "origin", None)) == ('{"b":"d"}', THERE)


def test_what_aws_made_itself_is_more_than_its_id() -> None:
    assert laid_over(MINTED, "1234", THERE) is MINTED


def test_nested_blocks_find_what_is_recorded_of_them() -> None:
    first, second = Object({"type": "AWS", "n": 1}), Object({"type": "Service", "n": 2})
    assert counterparts([{"type": "AWS"}, {"type": "Service"}], Tuple([first, second])) == (first, second)
    assert counterparts([{"type": "Service"}, {"type": "AWS"}], Tuple([first, second])) == (second, first)
    assert counterparts([{"type": FREE}, {"type": "AWS"}], Tuple([first, second])) == (None, first)
    assert counterparts([{"type": "AWS"}], Tuple([first, second])) is None
