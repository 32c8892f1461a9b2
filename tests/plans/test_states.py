"""States by hand: what Terraform itself does not write in the roots that it is run on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plans.comparing import plain
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.model import Origin, Record


def stored(*resources: dict[str, Any], **members: Any) -> Record:
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": resources}
    return read_record(json.dumps(state | members).encode(), "terraform.tfstate")


def resource(type_: str, *instances: dict[str, Any], **members: Any) -> dict[str, Any]:
    provider = 'provider["registry.terraform.io/hashicorp/aws"].other'
    return {"mode": "managed", "type": type_, "name": "n", "provider": provider, "instances": instances} | members


def test_instances_have_addresses_values_and_providers() -> None:
    record = stored(
        resource("aws_x", {"attributes": {"id": "1"}}),
        resource(
            "aws_y",
            {"index_key": "a.b", "attributes": {"id": "2"}},
            {"index_key": 3, "attributes": {"id": "3"}},
            module='module.m["k"]',
            mode="data",
        ),
    )
    assert (record.origin, record.format_version, record.terraform_version) == (Origin.STATE, "4", "1.11.4")
    assert {address: plain(recorded.values) for address, recorded in record.resources.items()} == {
        "aws_x.n": {"id": "1"},
        'module.m["k"].data.aws_y.n["a.b"]': {"id": "2"},
        'module.m["k"].data.aws_y.n[3]': {"id": "3"},
    }
    assert {recorded.provider for recorded in record.resources.values()} == {"aws.other"}


def test_an_object_left_behind_does_not_count() -> None:
    record = stored(
        resource("aws_x", {"attributes": {"id": "old"}, "deposed": "12345678"}, {"attributes": {"id": "new"}})
    )
    assert plain(record.resources["aws_x.n"].values) == {"id": "new"}


def test_attributes_as_terraform_0_11_wrote_them_are_not_known() -> None:
    record = stored(resource("aws_x", {"attributes_flat": {"id": "1", "tags.%": "0"}}))
    values = record.resources["aws_x.n"].values
    assert values is not None
    assert plain(values["id"]) == ("unknown", "aws_x.n.id")


def test_paths_of_what_must_not_be_shown() -> None:
    steps = [
        [{"type": "get_attr", "value": "password"}],
        [{"type": "get_attr", "value": "rule"}, {"type": "index", "value": {"value": 0, "type": "number"}}],
        [{"type": "get_attr", "value": "tags"}, {"type": "index", "value": {"value": "k", "type": "string"}}],
        [{"type": "get_attr", "value": "set"}, {"type": "index", "value": {"value": {"a": 1}, "type": ["object", {}]}}],
        "rubbish",
    ]
    record = stored(resource("aws_x", {"attributes": {"id": "1"}, "sensitive_attributes": steps}))
    assert record.resources["aws_x.n"].sensitive == {("password",), ("rule", 0), ("tags", "k"), ("set",), ()}


@pytest.mark.parametrize(
    ("type_", "attribute", "value"),
    [
        ("terraform_data", {"value": "x", "type": "string"}, "x"),
        ("terraform_data", {"value": ["x"], "type": ["list", "string"]}, ["x"]),
        ("terraform_data", {"value": {"value": 1, "type": "s"}, "type": ["object", {}]}, {"value": 1, "type": "s"}),
        ("terraform_data", None, None),
        ("aws_x", {"value": "x", "type": "string"}, {"value": "x", "type": "string"}),
        ("aws_x", [{"value": "x", "type": "TXT"}], [{"value": "x", "type": "TXT"}]),
        ("aws_x", {"value": ["x"], "type": ["tuple", ["string"]]}, ["x"]),
        ("aws_x", {"value": {"a": 1}, "type": ["object", {"a": "number"}]}, {"a": 1}),
        ("aws_x", {"value": ["x"], "type": ["string"]}, {"value": ["x"], "type": ["string"]}),
    ],
)
def test_an_attribute_of_any_type_is_stored_with_its_type(type_: str, attribute: Any, value: Any) -> None:
    record = stored(resource(type_, {"attributes": {"a": attribute}}))
    assert plain(record.resources[f"{type_}.n"].values) == {"a": value}


def test_outputs() -> None:
    outputs = {"shown": {"value": [1], "type": ["tuple", ["number"]]}, "hidden": {"value": "s", "sensitive": True}}
    record = stored(outputs=outputs)
    assert plain(record.outputs) == {"shown": [1], "hidden": "s"}
    assert record.sensitive_outputs == {"hidden"}


def test_a_state_with_nothing_in_it() -> None:
    assert dict(stored().resources) == {}
    shown = read_record(b'{"format_version": "1.0"}', "state.json")
    assert (shown.origin, dict(shown.resources), dict(shown.outputs)) == (Origin.STATE, {}, {})
