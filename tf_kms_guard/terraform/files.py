"""Reading files: what may be read, and by which path it is named.

Terraform code is hostile input (design §11). The file functions read below the repository root alone, with
symbolic links resolved, regular files only, and no more than a bounded size.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

LARGEST_FILE: Final = 8 * 1024 * 1024
"""In bytes. A file read by a function of the language may not be larger."""

LARGEST_SOURCE: Final = 8 * 1024 * 1024
"""In bytes. A Terraform file may not be larger."""


class Unreadable(Exception):
    """A file that may not or cannot be read; the message says why, in half a sentence."""


def display_path(path: Path) -> str:
    """The path for people: relative to the working directory if below it, with ``/``."""
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute)
    shown = absolute if relative.startswith("..") and not str(path).startswith("..") else relative
    return shown.replace(os.sep, "/")


def read_bytes(path: Path, largest: int, within: Path | None = None) -> bytes:
    """The content of a regular file; ``within`` is a directory that links may not lead out of.

    Raises:
        Unreadable: it is no regular file, too large, elsewhere, or the system refuses.
    """
    try:
        if within is not None and not path.resolve().is_relative_to(within):
            raise Unreadable("it leads out of the repository")
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a regular file")
        if status.st_size > largest:
            raise Unreadable(f"it is larger than {largest // (1024 * 1024)} MiB")
        with open(path, "rb") as file:
            return file.read(largest + 1)[:largest]
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from error
    except (ValueError, RuntimeError) as error:
        raise Unreadable("its name is not a path") from error


def repository_of(directory: Path) -> Path | None:
    """The repository that a directory belongs to: the nearest parent with ``.git``."""
    resolved = directory.resolve()
    return next((candidate for candidate in (resolved, *resolved.parents) if (candidate / ".git").exists()), None)


def repository_root(directory: Path) -> Path:
    """The directory below which files may be read.

    That is the repository; without one the working directory if ``directory`` lies below it, else
    ``directory`` itself.
    """
    repository = repository_of(directory)
    if repository is not None:
        return repository
    resolved, here = directory.resolve(), Path.cwd().resolve()
    return here if resolved.is_relative_to(here) else resolved


class Sandbox:
    """Reads the files that ``file()``, ``templatefile()`` and their kind name."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def resolve(self, path: str, base: Path) -> Path:
        """The real path of ``path`` relative to ``base``.

        Raises:
            Unreadable: it lies outside the repository.
        """
        try:
            real = (base / path).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise Unreadable("its name is not a path") from error
        if not real.is_relative_to(self.root):
            raise Unreadable("it lies outside the repository, where this tool does not read")
        return real

    def read(self, path: str, base: Path) -> tuple[str, str]:
        """The text of a file and the path to show for it.

        Raises:
            Unreadable: outside the repository, no regular file, too large, no UTF-8, or not there.
        """
        real = self.resolve(path, base)
        data = read_bytes(real, LARGEST_FILE)
        try:
            return data.decode("utf-8"), display_path(real)
        except UnicodeDecodeError as error:
            raise Unreadable("it is not UTF-8 text") from error

    def read_bytes(self, path: str, base: Path) -> bytes:
        """The content of a file.

        Raises:
            Unreadable: outside the repository, no regular file, too large, or not there.
        """
        return read_bytes(self.resolve(path, base), LARGEST_FILE)

    def exists(self, path: str, base: Path) -> bool:
        """Whether a regular file is there.

        Raises:
            Unreadable: it lies outside the repository, or is there but no regular file, which Terraform refuses.
        """
        real = self.resolve(path, base)
        if real.exists() and not real.is_file():
            raise Unreadable("it is not a regular file")
        return real.is_file()


class NoFiles(Sandbox):
    """Where the files beside the source are not at hand: a plan file does not hold what functions read."""

    def resolve(self, path: str, base: Path) -> Path:
        """Always refused.

        Raises:
            Unreadable: the file is not here.
        """
        raise Unreadable("a plan file does not hold it: name the directory of the source with --source DIR")
