"""compare.py against brute force: every filling of the holes, from small alphabets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_kms_guard.values.compare import PLAIN, World, equal, matches
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, pieces_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Shape, Unknown

LETTERS = "ab:"


def hole(identity: str, alphabet: str | None = None, low: int = 0, high: int | None = None, **more: bool) -> Unknown:
    shape = Shape("test", None if alphabet is None else frozenset(alphabet), low, high)
    return Unknown(identity, "for a test", shape, **more)


def fillings(unknown: Unknown) -> list[str]:
    """All texts up to three characters that the hole may hold."""
    alphabet = LETTERS if unknown.shape.alphabet is None else sorted(unknown.shape.alphabet)
    highest = 3 if unknown.shape.maximum is None else min(3, unknown.shape.maximum)
    return [
        "".join(letters)
        for length in range(unknown.shape.minimum, highest + 1)
        for letters in itertools.product(alphabet, repeat=length)
    ]


def worlds(*texts: TextLike) -> Iterator[dict[str, str]]:
    holes = {unknown.identity: unknown for text in texts for unknown in holes_of(text)}
    for values in itertools.product(*(fillings(unknown) for unknown in holes.values())):
        yield dict(zip(holes, values, strict=True))


def filled(text: TextLike, values: dict[str, str]) -> str:
    return "".join(values[p.identity] if isinstance(p, Unknown) else p for p in pieces_of(text))


def glob(pattern: str, text: str) -> bool:
    """A reference matcher, by the definition."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(glob(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and glob(pattern[1:], text[1:])


def pattern_matches(pattern: TextLike, value: TextLike, values: dict[str, str]) -> bool:
    return glob(filled(pattern, values), filled(value, values))


def shaped_holes(identities: str) -> st.SearchStrategy[Unknown]:
    """One shape for each identity, as everywhere in the product."""
    shapes = {
        "1": hole("1"),
        "2": hole("2", "a", 1, 2),
        "3": hole("3", "ab", 2, 2),
        "4": hole("4", "b:", 0, 2),
        "5": hole("5"),
    }
    return st.sampled_from([shapes[identity] for identity in identities])


def texts(literals: str) -> st.SearchStrategy[TextLike]:
    literal = st.text(literals, min_size=0, max_size=3)
    return st.lists(st.one_of(literal, shaped_holes("12345")), max_size=3).map(join_text)


def few_holes(*sides: TextLike) -> bool:
    return len({unknown.identity for side in sides for unknown in holes_of(side)}) <= 2


@settings(max_examples=600, deadline=None)
@given(texts(LETTERS), texts(LETTERS))
def test_equality_never_contradicts_brute_force(one: TextLike, other: TextLike) -> None:
    if not few_holes(one, other):
        return
    answer = equal(one, other)
    outcomes = {filled(one, values) == filled(other, values) for values in worlds(one, other)}
    if answer is Truth.YES:
        assert outcomes == {True}
    if answer is Truth.NO:
        assert outcomes == {False}


@settings(max_examples=600, deadline=None)
@given(texts("ab:*?"), texts(LETTERS))
def test_matching_never_contradicts_brute_force(pattern: TextLike, value: TextLike) -> None:
    if not few_holes(pattern, value):
        return
    answer = matches(pattern, value)
    outcomes = {pattern_matches(pattern, value, values) for values in worlds(pattern, value)}
    if answer is Truth.YES:
        assert outcomes == {True}
    if answer is Truth.NO:
        assert outcomes == {False}


@given(st.text("ab:*?", max_size=8), st.text("ab:*?", max_size=8))
def test_known_texts_are_matched_exactly(pattern: str, value: str) -> None:
    assert matches(pattern, value) is Truth.of(glob(pattern, value))


@given(st.text("aB:", max_size=4), st.text("Ab:", max_size=4))
def test_case_can_be_folded(one: str, other: str) -> None:
    assert equal(one, other, fold_case=True) is Truth.of(one.lower() == other.lower())


UPPER = hole("upper", "AB", 1, 2)
MIXED = hole("mixed", "aB", 0, 2)


def cased_texts(literals: str) -> st.SearchStrategy[TextLike]:
    part = st.one_of(st.text(literals, max_size=2), st.sampled_from([UPPER, MIXED]))
    return st.lists(part, max_size=3).map(join_text)


@settings(max_examples=400, deadline=None)
@given(cased_texts("aAbB*"), cased_texts("aAbB"))
def test_folding_case_never_contradicts_brute_force(pattern: TextLike, value: TextLike) -> None:
    for answer, compare in (
        (equal(pattern, value, fold_case=True), lambda a, b: a == b),
        (matches(pattern, value, fold_case=True), glob),
    ):
        outcomes = {
            compare(filled(pattern, values).lower(), filled(value, values).lower()) for values in worlds(pattern, value)
        }
        if answer is not Truth.UNKNOWN:
            assert outcomes == {answer is Truth.YES}


