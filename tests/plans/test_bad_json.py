"""JSON that is no plan or state, or a damaged or hostile one: one clear line, or not known, never absent."""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plans.comparing import plain
from tf_kms_guard.terraform.diagnostics import DiagnosticKind
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Origin

CHANGE: dict[str, Any] = {
    "address": "aws_s3_bucket.a",
    "mode": "managed",
    "type": "aws_s3_bucket",
    "name": "a",
    "change": {"actions": ["create"], "before": None, "after": {"bucket": "grün"}, "after_unknown": {"arn": True}},
}
PLAN: dict[str, Any] = {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [CHANGE]}


def text_with(after: str, unknown: str = "{}") -> bytes:
    """A plan whose one resource has these attributes, as they stand."""
    whole = json.dumps(
        {**PLAN, "resource_changes": [{**CHANGE, "change": {"actions": ["create"], "after": 1, "after_unknown": 2}}]}
    )
    return (
        whole.replace('"after": 1', f'"after": {after}')
        .replace('"after_unknown": 2', f'"after_unknown": {unknown}')
        .encode()
    )


def values_of(data: bytes) -> Any:
    return read_record(data, "plan.json").resources["aws_s3_bucket.a"].values


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableRecord) as caught:
        read_record(data, "plan.json")
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 400
    return text


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_encodings_that_shells_write(encoding: str, mark: bytes, end: str) -> None:
    data = mark + (json.dumps(PLAN, ensure_ascii=False) + end).encode(encoding)
    assert plain(values_of(data)) == {"bucket": "grün", "arn": ("unknown", "aws_s3_bucket.a.arn")}


