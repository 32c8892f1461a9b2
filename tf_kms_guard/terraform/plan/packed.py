"""The source inside a plan file: modules from a virtual tree instead of directories."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tf_kms_guard.terraform.files import Unreadable, display_path, read_bytes
from tf_kms_guard.terraform.module import Module, is_terraform_file, module_of
from tf_kms_guard.terraform.plan.model import ModuleSource, Record


class PackedModules:
    """The modules that a plan file holds, placed as if they were read from ``directory``.

    So every place is named as it would be if the directory itself were checked.
    """

    def __init__(self, record: Record, directory: Path) -> None:
        self._directory = directory
        self._sources: Mapping[str, ModuleSource] = {source.key: source for source in record.sources}
        self._read: dict[str, Module] = {}

    def module(self, key: str) -> Module | None:
        """The module of a key (``a.b`` for ``module.a.module.b``), read once."""
        source = self._sources.get(key)
        if source is not None and key not in self._read:
            place = _place(self._directory, source)
            files = ((place / name, data) for name, data in sorted(source.files.items()) if is_terraform_file(name))
            self._read[key] = module_of(place, files)
        return self._read.get(key)

    @property
    def texts(self) -> Mapping[str, bytes]:
        """The files by the path that is shown for them."""
        return {
            display_path(_place(self._directory, source) / name): data
            for source in self._sources.values()
            for name, data in source.files.items()
        }


def _place(directory: Path, source: ModuleSource) -> Path:
    return Path(os.path.normpath(directory / source.directory))


def is_source_of(record: Record, directory: Path) -> bool:
    """Whether the root module in a directory has the same files as a plan file's."""
    root = next((source for source in record.sources if source.key == ""), None)
    if root is None or not root.files:
        return False
    return all(_holds(directory / name, data) for name, data in root.files.items())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_bytes(path, len(data)) == data
    except Unreadable:
        return False
