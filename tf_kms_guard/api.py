"""For programs: ``tf_kms_guard.check(…)``. Described in ``docs/api.md``, which says what stays as it is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from tf_kms_guard.cli.check import exit_code, known_level, report_of, write_to
from tf_kms_guard.cli.options import configuration, run_options, wishes
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.reports.interface import FORMATS
from tf_kms_guard.rules.finding import Finding, Idle, InputError, Undetermined, WorkspaceShown
from tf_kms_guard.rules.finding import Report as _Report

__all__ = ["Finding", "InputError", "Report", "Undetermined", "UsageError", "check"]

_NOTHING: Final[Mapping[str, Any]] = {}


class Report:
    """What a check found. Values that Terraform marks sensitive are veiled in all of it."""

    def __init__(self, report: _Report, options: RunOptions) -> None:
        """Made by :func:`check` alone."""
        self._report, self._veil = report_of(report)
        self._options = options

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in order of workspace and place; those that a plan resolves have ``change == "resolved"``.

        Those that do not count have a ``suppression``.
        """
        return self._report.findings

    @property
    def undetermined(self) -> tuple[Undetermined, ...]:
        """The gates that could not be decided."""
        return self._report.undetermined

    @property
    def errors(self) -> tuple[InputError, ...]:
        """What could not be read; of kind ``syntax`` or ``input`` if something is missing for that."""
        return self._report.errors

    @property
    def idle(self) -> tuple[Idle, ...]:
        """The comments that are to suppress findings and do not."""
        return self._report.idle

    @property
    def workspaces(self) -> tuple[WorkspaceShown, ...]:
        """What was read."""
        return self._report.workspaces

    def exit_code(self, fail_on: str = "error") -> int:
        """What the program would end with: 0, 1 or 2.

        Raises:
            UsageError: there is no such level.
        """
        return exit_code(self._report, known_level(fail_on))

    def as_dict(self) -> dict[str, Any]:
        """The report as ``docs/schema/report-1.json`` describes it."""
        document: dict[str, Any] = json.loads(self.render("json"))
        return document

    def render(self, format: str = "text") -> str:
        """The report in one of the formats of the command line, as text without colour in 80 columns.

        Raises:
            UsageError: there is no such format.
        """
        if format not in FORMATS:
            raise UsageError(f"there is no format {format!r}: choose one of {', '.join(FORMATS)}")
        stream = io.StringIO()
        write_to(self._report, self._veil, format, stream, self._options, color=False)
        return stream.getvalue()

    def __repr__(self) -> str:
        counts = len(self.findings), len(self.undetermined), len(self.errors)
        return "<tf_kms_guard.Report: {} findings, {} undetermined, {} errors>".format(*counts)


def check(
    *targets: str | PathLike[str],
    variables: Mapping[str, Any] = _NOTHING,
    var_files: Iterable[str | PathLike[str]] = (),
    workspace: str | None = None,
    accounts: Mapping[str, str] = _NOTHING,
    regions: Mapping[str, str] = _NOTHING,
    assume: Mapping[str, Any] = _NOTHING,
    source: str | PathLike[str] | None = None,
    only: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    exclude: Sequence[str] = (),
    min_severity: str | None = None,
    min_confidence: str | None = None,
    config: str | PathLike[str] | bool = True,
) -> Report:
    """Check root modules, trees of them, plans or states; the working directory if none is named.

    The arguments mean what the options of ``tf-kms-guard check`` mean. ``variables`` and ``assume`` take strings,
    numbers, booleans, ``None``, lists and dictionaries; ``accounts`` and ``regions`` are by the name of a provider
    configuration (``aws``, ``aws.replica``). ``config`` names a configuration; ``True`` looks for one, ``False``
    takes none. Nothing is printed, and nothing but the files of the targets is read.

    Raises:
        UsageError: an argument makes no sense; the message says which and why.
    """
    file = None if isinstance(config, bool) else Path(config)
    options = run_options(
        [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in variables.items()],
        [Path(path) for path in var_files],
        workspace,
        [f"{provider}={id_}" for provider, id_ in accounts.items()],
        [f"{provider}={name}" for provider, name in regions.items()],
        [f"{address}={json.dumps(value)}" for address, value in assume.items()],
        _texts("select", select),
        _texts("ignore", ignore),
        None if source is None else Path(source),
        only,
        configuration(file, config is False, _texts("exclude", exclude)),
        wishes(min_severity, min_confidence),
    )
    return Report(run_check([fspath(target) for target in targets], options), options)


def _texts(name: str, texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, str):
        raise UsageError(f"{name} is a list: write [{texts!r}]")
    return texts
