"""What a plan or state knows of a workspace: which instances there are, and what their attributes are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.expansion import Expanded
from tf_kms_guard.terraform.files import NoFiles, Sandbox, repository_root
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance
    from tf_kms_guard.terraform.module import Module
    from tf_kms_guard.terraform.plan.alone import Alone

InstanceKey = str | int | None

_STEP: Final = re.compile(r'module\.([^.\[]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?')


class ModulesByKey(Protocol):
    """Where the modules of a record are, by Terraform's key: ``a.b`` for ``module.a.module.b``, ``""`` for the root."""

    def module(self, key: str) -> Module | None:
        """The module, if the record has it."""


class Overlay:
    """A record beside its source, or instead of one.

    ``modules``: where the modules come from, ``None`` for the files of a directory. ``alone``: how the record
    is read where there is no source, ``beside`` where there is source, but not of some modules. ``outranked``: the user
    gives values of his own, and asks what they would change.
    """

    outranked: bool = False

    def __init__(
        self,
        record: Record,
        modules: ModulesByKey | None = None,
        alone: Alone | None = None,
        *,
        beside: Callable[[], Alone] | None = None,
        files: bool = True,
    ) -> None:
        """``files``: whether the files that functions read are at hand."""
        self.record = record
        self._beside = beside
        self._told: Alone | None = None
        self.modules = modules or alone
        self.alone = alone
        self._files = files
        self._instances: dict[str, dict[InstanceKey, Recorded]] = {}
        self._module_keys: dict[str, dict[InstanceKey, None]] = {}
        for recorded in record.resources.values():
            self._instances.setdefault(_shown(recorded), {})[recorded.key] = recorded
            self._meet_module(recorded.module)
        self._gone: dict[str, set[InstanceKey]] = {}
        for recorded in record.gone.values():
            self._gone.setdefault(_shown(recorded), set()).add(recorded.key)

    def missing_module(self, key: str) -> Module | None:
        """A module of which there is no source here, as far as the record tells it."""
        if self._told is None and self._beside is not None:
            self._told = self._beside()
        return None if self._told is None else self._told.module(key)

    @property
    def told(self) -> Alone | None:
        """How something is read of which there is no source, if there is anything like it."""
        return self.alone or self._told

    def _meet_module(self, path: str) -> None:
        above = ""
        for step in _STEP.finditer(path):
            shown = f"{above}module.{step[1]}"
            self._module_keys.setdefault(shown, {})[_key(step[2])] = None
            above = f"{path[: step.end()]}."

    def sandbox(self, directory: Path) -> Sandbox:
        """What reads the files that functions name."""
        return Sandbox(repository_root(directory)) if self._files else NoFiles(directory)

    @property
    def tells_all(self) -> bool:
        """Whether something that the record does not name is surely not there."""
        return self.record.complete and any(one.mode == "managed" for one in self.evidence())

    @property
    def has_variables(self) -> bool:
        """Whether the record says what the variables of the root module are."""
        return self.record.origin is not Origin.STATE

    def recorded(self, shown: str, key: Value) -> Recorded | None:
        """What is recorded of one instance; ``shown`` is its address without the instance key."""
        instances = self._instances.get(shown)
        if instances is None:
            return None
        return instances.get(key if isinstance(key, int) or key is None else known(key))

    def keys(self, shown: str) -> Sequence[InstanceKey]:
        """The instance keys that are recorded for a resource or module call."""
        found = self._module_keys if shown.rpartition(".")[0].endswith("module") else self._instances
        return tuple(found.get(shown, ()))

    def instances(self, shown: str, mode: str, expanded: list[Expanded], collection: Value) -> list[Expanded]:
        """The instances of something, as far as the record settles them.

        ``mode`` is ``managed``, ``data``, ``ephemeral`` or ``module``; ``expanded`` is what the source says, and
        ``collection`` its ``count`` or ``for_each``. Gives the same list where nothing changes.
        """
        keys = self.keys(shown)
        if self.alone is not None and keys:
            return [_with_key(key, expanded, collection) for key in keys]
        gone = self._gone.get(shown, ())
        missing_is_absent = mode == "managed" and self.tells_all
        if any(_is_open(entry) for entry in expanded):
            if keys:
                return [_with_key(key, expanded, collection) for key in keys]
            return [] if missing_is_absent or gone else expanded
        absent = [(key := _plain(entry.key)) not in keys and (missing_is_absent or key in gone) for entry in expanded]
        if not any(absent):
            return expanded
        return [
            Expanded(entry.key, entry.value, presence=False) if is_absent else entry
            for entry, is_absent in zip(expanded, absent, strict=True)
        ]

    def evidence(self) -> Iterator[Recorded]:
        """Everything that is recorded, what will be gone too: its ids and ARNs are real."""
        yield from self.record.resources.values()
        yield from self.record.gone.values()

    @property
    def knows_secrets(self) -> bool:
        """Whether it marks anything sensitive."""
        everything = (*self.record.resources.values(), *self.record.gone.values())
        return bool(self.record.sensitive_variables) or any(recorded.sensitive for recorded in everything)

    def secrets(self) -> Iterator[Value]:
        """The values that no output may show."""
        for recorded in (*self.record.resources.values(), *self.record.gone.values()):
            for path in recorded.sensitive:
                for values in (recorded.values, recorded.before):
                    yield from _at(values, path)


