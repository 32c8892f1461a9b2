"""What the JSON of a plan means, by hand: the forms of old versions, what is missing, what is marked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plans.comparing import plain
from tf_kms_guard.terraform.plan.addresses import parse_address, provider_name, spell_address, without_keys
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.model import Record
from tf_kms_guard.terraform.values import Object, Tuple


def record(**members: Any) -> Record:
    return read_record(json.dumps({"format_version": "1.2", "terraform_version": "1.11.4", **members}).encode(), "plan")


def change(address: str, after: Any, unknown: Any = False, **others: Any) -> dict[str, Any]:
    """An element of ``resource_changes`` with no more than the address to go by."""
    told = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
    return {"address": address, "change": told | others}


def values(after: Any, unknown: Any) -> Any:
    read = record(resource_changes=[change("aws_x.y", after, unknown)]).resources["aws_x.y"].values
    return plain(read)


X = "aws_x.y"


@pytest.mark.parametrize(
    ("after", "unknown", "expected"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": None}, {}, {"a": None}),
        ({"a": None}, {"a": False}, {"a": None}),
        ({}, {"a": True}, {"a": ("unknown", f"{X}.a")}),
        ({}, {"a": False}, {}),
        ({}, {"a": {}}, {}),
        ({"a": None}, {"a": True}, {"a": ("unknown", f"{X}.a")}),
        ({"a": "shown all the same"}, {"a": True}, {"a": ("unknown", f"{X}.a")}),
        ({"a": [None, "k", None]}, {"a": [True, False, False]}, {"a": [("unknown", f"{X}.a[0]"), "k", None]}),
        ({"a": []}, {"a": [True]}, {"a": [("unknown", f"{X}.a[0]")]}),
        ({"a": ["k", "l"]}, {"a": [True]}, {"a": [("unknown", f"{X}.a[0]"), "l"]}),
        ({"a": ["k"]}, {"a": True}, {"a": ("unknown", f"{X}.a")}),
        ({"r": [{"n": "x"}]}, {"r": [{"id": True}]}, {"r": [{"n": "x", "id": ("unknown", f"{X}.r[0].id")}]}),
        ({"r": None}, {"r": {"id": True}}, {"r": {"id": ("unknown", f"{X}.r.id")}}),
        ({"t": {"a": "b"}}, {"t": {"c.d": True}}, {"t": {"a": "b", "c.d": ("unknown", f"{X}.t.c.d")}}),
        ({"a": 1}, False, {"a": 1}),
        ({"a": 1}, None, {"a": 1}),
    ],
)
def test_what_is_not_known_is_told_beside_the_values(after: Any, unknown: Any, expected: Any) -> None:
    assert values(after, unknown) == expected


def test_values_are_those_of_the_evaluator() -> None:
    read = record(resource_changes=[change("aws_x.y", {"a": [{"b": 1.0, "c": True}]})]).resources["aws_x.y"].values
    assert read is not None
    listed = read["a"]
    assert isinstance(listed, Tuple)
    assert isinstance(listed[0], Object)
    assert type(listed[0]["b"]) is int
    assert read.get("none") is None
    assert "none" not in read
    assert (len(read), list(read)) == (1, ["a"])


def test_a_resource_whose_values_are_wholly_open_has_every_attribute() -> None:
    read = record(resource_changes=[change("aws_x.y", {"a": 1}, True)]).resources["aws_x.y"].values
    assert read is not None
    assert plain(read["anything"]) == ("unknown", "aws_x.y.anything")


def test_actions_decide_what_stays_and_what_goes() -> None:
    read = record(
        resource_changes=[
            change("a.create", {"x": 1}, actions=["create"]),
            change("a.update", {"x": 2}, actions=["update"], before={"x": 1}),
            change("a.replace", {"x": 2}, actions=["create", "delete"], before={"x": 1}),
            change("a.nothing", {"x": 1}, actions=["no-op"], before={"x": 1}),
            change("a.delete", None, actions=["delete"], before={"x": 1}),
            change("a.forget", None, actions=["forget"], before={"x": 1}),
            change("a.exchange", {"x": 2}, actions=["create", "forget"], before={"x": 1}),
            change("data.a.read", {"x": 1}, {"json": True}, actions=["read"]),
        ]
    )
    assert set(read.resources) == {
        "a.create", "a.update", "a.replace", "a.nothing", "a.exchange", "data.a.read",
    }  # fmt: skip
    assert set(read.gone) == {"a.delete", "a.forget"}
    assert plain(read.gone["a.delete"].before) == {"x": 1}
    assert plain(read.resources["data.a.read"].values) == {"x": 1, "json": ("unknown", "data.a.read.json")}
    assert read.resources["data.a.read"].mode == "data"
    assert read.resources["a.replace"].actions == ("create", "delete")


def test_what_was_there_before_stays_where_no_change_speaks_of_it() -> None:
    prior = {
        "resources": [
            {"address": "a.deleted", "values": {"x": 1}},
            {"address": "a.stays", "values": {"x": 1}},
            {"address": "a.changed", "values": {"x": 1}},
            {"address": "data.aws_caller_identity.me", "values": {"account_id": "111122223333"}},
            {"address": "a.stays", "values": {"x": 0}, "deposed_key": "12345678"},
        ],
        "child_modules": [
            {"address": 'module.m["k"]', "resources": [{"address": 'module.m["k"].a.inner', "values": {"x": 3}}]},
            {  # Terraform 0.12 left the module and the key out of the address
                "address": "module.old",
                "resources": [
                    {"address": "a.b", "mode": "managed", "type": "a", "name": "b", "index": 3, "values": {}}
                ],
            },
        ],
    }
    read = record(
        prior_state={"format_version": "1.0", "values": {"root_module": prior}},
        resource_changes=[
            change("a.deleted", None, actions=["delete"], before={"x": 1}),
            change("a.changed", {"x": 2}, actions=["update"], before={"x": 1}),
        ],
    )
    assert {address: plain(recorded.values) for address, recorded in read.resources.items()} == {
        "a.changed": {"x": 2},
        "a.stays": {"x": 1},
        "data.aws_caller_identity.me": {"account_id": "111122223333"},
        'module.m["k"].a.inner': {"x": 3},
        "module.old.a.b[3]": {},
    }
    assert read.resources["module.old.a.b[3]"].module == "module.old"
    assert read.resources["module.old.a.b[3]"].key == 3
    assert read.resources["a.stays"].actions == ()


def test_planned_values_alone_cannot_tell_null_from_not_known() -> None:
    planned = {"root_module": {"resources": [{"address": "aws_x.y", "values": {"bucket": "b"}}]}}
    read = record(planned_values=planned).resources["aws_x.y"].values
    assert read is not None
    assert read["bucket"] == "b"
    assert plain(read["policy"]) == ("unknown", "aws_x.y.policy")


def test_what_must_not_be_shown() -> None:
    marked = change(
        "aws_x.y",
        {"a": "s", "b": [{"c": "s"}]},
        before={"d": "s"},
        after_sensitive={"a": True, "b": [{"c": True}], "e": False, "f": {}},
        before_sensitive={"d": True},
    )
    whole = change("aws_x.z", {"a": "s"}, after_sensitive=True)
    outputs = {
        "shown": {"actions": ["create"], "after": 1, "after_unknown": False, "after_sensitive": False},
        "hidden": {"actions": ["create"], "after": 1, "after_unknown": False, "after_sensitive": True},
        "in_part": {"actions": ["create"], "after": {"x": 1}, "after_unknown": False, "after_sensitive": {"x": True}},
        "open": {"actions": ["create"], "before": None, "after_unknown": True, "after_sensitive": False},
        "gone": {"actions": ["delete"], "before": 1, "after": None, "after_unknown": False},
    }
    read = record(
        resource_changes=[marked, whole],
        output_changes=outputs,
        variables={"v": {"value": "s"}, "w": {"value": None}, "x": {}},
        configuration={"root_module": {"variables": {"v": {"sensitive": True}, "w": {}, "x": {"sensitive": False}}}},
    )
    assert read.resources["aws_x.y"].sensitive == {("a",), ("b", 0, "c"), ("d",)}
    assert read.resources["aws_x.z"].sensitive == {()}
    assert read.sensitive_outputs == {"hidden", "in_part"}
    assert read.sensitive_variables == {"v"}
    assert plain(read.outputs) == {"shown": 1, "hidden": 1, "in_part": {"x": 1}, "open": ("unknown", "output.open")}
    assert read.variables == {"v": "s", "w": None, "x": None}


def test_the_provider_of_a_resource_stands_in_the_configuration() -> None:
    called = {"resources": [{"mode": "data", "type": "a", "name": "r", "provider_config_key": "module.m:aws"}]}
    root = {
        "resources": [
            {"mode": "managed", "type": "aws_x", "name": "y", "provider_config_key": "aws.other",
             "expressions": {"bucket": {"references": ["var.name"]}}, "count_expression": {"constant_value": 2}},
        ],
        "module_calls": {"m": {"source": "./m", "module": called, "for_each_expression": {"references": ["var.n"]}}},
    }  # fmt: skip
    read = record(
        resource_changes=[
            change("aws_x.y[1]", {}),
            change('module.m["a].b"].data.a.r[0]', {}),
            change("aws_x.elsewhere", {}),
        ],
        configuration={"provider_config": {"aws.other": {"name": "aws", "alias": "other"}}, "root_module": root},
    )
    assert {address: recorded.provider for address, recorded in read.resources.items()} == {
        "aws_x.y[1]": "aws.other",
        'module.m["a].b"].data.a.r[0]': "module.m:aws",
        "aws_x.elsewhere": None,
    }
    assert read.providers == {"aws.other": {"name": "aws", "alias": "other"}}
    assert read.configuration is not None
    (block,) = read.configuration.resources
    assert (block.expressions, block.count) == ({"bucket": {"references": ["var.name"]}}, {"constant_value": 2})
    assert read.configuration.calls["m"].for_each == {"references": ["var.n"]}
    assert read.configuration.calls["m"].module.resources[0].mode == "data"


@pytest.mark.parametrize(
    ("members", "complete"),
    [({}, True), ({"complete": True}, True), ({"complete": False}, False), ({"errored": True}, False)],
)
def test_whether_a_plan_is_complete(members: dict[str, bool], complete: bool) -> None:
    assert record(resource_changes=[], **members).complete is complete


@pytest.mark.parametrize(
    ("text", "module", "mode", "type_", "name", "key"),
    [
        ("aws_x.y", "", "managed", "aws_x", "y", None),
        ("aws_x.y[0]", "", "managed", "aws_x", "y", 0),
        ('data.aws_x.y["a.b"]', "", "data", "aws_x", "y", "a.b"),
        ('module.a.module.b["c\\"].d"].data.x.y["]"]', 'module.a.module.b["c\\"].d"]', "data", "x", "y", "]"),
        ('a.b["line\\nend"]', "", "managed", "a", "b", "line\nend"),
        ('a.b["$${x} %%{y} $z"]', "", "managed", "a", "b", "${x} %{y} $z"),
        ("module.data.data.data.data", "module.data", "data", "data", "data", None),
    ],
)
def test_addresses(text: str, module: str, mode: str, type_: str, name: str, key: str | int | None) -> None:
    parsed = parse_address(text)
    assert parsed is not None
    assert (parsed.module, parsed.mode, parsed.type, parsed.name, parsed.key) == (module, mode, type_, name, key)
    assert spell_address(parsed) == text


@pytest.mark.parametrize(
    "text", ["", "a", "module.a", "a.b.c", "data.a", "a.b[", 'a.b["x]', "a.b[-1]", "a.b[x]", " a.b"]
)
def test_no_addresses(text: str) -> None:
    assert parse_address(text) is None


def test_an_address_without_its_keys() -> None:
    assert without_keys('module.a["x[0].y"].module.b[3].data.c.d["\\"]"]') == "module.a.module.b.data.c.d"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('provider["registry.terraform.io/hashicorp/aws"]', "aws"),
        ('provider["registry.opentofu.org/hashicorp/aws"].other', "aws.other"),
        ('module.a.module.b.provider["registry.terraform.io/hashicorp/aws"].x', "module.a.module.b:aws.x"),
        ('provider["registry.opentofu.org/hashicorp/aws"].by_region["eu-west-1"]', 'aws.by_region["eu-west-1"]'),
        ("provider.aws.other", "aws.other"),
        ("module.a.provider.aws", "module.a:aws"),
        ("rubbish", None),
        ("", None),
    ],
)
def test_names_of_provider_configurations(text: str, name: str | None) -> None:
    assert provider_name(text) == name
