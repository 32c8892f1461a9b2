"""One type for several values: in conditionals, collections and functions, as Terraform itself has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.expressions import root_module
from tests.terraform.judging import NOT_KNOWN, ours, terraforms, workspace
from tf_kms_guard.terraform.branches import agreed
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.unification import OPEN, Inconsistent, type_of, unify
from tf_kms_guard.terraform.values import Object, Tuple
from tf_kms_guard.values.unknown import Unknown

FREE = Unknown("var.x", "no value was given")

CASES = Path(__file__).with_name("unification.txt").read_text(encoding="utf-8").splitlines()
"""Expressions over the variables of ``expressions.py``, one a line."""

LEFT_OPEN = {
    "1 / 0": "infinity",
    "-1 / 0": "infinity",
    "tostring(1 / 0)": "infinity",
    "(1 / 0) > 5": "infinity",
    "var.none == tolist([])": "a list that is empty does not show the type of its elements",
    '"${1 / 0}"': "infinity",
}


@pytest.mark.oracle
def test_values_are_made_one_type_as_terraform_makes_them(tmp_path: Path) -> None:
    answers = terraforms(root_module(), CASES, tmp_path)
    found = list(ours(workspace(tmp_path), CASES))
    wrong = {
        text: (answer, mine)
        for text, answer, mine in zip(CASES, answers, found, strict=True)
        if mine != answer and not (text in LEFT_OPEN and mine == NOT_KNOWN)
    }
    assert wrong == {}


def test_where_a_type_is_not_known_an_object_and_a_tuple_still_have_none_in_common() -> None:
    item, row = Object({"a": 1}), Tuple([1])
    with pytest.raises(Inconsistent):
        unify([type_of(item), OPEN, type_of(row)])
    assert unify([type_of(item), OPEN, "string"]) == OPEN
    assert unify([OPEN, "number", "string"]) == "string"
    assert unify([OPEN, "number"]) == OPEN
    with pytest.raises(EvaluationError, match="type in common"):
        agreed(Tuple([item, FREE], None, False), Tuple([row], None, False))


def test_what_is_beside_an_unknown_stays_as_it_is() -> None:
    value = Tuple([1, FREE], None, False)
    assert agreed(value, Tuple([FREE, 1], None, False)) is value
