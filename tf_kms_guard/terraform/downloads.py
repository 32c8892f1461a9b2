"""Modules from a registry or from git: where ``terraform get`` has put them, and which are not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind
from tf_kms_guard.terraform.files import LARGEST_SOURCE, Unreadable, display_path, read_bytes
from tf_kms_guard.values.span import Span

_MOST_NAMED: Final = 5


class Downloads:
    """The downloaded modules of a root module, by Terraform's key (``a.b`` for ``module.a.module.b``)."""

    def __init__(self, root: Path, repository: Path | None, report: Callable[[Diagnostic], None]) -> None:
        """``report`` is told if the list of downloaded modules cannot be read."""
        self._root = root
        self._repository = repository
        self._report = report
        self._installed: dict[str, Path] | None = None
        self._missing: dict[str, tuple[str, Span]] = {}
        self._any_told = False

    def directory_of(self, key: str) -> Path | None:
        """Where a module is; ``None`` if it is not downloaded."""
        if self._installed is None:
            manifest = self._root / ".terraform" / "modules" / "modules.json"
            self._installed = self._read(manifest) if manifest.is_file() else {}
        return self._installed.get(key)

    def _read(self, manifest: Path) -> dict[str, Path]:
        import json

        try:
            entries = json.loads(read_bytes(manifest, LARGEST_SOURCE, self._repository))["Modules"]
            return {entry["Key"]: self._root / entry["Dir"] for entry in entries}
        except (Unreadable, ValueError, KeyError, TypeError) as error:
            message = f"cannot read the list of downloaded modules: {error}; run terraform get again"
            self._report(Diagnostic(DiagnosticKind.INPUT, message, file=display_path(manifest)))
            return {}

    def miss(self, key: str, source: str, call: Span, *, told: bool) -> None:
        """Take note of a module that is not there; ``told``: a plan or state tells of it."""
        self._missing.setdefault(key, (source, call))
        self._any_told |= told

    def note(self, record: str) -> Diagnostic | None:
        """One note for all of them, since one command brings them all; ``record`` is the plan or state that tells."""
        names = [f"module.{key.replace('.', '.module.')}" for key in self._missing]
        if not names:
            return None
        source, place = next(iter(self._missing.values()))
        if len(names) == 1:
            what = f"read from {record} alone" if self._any_told else "not read"
            message = f"{names[0]} is {what}: its source {source} is not downloaded"
        else:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            message = f"{len(names)} modules are not downloaded ({', '.join(names[:_MOST_NAMED])}{more})"
            if self._any_told:
                message += f", and read from {record} alone as far as it tells them"
        where = display_path(self._root)
        return Diagnostic(DiagnosticKind.MODULE_MISSING, f"{message}: run terraform get in {where}", place)
