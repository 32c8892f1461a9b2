"""No arguments make a function crash: it answers, does not know, or refuses as Terraform does."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.terraform.functions.support import ACCOUNT, HERE, free, minted, run
from tf_kms_guard.terraform import functions
from tf_kms_guard.terraform.choices import alternatives, assume, choose, conditions_in
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.functions.registry import FUNCTIONS
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Object, Referred, SetValue, Tuple, Value
from tf_kms_guard.values.text import Located, join_text
from tf_kms_guard.values.truth import Truth


@dataclass
class Thing:
    address: str

    def read(self, attribute: str) -> Value:
        return f"{self.address}.{attribute}"

    def names(self) -> Iterable[str]:
        return ("arn",)


STRINGS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            ",",
            "/",
            ":",
            "%s",
            "%d-%05.2f",
            "/a+/",
            "10.0.0.0/8",
            "a,b\n1,2",
            '{"a": [1]}',
            "é\u0301",
            "1e9",
        ]
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.integers(),
    st.decimals(-1000, 1000, places=2),
    st.sampled_from([Decimal("1E+3999"), Decimal("1E-3999"), 1 << 511]),
    STRINGS,
    STRINGS.map(lambda text: Located(text, HERE)),
    st.builds(lambda a, b: join_text([a, minted("account"), b]), STRINGS, STRINGS),
    st.builds(lambda a, b: join_text([a, free("var.x"), b]), STRINGS, STRINGS),
    st.sampled_from([free("var.x"), free("var.y", ACCOUNT), minted("account"), Referred(Thing("module.m"))]),
)


def _nested(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(lambda items: Tuple(items, HERE)),
        st.dictionaries(STRINGS, inner, max_size=3),
        st.dictionaries(STRINGS, inner, max_size=3).map(lambda items: Object(items, HERE)),
        st.lists(inner, max_size=2).map(lambda items: SetValue(tuple(items), exact=len(items) < 2)),
        st.builds(lambda a, b: choose(free("var.on"), [(True, a), (False, b)]), inner, inner),
        st.builds(lambda a, b: choose(free("var.key"), [("a", a), ("b", b)]), inner, inner),
    )


VALUES: st.SearchStrategy[Value] = st.recursive(SCALARS, _nested, max_leaves=6)


@settings(max_examples=3000, deadline=None)
@given(st.sampled_from(sorted(functions.all_functions())), st.lists(VALUES, max_size=4))
def test_a_function_answers_or_refuses(name: str, arguments: list[Value]) -> None:
    try:
        result = run(name, *arguments)
    except EvaluationError:
        return
    again = run(name, *arguments)
    if name not in ("bcrypt", "timestamp", "uuid"):  # each of their calls gives another value
        assert identity_of(again) == identity_of(result)


@settings(max_examples=500, deadline=None)
@given(VALUES, VALUES)
def test_equality_is_symmetric_and_holds_in_every_world(one: Value, other: Value) -> None:
    truth = values_equal(one, other)
    assert values_equal(other, one) is truth
    assert values_equal(one, one) is Truth.YES
    for condition in conditions_in([one, other]):
        for outcome in (True, False, "a", "b"):
            if isinstance(outcome, bool) == (condition.identity == "var.on"):
                given_outcome = {condition.identity: outcome}
                there = values_equal(assume(one, given_outcome), assume(other, given_outcome))
                assert truth is Truth.UNKNOWN or there is truth


@given(VALUES)
def test_what_is_assumed_hangs_on_nothing_any_more(value: Value) -> None:
    settled = assume(value, {"var.on": True, "var.key": "a"})
    assert conditions_in(settled) == ()
    assert len(alternatives(settled)) == 1


def test_every_function_is_found_by_its_name() -> None:
    for module in pkgutil.iter_modules(functions.__path__):
        import_module(f"{functions.__name__}.{module.name}")
    assert functions.all_functions().keys() == FUNCTIONS.keys()
    assert set(functions._MODULE_OF) == set(FUNCTIONS)
