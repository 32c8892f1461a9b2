from __future__ import annotations

import pytest

from tf_kms_guard.reports.lines import cells, shown, unbroken, wrap


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("plain: é 日本 😀", "plain: é 日本 😀"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\r\n", "a\\x0ab\\x0d\\x0a"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\ud800 \U000e0001", "\\ud800 \\U000e0001"),
        ("a\tb", "a    b"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
    ],
)
def test_what_a_terminal_would_act_on_is_escaped(text: str, inert: str) -> None:
    assert shown(text) == inert


def test_columns_of_wide_and_combining_characters() -> None:
    assert cells("日本") == 4
    assert cells("e\u0301") == 1


def test_lines_break_at_spaces_and_long_words_at_separators() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("arn:aws:iam::444455556666:role/reader", 31) == ["arn:aws:iam::444455556666:role/", "reader"]
    assert wrap("x" * 10, 4) == ["xxxx", "xxxx", "xx"]
    assert wrap("", 4) == [""]
    assert wrap("日本日本", 5) == ["日本", "日本"]
    assert wrap(f"a {unbroken('key policy open')} b", 15) == ["a", "key policy open", "b"]
