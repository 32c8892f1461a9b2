"""JSON over text with holes: values, holes and places."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_kms_guard.iam.shapes import NAME
from tf_kms_guard.terraform.containers import parts_of
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.json_encoding import compact_json_of, json_of, laid_out_json_of
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.json_text import decode_json, quoted_hole, unquoted_hole
from tf_kms_guard.terraform.values import Object, Tuple, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Text, TextLike, join_text, origin_of, pieces_of, spell
from tf_kms_guard.values.unknown import Unknown

ARN = Unknown("aws_kms_key.k.arn", "not created yet")


def line(text: str, number: int, column: int = 1) -> Located:
    return Located(text, Span("p.tf", number, column, number, column + len(text.rstrip("\n"))))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_known_text_is_read_like_any_json(value: object, ascii_only: bool) -> None:
    assert decode_json(json.dumps(value, ensure_ascii=ascii_only)) == value


def test_numbers_are_exact_and_the_last_of_equal_names_counts() -> None:
    assert decode_json('{"a": 1, "b": 0.1, "a": 2.0, "c": 1e3, "d": -0}') == {
        "a": 2,
        "b": Decimal("0.1"),
        "c": 1000,
        "d": 0,
    }


@pytest.mark.parametrize("hole", ["x", ARN])
def test_what_is_read_is_an_object_or_tuple_at_every_depth(hole: TextLike) -> None:
    """For Terraform ``jsondecode(jsonencode({ a = [] })) == { a = [] }`` is true, which of maps and lists it is not."""
    text = json_of(Object({"a": Tuple([Object({"b": hole})])}))
    for read in (decode_json(text), decode_json(join_text(pieces_of(text)))):
        assert [part.collection for part in walked(read) if isinstance(part, (Object, Tuple))] == [False] * 3


def test_escapes_are_decoded() -> None:
    assert decode_json(r'"\u00e9\ud83d\ude00\n\/\"\\\ud800"') == 'é😀\n/"\\\ufffd'


def test_a_hole_inside_quotes_is_a_hole_of_that_string() -> None:
    value = decode_json(join_text(['{"Resource": "', ARN, '/*"}']))
    assert isinstance(value, Object)
    resource = value["Resource"]
    assert isinstance(resource, Text)
    assert spell(resource) == "${aws_kms_key.k.arn}/*"


def test_a_string_that_is_one_hole_is_that_hole() -> None:
    value = decode_json(join_text(['["', ARN, '"]']))
    assert isinstance(value, Tuple)
    assert ARN.is_same(value[0])


def test_a_hole_outside_of_quotes_is_the_value() -> None:
    value = decode_json(join_text(['{"a": ', quoted_hole(ARN), ', "b": ', ARN, "}"]))
    assert isinstance(value, Object)
    assert value["a"] is ARN
    assert value["b"] is ARN
    assert quoted_hole(ARN).identity == "jsonencode(aws_kms_key.k.arn)"
    assert unquoted_hole(quoted_hole(ARN)) is ARN


def test_text_that_is_not_known_at_all_decodes_to_something_not_known() -> None:
    value = decode_json(ARN)
    assert isinstance(value, Unknown)
    assert value.identity == "jsondecode(aws_kms_key.k.arn)"
    assert decode_json(quoted_hole(ARN)) is ARN
    mixed = decode_json(join_text(["1", ARN]))
    assert isinstance(mixed, Unknown)


def test_a_name_with_a_hole_is_an_unknown_key() -> None:
    value = decode_json(join_text(['{"', ARN, ':sub": "x"}']))
    assert isinstance(value, Object)
    [key] = value
    assert isinstance(key, UnknownKey)
    assert spell(key.text) == "${aws_kms_key.k.arn}:sub"


def test_a_character_that_looks_like_a_hole_is_none() -> None:
    assert decode_json('["\ufffc"]') == ["\ufffc"]


def test_objects_know_the_line_and_column_of_their_brace() -> None:
    text = join_text(
        [
            line('{ "Statement": [\n', 4, 5),
            line('  {"Sid": "a", "Resource": "', 5),
            ARN,
            line('/*"},\n', 5, 40),
            line('  {"Sid": "b"}\n', 6),
            line("]}\n", 7),
        ]
    )
    value = decode_json(text)
    assert isinstance(value, Object)
    statements = value["Statement"]
    assert isinstance(statements, Tuple)
    assert value.origin == Span("p.tf", 4, 5, 7, 3)
    assert statements.origin == Span("p.tf", 4, 20, 7, 2)
    first, second = statements
    assert isinstance(first, Object)
    assert isinstance(second, Object)
    assert first.origin == Span("p.tf", 5, 3, 5, 44)
    assert second.origin == Span("p.tf", 6, 3, 6, 15)
    assert origin_of(first["Sid"]) == Span("p.tf", 5, 12, 5, 13)


def test_lines_are_counted_inside_a_piece_that_is_a_whole_file() -> None:
    text = Located('{\n  "a": {\n    "b": []\n  }\n}\n', Span("policy.json", 1, 1, 6, 1))
    value = decode_json(text)
    assert isinstance(value, Object)
    inner = value["a"]
    assert isinstance(inner, Object)
    assert inner.origin == Span("policy.json", 2, 8, 4, 4)


def test_a_place_never_lies_behind_the_end_of_its_piece() -> None:
    escaped = Located('{"a": {}}', Span("p.tf", 3, 5, 3, 9))
    value = decode_json(escaped)
    assert isinstance(value, Object)
    inner = value["a"]
    assert isinstance(inner, Object)
    assert inner.origin is not None
    assert (inner.origin.line, inner.origin.column) <= (3, 9)


def test_text_without_a_place_takes_the_one_that_is_given() -> None:
    value = decode_json("{}", Span("p.tf", 1, 2, 3, 4))
    assert isinstance(value, Object)
    assert value.origin == Span("p.tf", 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a value, not the end of the text"),
        ("{", "expected a name in quotes or `}`"),
        ('{"a" 1}', "expected `:`, not `1}`"),
        ('{"a": 1,}', "expected a name in quotes, not `}`"),
        ("[1 2]", "expected `,` or `]`, not `2]`"),
        ("[1,]", "expected a value"),
        ("{} x", "expected the end of the text, not `x`"),
        ('"a\nb"', "a string is not closed on its line"),
        (r'"\q"', "expected a valid escape"),
        ("01", "expected a value, not `01`"),
        ("NaN", "expected a value"),
        ("[1e99999999999999999999]", "a number is out of range"),
        ("[" * 10_000, "nested too deeply"),
        ('{"a":' * 10_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match="JSON") as caught:
        decode_json(Located(text, Span("p.tf", 1, 1, 9, 1)) if text else text)
    assert message in caught.value.message


def test_an_error_names_its_line() -> None:
    with pytest.raises(EvaluationError) as caught:
        decode_json(join_text([line("{\n", 8), line('  "a": oops\n', 9), line("}", 10)]))
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (9, 8)


HOLES = st.sampled_from([ARN, Unknown("var.count", "no value"), Unknown("var.name", "no value", NAME)])
PLACED = st.builds(line, st.text(max_size=5), st.integers(1, 9))
TEXTS = st.lists(PLACED | st.text(max_size=5) | HOLES, max_size=4).map(join_text)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.decimals(allow_nan=False, allow_infinity=False, places=2)
        | TEXTS,
        lambda inner: (
            st.lists(inner).map(Tuple)
            | st.builds(Object, st.dictionaries(st.text(), inner), st.just(Span("p.tf", 7, 1, 9, 2)) | st.none())
        ),
        max_leaves=20,
    ),
    st.sampled_from([json_of, compact_json_of, laid_out_json_of]),
)
def test_encoded_values_are_read_back_as_their_text_would_be(value: Value, encode: Callable[[Value], TextLike]) -> None:
    text = encode(value)
    read, parsed = decode_json(text), decode_json(join_text(pieces_of(text)))
    assert identity_of(read) == identity_of(parsed)
    for one, other in zip(walked(read), walked(parsed), strict=True):
        assert type(one) is type(other) or isinstance(one, str)
        place, expected = origin_of(one), origin_of(other)
        if expected is None:
            continue
        assert place is not None
        if not isinstance(other, Text) or isinstance(other.pieces[0], Located):  # else the one read back knows more
            assert (place.file, place.line, place.column) == (expected.file, expected.line, 1)


def walked(value: Value) -> Iterator[Value]:
    yield value
    for part in parts_of(value) if isinstance(value, (list, dict)) else []:
        yield from walked(part)


def test_empty_pieces_do_not_tell_apart_what_is_the_same() -> None:
    assert join_text((line("", 1), ARN)) is ARN
    assert origin_of(join_text((line("", 1), ""))) == line("", 1).origin
