"""What holds for every plan and state."""

from __future__ import annotations

import contextlib
import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.plans.archives import change, packed, plan, plan_file
from tests.plans.comparing import plain
from tests.terraform_stub.values import UNKNOWN
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.errors import UnreadableRecord

NAMES = st.text("abc_", min_size=1, max_size=3)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text('aü$"\\', max_size=4), st.just(UNKNOWN)
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
ATTRIBUTES = st.dictionaries(NAMES, TREES, max_size=4)


def after(tree: Any) -> Any:
    """``after`` as Terraform writes it: an attribute that is not known is left out, an element is null."""
    if isinstance(tree, dict):
        return {name: after(item) for name, item in tree.items() if item is not UNKNOWN}
    if isinstance(tree, list):
        return [after(item) for item in tree]
    return None if tree is UNKNOWN else tree


def after_unknown(tree: Any) -> Any:
    """``after_unknown`` as Terraform writes it: of known attributes only those that are containers."""
    if isinstance(tree, dict):
        marks = {name: after_unknown(item) for name, item in tree.items()}
        return {name: mark for name, mark in marks.items() if mark is not False}
    if isinstance(tree, list):
        return [after_unknown(item) for item in tree]
    return tree is UNKNOWN


def expected(tree: Any, where: str) -> Any:
    if isinstance(tree, dict):
        return {name: expected(item, f"{where}.{name}") for name, item in tree.items()}
    if isinstance(tree, list):
        return [expected(item, f"{where}[{index}]") for index, item in enumerate(tree)]
    return ("unknown", where) if tree is UNKNOWN else tree


@given(ATTRIBUTES)
def test_both_forms_of_a_plan_give_back_what_was_planned(attributes: dict[str, Any]) -> None:
    told = {"actions": ["create"], "after": after(attributes), "after_unknown": after_unknown(attributes)}
    shown = {"format_version": "1.2", "resource_changes": [{"address": "a.b", "change": told}]}
    file = plan_file(plan(change("a.b", [packed(attributes)])))
    for data in (json.dumps(shown).encode(), file):
        values = read_record(data, "plan").resources["a.b"].values
        assert plain(values) == expected(attributes, "a.b")


def test_characters_changed_at_random_never_crash_it() -> None:
    told = {
        "actions": ["create"],
        "after": {"a": ["b", 1.5]},
        "after_unknown": {"c": True},
        "after_sensitive": {"a": [True]},
    }
    shown = {
        "format_version": "1.2",
        "variables": {"v": {"value": [1]}},
        "resource_changes": [{"address": 'm.n["k"]', "type": "m", "name": "n", "index": "k", "change": told}],
        "prior_state": {"values": {"root_module": {"resources": [{"address": "a.b", "values": {"x": 1}}]}}},
        "configuration": {"root_module": {"resources": [{"type": "m", "name": "n", "expressions": {}}]}},
    }
    stored = {
        "version": 4,
        "serial": 1,
        "resources": [{"type": "a", "name": "b", "instances": [{"attributes": {"x": {"value": 1, "type": ["list"]}}}]}],
    }
    whole = [json.dumps(shown).encode(), json.dumps(stored).encode()]
    chance = random.Random(20260102)
    characters = b'{}[]",:0e-.\\ua\xff\x00 tn'
    for round_ in range(4000):
        data = bytearray(whole[round_ % 2])
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(2)] = bytes([chance.choice(characters)])
        with contextlib.suppress(UnreadableRecord):
            record = read_record(bytes(data), "plan.json")
            for recorded in record.resources.values():
                plain(recorded.values)
