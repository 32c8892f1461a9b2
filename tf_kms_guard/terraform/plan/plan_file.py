"""The file that ``terraform plan -out`` writes: a zip archive of the plan, the state and the configuration.

Members: ``tfplan`` (a Protocol Buffers message), ``tfstate`` (the state that was planned from, as in
``terraform.tfstate``), ``tfconfig/modules.json`` and ``tfconfig/m-<key>/`` (the files of each module). The numbers
of fields are facts of Terraform's planfile.proto (internal/plans/planproto); OpenTofu's are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from tf_kms_guard.terraform.files import LARGEST_SOURCE
from tf_kms_guard.terraform.plan import wire
from tf_kms_guard.terraform.plan.addresses import parse_address, provider_name
from tf_kms_guard.terraform.plan.archive import AGAIN, LARGEST_MEMBER, Archive
from tf_kms_guard.terraform.plan.attributes import NOT_READ, UNREADABLE, Attributes, Path, converted
from tf_kms_guard.terraform.plan.cty import unpacked, well_formed
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import ModuleSource, Origin, Record, Recorded
from tf_kms_guard.terraform.plan.state import read_stored_state
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.unknown import Unknown

_VERSION: Final = 3
_SHOW: Final = "give what `terraform show -json` prints of it"


class _Plan:
    """Fields of the message ``Plan``."""

    VERSION = 1
    VARIABLES = 2
    RESOURCE_CHANGES = 3
    OUTPUT_CHANGES = 4
    TARGETS = 5
    BACKEND = 13
    TERRAFORM_VERSION = 14
    RESOURCE_DRIFT = 18
    ERRORED = 20
    TIMESTAMP = 21
    APPLYABLE = 25
    COMPLETE = 26
    STATE_STORE = 29


class _Backend:
    """Fields of ``Backend`` and ``StateStore``."""

    WORKSPACE = 3


class _Entry:
    """Fields of an entry of a map."""

    KEY = 1
    VALUE = 2


class _ResourceChange:
    """Fields of ``ResourceInstanceChange``."""

    DEPOSED = 7
    PROVIDER = 8
    CHANGE = 9
    ADDRESS = 13
    PREVIOUS_ADDRESS = 14


class _OutputChange:
    """Fields of ``OutputChange``."""

    NAME = 1
    CHANGE = 2
    SENSITIVE = 3


class _Change:
    """Fields of ``Change``."""

    ACTION = 1
    VALUES = 2
    BEFORE_SENSITIVE = 3
    AFTER_SENSITIVE = 4


class _Path:
    """Fields of ``Path`` and of its steps."""

    STEPS = 1
    ATTRIBUTE = 1
    ELEMENT = 2


_NIL: Final = b"\xc0"

_MSGPACK: Final = 1
"""The field of ``DynamicValue``."""


class _Action(Struct, frozen=True):
    """What a number of the enumeration ``Action`` means: the words of the JSON, and which values a change holds."""

    words: tuple[str, ...]
    before: int | None
    after: int | None


_ACTIONS: Final[Mapping[int, _Action]] = {
    0: _Action(("no-op",), 0, 0),
    1: _Action(("create",), None, 0),
    2: _Action(("read",), 0, 1),
    3: _Action(("update",), 0, 1),
    5: _Action(("delete",), 0, None),
    6: _Action(("delete", "create"), 0, 1),
    7: _Action(("create", "delete"), 0, 1),
    8: _Action(("forget",), 0, None),
    9: _Action(("create", "forget"), 0, 1),
}


_MOVED: Final = 0
"""The action of drift that is none: the instance has another address."""


class _ModuleJson(Struct):
    """An element of ``tfconfig/modules.json``."""

    Key: str = ""
    Dir: str = ""


def read_plan_file(data: bytes, path: str) -> Record:
    """The record of a plan file; ``path`` is the name to show.

    Raises:
        UnreadableRecord: it is no plan file, or one that cannot be read.
    """
    archive = Archive(data)
    content = archive.read("tfplan", LARGEST_MEMBER)
    if content is None:
        raise UnreadableRecord("it is a zip archive without a plan inside: give what `terraform plan -out` writes")
    stored = archive.read("tfstate", LARGEST_MEMBER)
    sources = tuple(_sources(archive))
    try:
        plan = wire.read_message(content)
        version = wire.number(plan, _Plan.VERSION)
        terraform = wire.text(plan, _Plan.TERRAFORM_VERSION)
        if version != _VERSION:
            raise UnreadableRecord(f"it is a plan of version {version}, not of the {_VERSION} known here: {_SHOW}")
        return _record(plan, stored, path, terraform, sources)
    except wire.WireError as error:
        raise UnreadableRecord(f"the plan inside is damaged ({error}): {AGAIN}") from error


def _record(
    plan: wire.Message, stored: bytes | None, path: str, terraform: str, sources: tuple[ModuleSource, ...]
) -> Record:
    drifted = {
        wire.text(drift, _ResourceChange.ADDRESS)
        for drift in wire.messages(plan, _Plan.RESOURCE_DRIFT)
        if wire.number(_only(drift, _ResourceChange.CHANGE), _Change.ACTION) != _MOVED
    }
    resources: dict[str, Recorded] = {}
    gone: dict[str, Recorded] = {}
    for change in wire.messages(plan, _Plan.RESOURCE_CHANGES):
        recorded = _recorded(change, drifted)
        deposed = wire.text(change, _ResourceChange.DEPOSED)
        address = f"{recorded.address} (deposed {deposed})" if deposed else recorded.address
        if address in resources or address in gone:
            raise UnreadableRecord(f"it says twice what becomes of {address}: {AGAIN}")
        (gone if recorded.values is None else resources)[address] = recorded
    for address, recorded in _prior(stored).items():
        if address not in gone:
            resources.setdefault(address, recorded)
    outputs = {wire.text(output, _OutputChange.NAME): output for output in wire.messages(plan, _Plan.OUTPUT_CHANGES)}
    values = {name: _output(name, output) for name, output in outputs.items()}
    complete = _Plan.COMPLETE in plan or _Plan.APPLYABLE not in plan  # neither is set: it is older than both
    return Record(
        Origin.PLAN_FILE,
        path,
        str(_VERSION),
        terraform or None,
        {name: _unpacked(value, f"var.{name}") for name, value in _variables(plan)},
        resources,
        gone,
        {name: value for name, value in values.items() if not isinstance(value, _Deleted)},
        sources=sources,
        workspace_name=_workspace_name(plan),
        complete=complete and not wire.number(plan, _Plan.ERRORED) and _Plan.TARGETS not in plan,
        sensitive_outputs=frozenset(
            name for name, output in outputs.items() if wire.number(output, _OutputChange.SENSITIVE)
        ),
        timestamp=wire.text(plan, _Plan.TIMESTAMP) or None,
    )


def _recorded(message: wire.Message, drifted: set[str]) -> Recorded:
    address = wire.text(message, _ResourceChange.ADDRESS)
    parsed = parse_address(address)
    if parsed is None:
        raise UnreadableRecord(
            f"it holds a change of {address[:80]!r}, which is no address"
            if address
            else f"it was made by a Terraform older than this program reads: {_SHOW}"
        )
    change = _only(message, _ResourceChange.CHANGE)
    action, before, after = _sides(change, address)
    return Recorded(
        address,
        parsed.module,
        parsed.mode,
        parsed.type,
        parsed.name,
        parsed.key,
        None if after is None else Attributes(address, partial(unpacked, after)),
        None if before is None else Attributes(address, partial(unpacked, before)),
        action.words,
        provider_name(wire.text(message, _ResourceChange.PROVIDER)),
        _sensitive(change),
        wire.text(message, _ResourceChange.PREVIOUS_ADDRESS) or None,
        address in drifted,
    )


def _sides(change: wire.Message, address: str) -> tuple[_Action, bytes | None, bytes | None]:
    """The action of a change, and the packed values before and after it; ``None`` for null."""
    code = wire.number(change, _Change.ACTION)
    action = _ACTIONS.get(code)
    if action is None:
        raise UnreadableRecord(f"what becomes of {address[:80]} (action {code}) is not known here: {_SHOW}")
    packed = [wire.data(value, _MSGPACK) for value in wire.messages(change, _Change.VALUES)]
    if any(not well_formed(value) for value in packed):
        raise UnreadableRecord(f"the values of {address[:80]} in it are damaged: {AGAIN}")

    def side(index: int | None) -> bytes | None:
        if index is None:
            return None
        if index >= len(packed):
            raise UnreadableRecord(f"the values of {address[:80]} are missing in it: {AGAIN}")
        return None if packed[index] == _NIL else packed[index]

    return action, side(action.before), side(action.after)


def _sensitive(change: wire.Message) -> frozenset[Path]:
    paths = wire.messages(change, _Change.BEFORE_SENSITIVE) + wire.messages(change, _Change.AFTER_SENSITIVE)
    return frozenset(_path(path) for path in paths)


def _path(message: wire.Message) -> Path:
    """The path that a message spells; where a step cannot be told (an element of a set), as far as it can."""
    path: list[str | int] = []
    for step in wire.messages(message, _Path.STEPS):
        key: object = wire.text(step, _Path.ATTRIBUTE)
        if not key:
            try:
                key = unpacked(wire.data(_only(step, _Path.ELEMENT), _MSGPACK))
            except NOT_READ:
                break
        if not isinstance(key, (str, int)):
            break
        path.append(key)
    return tuple(path)


class _Deleted:
    """Stands for an output that will be gone."""


def _output(name: str, message: wire.Message) -> Value | _Deleted:
    action, _, after = _sides(_only(message, _OutputChange.CHANGE), f"output.{name}")
    if action.words == ("delete",):
        return _Deleted()
    return None if after is None else _unpacked(after, f"output.{name}")


def _variables(plan: wire.Message) -> Iterator[tuple[str, bytes]]:
    for entry in wire.messages(plan, _Plan.VARIABLES):
        name, packed = wire.text(entry, _Entry.KEY), wire.data(_only(entry, _Entry.VALUE), _MSGPACK)
        if not well_formed(packed):
            raise UnreadableRecord(f"the value of var.{name[:80]} in it is damaged: {AGAIN}")
        yield name, packed


def _unpacked(packed: bytes, where: str) -> Value:
    try:
        return converted(unpacked(packed), where)
    except NOT_READ:
        return Unknown(where, UNREADABLE)


def _prior(stored: bytes | None) -> Mapping[str, Recorded]:
    if not stored:
        return {}
    try:
        return read_stored_state(stored, "").resources
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableRecord(f"the state inside is damaged: {AGAIN}") from error


def _sources(archive: Archive) -> Iterator[ModuleSource]:
    listed = archive.read("tfconfig/modules.json", LARGEST_SOURCE)
    if listed is None:
        return
    try:
        modules = msgspec.json.decode(listed, type=list[_ModuleJson])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableRecord(f"the list of modules inside is damaged: {AGAIN}") from error
    folders = archive.sources("tfconfig/")
    for module in modules:
        yield ModuleSource(module.Key, module.Dir, folders.get(f"m-{module.Key}", {}))


def _workspace_name(plan: wire.Message) -> str | None:
    for field in (_Plan.BACKEND, _Plan.STATE_STORE):
        if field in plan:
            return wire.text(_only(plan, field), _Backend.WORKSPACE) or None
    return None


def _only(message: wire.Message, field: int) -> wire.Message:
    """The message of a field; an empty one where it is not set."""
    found = wire.messages(message, field)
    return found[-1] if found else {}