def test_a_path_is_read_like_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(PLAN), encoding="utf-8")
    record = read_record(file, "shown.json")
    assert (record.origin, record.path, set(record.resources)) == (Origin.PLAN_JSON, "shown.json", {"aws_s3_bucket.a"})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"   \n", "no plan or state"),
        (b"null", "no plan or state"),
        (b"[]", "no plan or state"),
        (b'"text"', "no plan or state"),
        (b"{}", "no plan or state"),
        (b'{"Version": "2012-10-17", "Statement": []}', "no plan or state"),
        (b'resource "aws_s3_bucket" "a" {}', "no plan or state"),
        (b"Terraform will perform the following actions:\n", "no plan or state"),
        (b'{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n', "the log that `terraform plan -json`"),
        (b"\x89PNG\r\n\x1a\n\xff\xd8", "neither text nor a plan file"),
        (b"\xff\xfe\x00", "neither text nor a plan file"),
        (b"\xff\xfe\x00\xdc", "neither text nor a plan file"),
        (b'{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "eA==", "encryption_version": "v0"}', "encrypted by OpenTofu"),
        (b'{"version": 3, "serial": 1, "lineage": "x", "modules": []}', "version 3, which Terraform before 0.12 wrote"),
        (b'{"version": 9, "serial": 1, "lineage": "x"}', "version 9, newer than"),
        (b'{"version": "4", "serial": 1}', "no plan or state"),
        (b'{"format_version": "1.2", "resource_changes": {}}', "no plan or state"),
        (b'{"format_version": 1, "resource_changes": []}', "no plan or state"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": 5}]}', "no plan or state"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": "x", "change": {}}]}', "no address"),
        (b'{"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "x"}]}}}', "no address"),
    ],
)  # fmt: skip
def test_what_is_no_plan_or_state(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_a_plan_that_is_cut_off_anywhere() -> None:
    whole = json.dumps(PLAN, ensure_ascii=False).encode()
    for end in range(1, len(whole)):
        refusal(whole[:end])


def test_characters_that_are_no_utf_8_even_where_nobody_looks() -> None:
    assert "neither text" in refusal(text_with('{"x": "?"}').replace(b"?", b"\xff"))
    assert "neither text" in refusal(text_with('{"x": "?"}').replace(b"?", b"\xed\xa0\x80"))
    large = b'"' + b"a" * (1024 * 1024 - 1) + "ü".encode() * 10 + b'"'  # a character across the edge of two chunks
    assert values_of(text_with('{"x": 1}').replace(b"1}", large + b"}"))["x"].endswith("üü")


def test_half_of_a_surrogate_pair_is_refused() -> None:
    refusal(text_with('{"x": "\\ud800"}'))
    refusal(text_with('{"x": "\\ud800 and more"}'))


def test_deep_nesting() -> None:
    depth = 100_000
    assert "no plan or state" in refusal(b"[" * depth + b"]" * depth)
    assert "nested too deeply" in refusal(text_with("[" * depth + "]" * depth))
    modules = '{"child_modules": [' * depth + "]}" * depth
    assert "nested too deeply" in refusal(
        b'{"format_version": "1.2", "resource_changes": [], "planned_values": {"root_module": %s}}' % modules.encode()
    )
    calls = '{"module_calls": {"m": {"module": ' * depth + "{}" + "}}}" * depth
    assert "nested too deeply" in refusal(
        b'{"format_version": "1.2", "configuration": {"root_module": %s}}' % calls.encode()
    )


@pytest.mark.parametrize("depth", [150, 250, 400, 900])
def test_attributes_that_are_nested_deeply_are_read_or_not_known(depth: int) -> None:
    values = values_of(text_with('{"a": ' * depth + "1" + "}" * depth))
    if depth <= 150:
        assert list(values) == ["a"]
    else:
        assert plain(values["a"]) == ("unknown", "aws_s3_bucket.a.a")
        assert plain(values["policy"]) == ("unknown", "aws_s3_bucket.a.policy")
    marks = values_of(text_with('{"a": 1}', '{"b": ' * depth + "true" + "}" * depth))
    assert "b" in marks


@pytest.mark.parametrize("depth", [10, 100, 101, 200, 230, 300])
def test_modules_that_are_nested_deeply(depth: int) -> None:
    calls = '{"module_calls": {"m": {"module": ' * depth + "{}" + "}}}" * depth
    data = b'{"format_version": "1.2", "configuration": {"root_module": %s}}' % calls.encode()
    if depth > 100:
        assert "nested too deeply" in refusal(data)
    else:
        assert read_record(data, "plan.json").configuration is not None


def test_numbers_are_exact_and_huge_ones_are_not_known() -> None:
    exact = "[0.1, 1e3, 12345678901234567890123, -0.5, 1e400, 0.30000000000000004]"
    values = values_of(text_with(f'{{"n": {exact}}}'))
    assert [str(number) for number in values["n"]] == [
        "0.1", "1000", "12345678901234567890123", "-0.5", "1" + "0" * 400, "0.30000000000000004",
    ]  # fmt: skip
    for huge in ("1" * 5000, "1e99999999999999999999", "-1e99999999999999999999"):
        read = values_of(text_with(f'{{"n": {huge}, "policy": "x"}}'))
        assert plain(read["policy"]) in ("x", ("unknown", "aws_s3_bucket.a.policy"))
        assert "n" in read
    assert sys.get_int_max_str_digits() == 4300


def test_a_newer_format_is_read_with_a_warning() -> None:
    record = read_record(json.dumps({**PLAN, "format_version": "2.0", "new": {"x": 1}}).encode(), "plan.json")
    assert set(record.resources) == {"aws_s3_bucket.a"}
    (diagnostic,) = record.diagnostics
    assert diagnostic.kind is DiagnosticKind.INPUT
    assert (diagnostic.file, "2.0" in diagnostic.message) == ("plan.json", True)
    assert not read_record(json.dumps({**PLAN, "format_version": "1.9"}).encode(), "plan.json").diagnostics


def test_one_address_twice() -> None:
    twice = json.dumps({**PLAN, "resource_changes": [CHANGE, CHANGE]}).encode()
    assert "says twice what becomes of aws_s3_bucket.a" in refusal(twice)
    instance = {"address": "aws_s3_bucket.a", "type": "aws_s3_bucket", "name": "a", "values": {}}
    state = {"format_version": "1.0", "values": {"root_module": {"resources": [instance, instance]}}}
    assert "holds aws_s3_bucket.a twice" in refusal(json.dumps(state).encode())
    stored = {"type": "aws_s3_bucket", "name": "a", "instances": [{"attributes": {}}, {"attributes": {}}]}
    assert "holds aws_s3_bucket.a twice" in refusal(
        json.dumps({"version": 4, "serial": 1, "resources": [stored]}).encode()
    )


def test_an_address_with_anything_in_it_takes_no_time() -> None:
    for address in ("module." * 50_000, 'module.a["' + "\\" * 100_000, "a.b[" * 50_000, 'a.b["' + "x" * 100_000 + '"'):
        changed = {**CHANGE, "address": address, "type": "", "name": ""}
        assert "no address" in refusal(json.dumps({**PLAN, "resource_changes": [changed]}).encode())
