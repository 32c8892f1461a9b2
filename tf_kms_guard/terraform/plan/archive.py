"""The zip archive that a plan file is. It may be hostile: what is unpacked is bounded, and stays in memory."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from tf_kms_guard.terraform.files import LARGEST_SOURCE
from tf_kms_guard.terraform.plan.errors import UnreadableRecord

LARGEST_MEMBER: Final = 128 * 1024 * 1024
"""In bytes, unpacked: the plan or the state inside a plan file."""
LARGEST_CONFIGURATION: Final = 64 * 1024 * 1024
"""In bytes, unpacked: all Terraform files inside a plan file together."""
MOST_MEMBERS: Final = 100_000

_CHUNK: Final = 1024 * 1024
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SYMBOLIC_LINK: Final = 0o120000
_FILE_TYPE: Final = 0o170000

AGAIN: Final = "make it anew with `terraform plan -out`"


class Archive:
    """An opened archive.

    Raises:
        UnreadableRecord: it is no archive, is damaged, or has more members than a plan has.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError, EOFError) as error:
            raise UnreadableRecord(f"it is a damaged zip archive: {AGAIN}") from error
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            raise UnreadableRecord(f"it holds more than {MOST_MEMBERS} files, and is no plan file")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in self._members:
                raise UnreadableRecord(f"it holds {info.filename[:80]!r} twice, and is no plan file")
            self._members[info.filename] = info

    def names(self) -> list[str]:
        """The names of all members, as they stand: they may be absolute, or lead upwards."""
        return list(self._members)

    def read(self, name: str, largest: int) -> bytes | None:
        """The unpacked bytes of a member; ``None`` if there is none, or it is a link.

        Raises:
            UnreadableRecord: it is damaged, encrypted or larger than ``largest``.
        """
        info = self._members.get(name)
        if info is None or (info.external_attr >> 16) & _FILE_TYPE == _SYMBOLIC_LINK:
            return None
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableRecord("it is an encrypted zip archive, which Terraform does not write: unpack it")
        if info.compress_type not in _METHODS:
            raise UnreadableRecord(f"{name[:80]!r} in it is packed in a way that Terraform does not use: {AGAIN}")
        chunks: list[bytes] = []
        size = 0
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(min(_CHUNK, largest - size + 1)):
                    size += len(chunk)
                    if size > largest:
                        raise UnreadableRecord(
                            f"{name[:80]!r} in it is larger than {largest // (1024 * 1024)} MiB unpacked"
                        )
                    chunks.append(chunk)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            NotImplementedError,
            RuntimeError,
            OSError,
            EOFError,
        ) as error:
            raise UnreadableRecord(f"{name[:80]!r} in it is damaged: {AGAIN}") from error
        return b"".join(chunks)

    def sources(self, prefix: str) -> dict[str, dict[str, bytes]]:
        """The files of the folders directly below ``prefix``, by folder and name; others are passed over.

        Raises:
            UnreadableRecord: one is damaged, or all are too large.
        """
        folders: dict[str, dict[str, bytes]] = {}
        left = LARGEST_CONFIGURATION
        for name in self._members:
            folder, slash, file = name.removeprefix(prefix).partition("/")
            if not name.startswith(prefix) or not slash or not file or "/" in file or "\\" in file or "\0" in file:
                continue
            if file in (".", ".."):
                continue
            content = self.read(name, LARGEST_SOURCE)
            if content is None:
                continue
            left -= len(content)
            if left < 0:
                raise UnreadableRecord(
                    f"its Terraform files are larger than {LARGEST_CONFIGURATION // (1024 * 1024)} MiB unpacked"
                )
            folders.setdefault(folder, {})[file] = content
        return folders
