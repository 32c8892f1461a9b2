"""Plan files that are damaged, hostile, or of another version: one clear line, and nothing written anywhere."""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import stat
import struct
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.plans.archives import archive, change, message, packed, plan, plan_file
from tests.plans.comparing import plain
from tests.terraform_stub.values import UNKNOWN
from tf_kms_guard.terraform.plan.archive import LARGEST_MEMBER
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Origin

BUCKET = change("aws_s3_bucket.a", [packed({"bucket": "b", "arn": UNKNOWN, "tags": None})])


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableRecord) as caught:
        read_record(data, "tfplan")
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_the_smallest_plan_file_is_read() -> None:
    record = read_record(plan_file(plan(BUCKET)), "tfplan")
    assert record.origin is Origin.PLAN_FILE
    assert record.complete
    assert plain(record.resources["aws_s3_bucket.a"].values) == {
        "bucket": "b",
        "arn": ("unknown", "aws_s3_bucket.a.arn"),
        "tags": None,
    }
    (source,) = record.sources
    assert (source.key, source.directory, source.files) == ("", ".", {"main.tf": b"# nothing\n"})


def test_no_zip_and_no_plan_inside() -> None:
    assert "damaged zip" in refusal(b"PK\x03\x04" + b"\0" * 100)
    assert "damaged zip" in refusal(plan_file(plan(BUCKET))[:-30])
    assert "without a plan" in refusal(archive({"readme.txt": b"hello"}))
    assert "without a plan" in refusal(archive({}))


def test_a_bomb_is_measured_by_what_comes_out_of_it_not_by_what_it_says() -> None:
    bomb = bytearray(plan_file(b"\0" * (LARGEST_MEMBER + 1)))
    assert len(bomb) < 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "larger than 128 MiB" in refusal(bytes(bomb))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # the size that the headers tell
        at = bomb.index(signature) + offset
        assert struct.unpack_from("<I", bomb, at)[0] == LARGEST_MEMBER + 1
        struct.pack_into("<I", bomb, at, 100)
    refusal(bytes(bomb))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert used < 2.5 * LARGEST_MEMBER / 1024


def test_many_large_files_are_bounded_together() -> None:
    several = {f"tfconfig__m-__{number}.tf": b" " * (7 * 1024 * 1024) for number in range(10)}
    assert "Terraform files are larger than 64 MiB" in refusal(plan_file(plan(BUCKET), **several))
    assert "larger than 8 MiB" in refusal(
        plan_file(plan(BUCKET), **{"tfconfig__m-__main.tf": b" " * (9 * 1024 * 1024)})
    )


def test_names_that_lead_elsewhere_are_passed_over_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "a" / "b"
    directory.mkdir(parents=True)
    monkeypatch.chdir(directory)
    names = ["../up.tf", "tfconfig/../../up.tf", "tfconfig/m-/../up.tf", "/tmp/absolute.tf", "tfconfig/m-/..",
             "tfconfig/m-/a\\..\\up.tf", "C:\\up.tf", "tfconfig/m-/sub/deep.tf", "tfconfig/m-/.", "tfconfig/m-/"]  # fmt: skip
    data = plan_file(plan(BUCKET), **dict.fromkeys(names, b"bad"))
    record = read_record(data, "tfplan")
    assert [set(source.files) for source in record.sources] == [{"main.tf"}]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_links_are_passed_over() -> None:
    out = io.BytesIO(plan_file(plan(BUCKET)))
    with zipfile.ZipFile(out, "a") as file:
        link = zipfile.ZipInfo("tfconfig/m-/link.tf")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    record = read_record(out.getvalue(), "tfplan")
    assert set(record.sources[0].files) == {"main.tf"}


