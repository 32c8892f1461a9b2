"""Regular expressions where RE2 is missing, and what its bindings alone would get wrong."""

from __future__ import annotations

import sys

import pytest

from tests.terraform.functions.support import run
from tf_kms_guard.terraform.functions import regular
from tf_kms_guard.values.unknown import Unknown


@pytest.mark.parametrize(
    "call", [("regex", "a", "a"), ("regexall", "a", "a"), ("replace", "a", "/a/", "b")], ids=lambda call: call[0]
)
def test_without_re2_a_regular_expression_gives_a_free_value_that_says_so(
    call: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    regular._compiled.cache_clear()
    try:
        value = run(*call)
    finally:
        regular._compiled.cache_clear()
    assert isinstance(value, Unknown)
    assert "pip install tf-kms-guard[re2]" in value.because


def test_plain_replacement_needs_no_re2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    assert run("replace", "a.b", ".", "-") == "a-b"


def test_one_byte_of_a_character_is_never_matched() -> None:
    assert run("regexall", "", "é😀") == ["", "", ""]
    assert isinstance(run("regex", r"\C", "é"), Unknown)


def test_a_wrong_pattern_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("jsonencode", "x") == '"x"'
    with pytest.raises(Exception, match="no regular expression"):
        run("regex", "(", "a")
    assert capfd.readouterr().err == ""