def instance_at(root: ModuleInstance, path: str) -> ModuleInstance | None:
    """The module instance of a path, if it is there."""
    instance: ModuleInstance | None = root
    for step in _STEP.finditer(path):
        if instance is None or step[1] not in instance.module.calls:
            return None
        children = instance.child_instances(step[1])
        wanted = path[: step.end()]
        instance = None if children is None else next((one for one in children.all if one.path == wanted), None)
    return instance


def _shown(recorded: Recorded) -> str:
    name = f"{recorded.type}.{recorded.name}"
    local = name if recorded.mode == "managed" else f"{recorded.mode}.{name}"
    return f"{recorded.module}.{local}" if recorded.module else local


def _key(written: str | None) -> InstanceKey:
    if written is None:
        return None
    if written.isdigit():
        return int(written)
    return re.sub(r"\\(.)", r"\1", written[1:-1])


def _plain(key: Value) -> InstanceKey:
    return key if isinstance(key, int) or key is None else known(key)


def _is_open(entry: Expanded) -> bool:
    return entry.presence is not True or (entry.key is not None and _plain(entry.key) is None)


def _with_key(key: InstanceKey, expanded: Sequence[Expanded], collection: Value) -> Expanded:
    """An instance that is recorded, with what the source says of it."""
    for entry in expanded:
        if _is_open(entry) and _plain(entry.key) is None:
            continue
        if _plain(entry.key) == key:
            return Expanded(entry.key, entry.value)
    if isinstance(key, int) or key is None:
        return Expanded(key, key)
    return Expanded(key, _entry(collection, key))


def _entry(collection: Value, key: str) -> Value:
    """``each.value`` of a key in a collection that is not wholly known."""
    found = [
        alternative[key]
        for _, alternative in (alternatives(collection) if isinstance(collection, Choice) else ())
        if isinstance(alternative, dict) and key in alternative
    ]
    return found[0] if len(found) == 1 else derived(f"each.value[{key}]", collection)


def _at(values: Mapping[str, Value] | None, path: Sequence[str | int]) -> Iterator[Value]:
    """What stands at a path of names and numbers, if it is there."""
    found: list[Value] = [] if values is None else [dict(values)]
    for step in path:
        found = [inner for value in found for inner in _inside(value, step)]
    return iter(found)


def _inside(value: Value, step: str | int) -> list[Value]:
    if isinstance(value, dict) and isinstance(step, str):
        return [value[step]] if step in value else []
    return [value[step]] if isinstance(value, list) and isinstance(step, int) and step < len(value) else []