@settings(max_examples=200)
@given(texts(LETTERS), texts(LETTERS), st.sampled_from(["", "a", "ab"]))
def test_settling_a_hole_never_turns_an_answer_round(one: TextLike, other: TextLike, value: str) -> None:
    before = equal(one, other)
    after = equal(one, other, World(bindings={"1": value}))
    assert {before, after} != {Truth.YES, Truth.NO}


@given(texts(LETTERS), texts(LETTERS))
def test_equality_is_symmetric(one: TextLike, other: TextLike) -> None:
    assert equal(one, other) is equal(other, one)


@given(texts(LETTERS))
def test_everything_equals_itself(text: TextLike) -> None:
    assert equal(text, text) is Truth.YES


ACCOUNT = hole("account", "0123456789", 12, 12, minted=True)
OTHER_ACCOUNT = hole("other account", "0123456789", 12, 12, minted=True)
KEY = hole("key", "0123456789abcdef-", 36, 36, minted=True, unique=True)
OTHER_KEY = hole("other key", "0123456789abcdef-", 36, 36, minted=True, unique=True)
FREE = hole("var.x")


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (FREE, FREE, Truth.YES),
        (FREE, "a", Truth.UNKNOWN),
        (FREE, "", Truth.UNKNOWN),
        (ACCOUNT, "444455556666", Truth.UNKNOWN),
        (ACCOUNT, "44445555666", Truth.NO),
        (ACCOUNT, "root", Truth.NO),
        (ACCOUNT, OTHER_ACCOUNT, Truth.UNKNOWN),
        (KEY, OTHER_KEY, Truth.NO),
        (KEY, KEY, Truth.YES),
        (KEY, ACCOUNT, Truth.NO),
        (join_text(("arn:", FREE, ":key")), join_text(("arn:", FREE, ":key")), Truth.YES),
        (join_text(("arn:", FREE, ":key")), "arn:x:alias", Truth.NO),
        (join_text(("arn:aws:iam::", ACCOUNT, ":root")), "arn:aws:iam::444455556666:root", Truth.UNKNOWN),
        (join_text(("arn:aws:iam::", ACCOUNT, ":root")), "arn:aws:iam::444455556666:role/x", Truth.NO),
    ],
)
def test_equality_of_holes(one: TextLike, other: TextLike, answer: Truth) -> None:
    assert equal(one, other) is answer


@pytest.mark.parametrize(
    ("pattern", "value", "answer"),
    [
        ("*", FREE, Truth.YES),
        ("arn:*", join_text(("arn:", FREE)), Truth.YES),
        ("arn:*:key/*", join_text(("arn:", ACCOUNT, ":key/", KEY)), Truth.YES),
        ("arn:?:key", join_text(("arn:", ACCOUNT, ":key")), Truth.NO),
        (join_text((FREE, "/*")), join_text((FREE, "/object")), Truth.YES),
        (join_text((FREE, "/*")), "bucket", Truth.NO),
        (join_text((FREE, "/*")), "bucket/object", Truth.UNKNOWN),
        ("bucket/*", "bucket/", Truth.YES),
        ("a**b", "ab", Truth.YES),
    ],
)
def test_patterns_and_holes(pattern: TextLike, value: TextLike, answer: Truth) -> None:
    assert matches(pattern, value) is answer


def test_the_own_account_is_presumed_to_differ_from_a_literal_and_not_in_the_certain_world() -> None:
    world = World(own=frozenset({"account"}))
    assert equal(ACCOUNT, "444455556666", world) is Truth.NO
    assert equal(ACCOUNT, "444455556666", world.certain()) is Truth.UNKNOWN


def test_two_accounts_told_apart_differ_and_not_in_the_certain_world() -> None:
    world = World(apart=frozenset({frozenset({"account", "other account"})}))
    assert equal(ACCOUNT, OTHER_ACCOUNT, world) is Truth.NO
    assert equal(ACCOUNT, OTHER_ACCOUNT, world.certain()) is Truth.UNKNOWN


def test_a_settled_account_is_compared_by_its_value() -> None:
    world = World(bindings={"account": "444455556666"})
    assert equal(ACCOUNT, "444455556666", world) is Truth.YES
    assert equal(ACCOUNT, "111122223333", world) is Truth.NO


def test_many_holes_and_stars_are_compared_without_a_blow_up() -> None:
    text = join_text([part for i in range(40) for part in (hole(str(i)), "a")])
    assert equal(text, "a" * 60 + "b") is Truth.NO
    assert matches("*a" * 40 + "b", "a" * 200) is Truth.NO
    assert PLAIN.bind("x") == "x"
    assert known(join_text(("a", "b"))) == "ab"


def test_a_long_row_of_stars_is_compared_without_a_blow_up() -> None:
    value = join_text(("a" * 200, Unknown("var.x", "no value"), "a" * 500))
    assert matches("*a" * 200 + "b", value) is Truth.NO
    assert matches("*a" * 200 + "*", value) is Truth.YES