def test_a_name_that_is_there_twice() -> None:
    out = io.BytesIO(plan_file(plan(BUCKET)))
    with zipfile.ZipFile(out, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("tfplan", plan())
    assert "'tfplan' twice" in refusal(out.getvalue())


def test_an_encrypted_archive() -> None:
    data = bytearray(plan_file(plan(BUCKET)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert "encrypted" in refusal(bytes(data))


def test_a_packing_that_terraform_does_not_use() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("tfplan", plan(BUCKET))
    assert "does not use" in refusal(out.getvalue())


def test_another_version() -> None:
    assert "version 4" in refusal(plan_file(plan(BUCKET, version=4)))
    assert "terraform show -json" in refusal(plan_file(plan(BUCKET, version=2)))
    assert "older" in refusal(plan_file(plan(message((9, b"")))))
    assert "action 77" in refusal(plan_file(plan(change("aws_s3_bucket.a", [packed({})], action=77))))


def test_no_message_of_protocol_buffers() -> None:
    for rubbish in (b"\xff" * 40, b"hello, this is text", b"\x0b\x0b", b"\x0a\xff\xff\xff\xff\x0f", b"\x80" * 11):
        assert refusal(plan_file(rubbish))
    assert "damaged" in refusal(plan_file(message((1, "three"))))
    assert "damaged" in refusal(plan_file(message((1, 3), (14, b"\xff\xfe"))))
    assert "damaged" in refusal(plan_file(message((1, 3), (3, 5))))


def test_rubbish_instead_of_packed_values() -> None:
    huge_list = b"\xdd\xff\xff\xff\xff"
    for rubbish in (b"", b"\xc1", b"\x81\xa1a", huge_list, b"\x91" * 5000, b"\xc7\x0c\xff\x00" * 9):
        assert "aws_s3_bucket.a in it are damaged" in refusal(
            plan_file(plan(change("aws_s3_bucket.a", [message((1, rubbish))])))
        )
    assert "missing" in refusal(plan_file(plan(change("aws_s3_bucket.a", []))))
    assert "var.x in it is damaged" in refusal(
        plan_file(message((1, 3), (2, message((1, "x"), (2, message((1, b"\xc1")))))))
    )


@pytest.mark.parametrize(
    "value",
    [["a", "list"], {1: "a number as a name"}, {"deep": [[]]}, {"endless": float("inf")}, {"bytes": b"x"}],
    ids=str,
)
def test_what_is_no_value_of_terraforms_is_not_known_and_never_absent(value: object) -> None:
    if isinstance(value, dict) and "deep" in value:
        for _ in range(400):
            value = {"deep": value}
    record = read_record(plan_file(plan(change("aws_s3_bucket.a", [packed(value)]))), "tfplan")
    values = record.resources["aws_s3_bucket.a"].values
    assert values is not None
    assert plain(values["policy"]) == ("unknown", "aws_s3_bucket.a.policy")
    assert plain(values.get("policy")) == ("unknown", "aws_s3_bucket.a.policy")
    assert "policy" in values


@pytest.mark.parametrize("extension", [b"\xd4\x05\x00", b"\xd4\x00\x00"], ids=["of another kind", "not known"])
def test_attributes_that_are_one_extension_are_not_known(extension: bytes) -> None:
    record = read_record(plan_file(plan(change("aws_s3_bucket.a", [message((1, extension))]))), "tfplan")
    values = record.resources["aws_s3_bucket.a"].values
    assert values is not None
    assert plain(values["policy"]) == ("unknown", "aws_s3_bucket.a.policy")


def test_lists_that_say_they_are_long_cost_no_memory() -> None:
    nested = b"\xdd\x01\x00\x00\x00" * 50 + b"\0" * (20 * 1024 * 1024)  # in each, 17 million elements
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(plan_file(plan(change("aws_s3_bucket.a", [message((1, nested))]))))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 6 * len(nested)


def test_a_value_of_which_something_is_known_is_not_known() -> None:
    refined = msgspec.msgpack.encode({"arn": msgspec.msgpack.Ext(12, b"\x81\x01\xc2")})
    record = read_record(plan_file(plan(change("aws_s3_bucket.a", [message((1, refined))]))), "tfplan")
    assert plain(record.resources["aws_s3_bucket.a"].values) == {"arn": ("unknown", "aws_s3_bucket.a.arn")}


def test_one_address_twice() -> None:
    assert "says twice what becomes of aws_s3_bucket.a" in refusal(plan_file(plan(BUCKET, BUCKET)))
    assert "no address" in refusal(plan_file(plan(change("what is this", [packed({})]))))


def test_an_object_that_a_failed_replacement_left_behind_is_not_the_one_that_counts() -> None:
    deposed = change("aws_s3_bucket.a", [packed({"bucket": "old"})], action=5, deposed="1a2b3c4d")
    record = read_record(plan_file(plan(deposed, BUCKET)), "tfplan")
    assert set(record.resources) == {"aws_s3_bucket.a"}
    assert set(record.gone) == {"aws_s3_bucket.a (deposed 1a2b3c4d)"}


def test_other_members_that_are_damaged() -> None:
    assert "state inside is damaged" in refusal(plan_file(plan(), tfstate=b"{"))
    assert "list of modules inside" in refusal(plan_file(plan(), **{"tfconfig__modules.json": b"[1]"}))
    assert "version 3" in refusal(plan_file(plan(), tfstate=b'{"version": 3, "serial": 1, "lineage": "x"}'))


def test_bytes_changed_at_random_never_crash_it() -> None:
    whole = plan_file(plan(BUCKET, change("aws_kms_key.k[0]", [packed({"policy": UNKNOWN})])))
    inside = plan(BUCKET, change("aws_kms_key.k[0]", [packed({"policy": UNKNOWN, "n": 1.5})]))
    chance = random.Random(20260101)
    for round_ in range(1500):
        data = bytearray(whole if round_ % 2 else inside)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(UnreadableRecord):
            record = read_record(bytes(data) if round_ % 2 else plan_file(bytes(data)), "tfplan")
            for recorded in record.resources.values():
                plain(recorded.values)


def test_a_directory_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecord, match="directory"):
        read_record(tmp_path, "tfplan")
    with pytest.raises(UnreadableRecord, match="no such file"):
        read_record(tmp_path / "none", "tfplan")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableRecord, match="not a regular file"):
        read_record(tmp_path / "pipe", "tfplan")
