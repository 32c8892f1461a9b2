"""Reading modules once, whichever root modules use them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tf_kms_guard.terraform.files import display_path
from tf_kms_guard.terraform.module import Module, load_module

_MOST_KEPT: Final = 64 * 1024 * 1024
"""In bytes of source. What is read beyond is not kept, and read again when another root module uses it."""


class ModuleReader:
    """The modules of one run. A module is evaluated per use, but what its files say is the same for all."""

    def __init__(self) -> None:
        self._modules: dict[tuple[Path, str, Path | None], Module] = {}
        self._kept = 0

    def module(self, directory: Path, within: Path | None) -> Module:
        """The module in a directory; ``within`` is the repository, which links may not lead out of.

        A directory that is reached by another path, through a link, is another module: its places are named by
        the path, and must not depend on who came first.
        """
        key = (directory.resolve(), display_path(directory), within)
        module = self._modules.get(key)
        if module is None:
            module = self.read(directory, within)
            if self._kept + module.size <= _MOST_KEPT:
                self._kept += module.size
                self._modules[key] = module
        return module

    def read(self, directory: Path, within: Path | None) -> Module:
        """Read the files of a directory."""
        return load_module(directory, within)
