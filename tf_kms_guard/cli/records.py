"""Plans and states as targets: telling them from other files, and finding the source that belongs to them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind
from tf_kms_guard.terraform.files import display_path, repository_of
from tf_kms_guard.terraform.module import SUFFIXES, ResourceKey, module_files
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.terraform.plan.model import Origin, Record
from tf_kms_guard.terraform.plan.overlay import Overlay
from tf_kms_guard.terraform.plan.told import module_key
from tf_kms_guard.terraform.resource import Schema

if TYPE_CHECKING:
    from tf_kms_guard.terraform.plan.alone import Alone

STDIN: Final = "-"
"""How the standard input is named as a target."""

STDIN_SHOWN: Final = "<stdin>"
"""How it is named in reports."""

_FACTS: Final = b'"facts_version"'
_ZIP: Final = b"PK"
_SNIFFED: Final = 1 << 16
_MARKS: Final = (b'"format_version"', b'"terraform_version"', b'"serial"', b'"@level"', b'"encrypted_data"')


class Opened(Struct, frozen=True, eq=False):
    """A record, the directory that stands for its source, and what is laid over it.

    ``note`` says why the source that is there was not used. ``texts`` are files that are not to be read from
    directories, by the path that is shown for them: those inside a plan file, and the record itself.
    """

    directory: Path
    overlay: Overlay
    note: Diagnostic | None = None
    texts: Mapping[str, bytes] = field(default_factory=dict)


def is_record(path: Path) -> bool:
    """Whether a file is a plan or state, as far as its name and beginning tell."""
    if path.name.endswith((".tfstate", ".tfplan")):
        return True
    if path.name.endswith((*SUFFIXES, ".tfvars", ".tfvars.json")):
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    if start.startswith(_ZIP):
        return True
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")  # UTF-16 too, as PowerShell writes it
    return text.startswith(b"{") and any(mark in text for mark in _MARKS)


def is_facts_file(path: Path) -> bool:
    """Whether a file holds facts, as far as its name and beginning tell."""
    if not path.name.endswith(".json") or path.name.endswith((*SUFFIXES, ".tfvars.json")):
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _FACTS in start


def is_named_like_facts(path: Path) -> bool:
    """Whether the name of a file says that it is to hold facts, whatever is in it."""
    return path.name.endswith(".json") and ("facts" in path.name.lower() or path.parent.name.lower() == "facts")


def is_no_document(path: Path) -> bool:
    """Whether a file is named like JSON and holds none of its objects and lists: an empty one, for example."""
    if not path.name.endswith(".json") or path.name.endswith((*SUFFIXES, ".tfvars.json")):
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    return not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def read_record_of(name: str) -> Record:
    """The record of a file or of the standard input (``-``).

    Raises:
        UnreadableRecord: it is no plan or state, or cannot be read.
    """
    from tf_kms_guard.terraform.plan.detect import read_record

    if name == STDIN:
        return read_record(_standard_input(), STDIN_SHOWN)
    return read_record(Path(name), display_path(Path(name)))


def _standard_input() -> bytes:
    """All of it.

    Raises:
        UnreadableRecord: it is closed, or a directory.
    """
    from tf_kms_guard.terraform.plan.errors import UnreadableRecord

    stream = getattr(sys.stdin, "buffer", None)  # where it is closed, Python has none
    if stream is None:
        raise UnreadableRecord("the standard input is closed: pipe into it what `terraform show -json` writes")
    try:
        content: bytes = stream.read()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableRecord(f"the standard input cannot be read: {why}") from error
    return content


def is_named_like_record(path: Path) -> bool:
    """Whether the name of a file says that it is to be a plan or state, whatever is in it."""
    name = path.name.lower()
    return name.endswith(".json") and ("plan" in name or "state" in name)


def opened(record: Record, place: Path, source: Path | None, schema: Schema, modules: ModuleReader) -> Opened:
    """A record with the source that belongs to it: that of ``source``, else of its directory or the working directory.

    ``place`` is the file of the record.
    """
    candidates = [source] if source is not None else _different(place.parent, Path())
    if record.sources:
        return _packed(record, candidates, source)
    note: Diagnostic | None = None
    if record.origin is not Origin.STATE or source is not None:
        for candidate in candidates:
            difference = _difference(record, candidate, modules)
            if difference is None:
                overlay = Overlay(record, beside=partial(_told, record, candidate, schema))
                return Opened(candidate, overlay, texts={record.path: b""})
            if difference and note is None:
                words = f"the source in {display_path(candidate)} is not used, for {difference}"
                note = Diagnostic(DiagnosticKind.EVALUATION, f"read alone: {words}", file=record.path)
    directory = place.parent if source is None else source
    return Opened(directory, Overlay(record, alone=_told(record, directory, schema)), note, {record.path: b""})


def _told(record: Record, directory: Path, schema: Schema) -> Alone:
    from tf_kms_guard.terraform.plan.alone import Alone

    return Alone(record, directory, schema)


def _different(*directories: Path) -> list[Path]:
    return list({directory.resolve(): directory for directory in directories}.values())


def _packed(record: Record, candidates: list[Path], source: Path | None) -> Opened:
    """A plan file: its source is inside; a directory is needed for the files that functions read."""
    from tf_kms_guard.terraform.plan.packed import PackedModules, is_source_of

    fitting = next((candidate for candidate in candidates if is_source_of(record, candidate)), None)
    directory = source or fitting or Path()
    packed = PackedModules(record, directory)
    note: Diagnostic | None = None
    if source is not None and fitting is None:
        words = f"the source in {display_path(source)} is not that inside {record.path}, which is checked"
        note = Diagnostic(DiagnosticKind.EVALUATION, words, file=record.path)
    overlay = Overlay(record, packed, files=source is not None or fitting is not None)
    return Opened(directory, overlay, note, packed.texts)


def _difference(record: Record, directory: Path, modules: ModuleReader) -> str | None:
    """How the source in a directory differs from what a record was made of: ``None`` if it does not.

    Empty where there is no source at all.
    """
    try:
        if not module_files(directory):
            return ""
    except OSError:
        return ""
    module = modules.module(directory, repository_of(directory))
    told = _declared_in(record)
    there = {_spelled(key) for key in module.resources} | {f"module.{name}" for name in module.calls}
    if record.configuration is None:
        there &= told  # a record without configuration says nothing of what has no instance
    missing, more = sorted(told - there), sorted(there - told)
    if missing:
        return f"it has no {missing[0]}"
    return f"{more[0]} is not in the plan" if more else None


def _declared_in(record: Record) -> set[str]:
    """The resources and module calls of the root module, as a record names them."""
    if record.configuration is not None:
        resources = {_spelled((one.mode, one.type, one.name)) for one in record.configuration.resources}
        return resources | {f"module.{name}" for name in record.configuration.calls}
    return {
        f"module.{module_key(one.module).split('.')[0]}" if one.module else _spelled((one.mode, one.type, one.name))
        for one in record.resources.values()
    }


def _spelled(key: ResourceKey) -> str:
    return ".".join(key[1:] if key[0] == "managed" else key)
