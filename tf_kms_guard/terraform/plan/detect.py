"""What a file is: a plan or state, in whichever of its forms, or none of these."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tf_kms_guard.terraform.files import Unreadable, read_bytes
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Record

LARGEST_RECORD: Final = 1024 * 1024 * 1024
"""In bytes. A plan or state may not be larger."""

_ZIP: Final = b"PK"
_UTF_16: Final = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"{\0": "utf-16-le",
    b"\0{": "utf-16-be",
}
_LOG: Final = b'{"@level"'
_ABSENT: Final = Raw()
_CHUNK: Final = 1024 * 1024
_WANTED: Final = "give what `terraform show -json` or `terraform plan -out` writes, or a terraform.tfstate"


class _Top(Struct):
    """The members that tell the forms apart."""

    format_version: Raw = _ABSENT
    planned_values: Raw = _ABSENT
    resource_changes: Raw = _ABSENT
    configuration: Raw = _ABSENT
    prior_state: Raw = _ABSENT
    version: Raw = _ABSENT
    lineage: Raw = _ABSENT
    serial: Raw = _ABSENT
    encrypted_data: Raw = _ABSENT


def read_record(source: Path | bytes, name: str) -> Record:
    """Read a plan (JSON or plan file) or a state (JSON or ``terraform.tfstate``); ``name`` is what to call it.

    JSON may be UTF-8 or UTF-16, with or without a byte order mark: PowerShell's ``>`` writes UTF-16.

    Raises:
        UnreadableRecord: it is neither, or cannot be read.
    """
    data = source if isinstance(source, bytes) else _read(source)
    if not data:
        raise UnreadableRecord(f"it is empty: {_WANTED}")
    if data.startswith(_ZIP):
        from tf_kms_guard.terraform.plan.plan_file import read_plan_file

        return read_plan_file(data, name)
    return _read_json(_utf_8(data), name)


def _read(path: Path) -> bytes:
    if os.path.isdir(path):
        raise UnreadableRecord(f"it is a directory: {_WANTED}")
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    try:
        return read_bytes(path, min(size, LARGEST_RECORD))  # as much memory as it needs, and no more
    except Unreadable as error:
        raise UnreadableRecord(f"{error}: {_WANTED}") from error


def _utf_8(data: bytes) -> bytes:
    """JSON text in UTF-8 without a byte order mark.

    Raises:
        UnreadableRecord: it is no text.
    """
    try:
        encoding = _UTF_16.get(data[:2])
        if encoding is not None:
            return data.decode(encoding).encode()
        data = data.removeprefix(codecs.BOM_UTF8)
        if not data.isascii():  # the JSON reader leaves strings unchecked that nobody looks at
            decoder = codecs.getincrementaldecoder("utf-8")()
            for start in range(0, len(data), _CHUNK):
                decoder.decode(data[start : start + _CHUNK])
            decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise UnreadableRecord(f"it is neither text nor a plan file: {_WANTED}") from error
    return data


def _read_json(data: bytes, name: str) -> Record:
    try:
        top = msgspec.json.decode(data, type=_Top)
        if top.encrypted_data:
            raise UnreadableRecord("it is encrypted by OpenTofu: give what `tofu show -json` prints")
        if top.format_version:
            if any((top.planned_values, top.resource_changes, top.configuration, top.prior_state)):
                from tf_kms_guard.terraform.plan.plan_json import read_plan_json

                return read_plan_json(data, name)
            from tf_kms_guard.terraform.plan.state import read_state_json

            return read_state_json(data, name)
        if top.version and any((top.lineage, top.serial)):
            from tf_kms_guard.terraform.plan.state import read_stored_state

            return read_stored_state(data, name)
    except RecursionError as error:
        raise UnreadableRecord("it is nested too deeply for a plan or state") from error
    except msgspec.ValidationError as error:
        raise UnreadableRecord(f"it is no plan or state ({_one_line(error)}): {_WANTED}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        if data.startswith(_LOG):
            raise UnreadableRecord(f"it is the log that `terraform plan -json` prints: {_WANTED}") from error
        if data.lstrip()[:1] not in (b"{", b"["):
            raise UnreadableRecord(f"it is no plan or state: {_WANTED}") from error
        raise UnreadableRecord(f"it is no valid JSON ({_one_line(error)}): make it anew, or {_WANTED}") from error
    raise UnreadableRecord(f"it is JSON, but no plan or state: {_WANTED}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
