"""``tf-kms-guard inventory``: what was read, resolved and with sources, as text and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import typer

from tf_kms_guard import __version__
from tf_kms_guard.cli.run import (
    Named,
    Opened,
    RunOptions,
    Unread,
    input_errors,
    named_in,
    refuse_source,
    refuse_unused,
    try_targets,
)
from tf_kms_guard.cli.secrets import Veil
from tf_kms_guard.cli.targets import find_targets
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.rules.finding import InputError
from tf_kms_guard.terraform.module_reader import ModuleReader

SCHEMA_VERSION: Final = 1
_FATAL: Final = frozenset(("syntax", "input"))


def inventory_command(targets: Sequence[str], options: RunOptions, format: str) -> int:
    """Write what the targets declare to stdout; the exit code, 2 when something could not be read.

    Raises:
        UsageError: an option makes no sense.
    """
    if format not in _FORMATS:
        raise UsageError(f"--format {format}: choose one of {', '.join(_FORMATS)}")
    inventory = inventory_of_targets(targets, options)
    if not inventory["workspaces"] and not inventory["errors"]:
        why = "all are excluded" if options.configuration.excluded else "no root module uses these files"
        typer.echo(f"tf-kms-guard: {why}: nothing was read", err=True)
        return 0
    sys.stdout.write(_FORMATS[format](inventory))
    return 2 if any(error["kind"] in _FATAL for error in inventory["errors"]) else 0


def inventory_of_targets(targets: Sequence[str], options: RunOptions) -> dict[str, Any]:
    """What the targets declare, as ``docs/schema/inventory-1.json`` describes it, without what must not be shown.

    Raises:
        UsageError: an option makes no sense.
    """
    modules = ModuleReader()
    found = find_targets(targets, modules, options.configuration.excludes, options.configuration.value_files)
    workspaces: list[dict[str, Any]] = []
    named: list[Named] = []
    secrets: dict[str, str] = {}
    errors = dict.fromkeys(found.errors)
    unread = False
    for one in try_targets(found.targets, options, modules):
        if isinstance(one, Unread):
            errors[one.error] = None
            unread = True
            continue
        workspaces.append(_workspace(one))
        if not one.target.facts:
            named.append(named_in(one, options))
        secrets |= one.workspace.secrets
        errors.update(dict.fromkeys(input_errors(one)))
    if not unread:
        refuse_unused(named, options)
    refuse_source(found.targets, options)
    inventory = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tf-kms-guard", "version": __version__},
        "workspaces": workspaces,
        "errors": [_error(error) for error in errors],
    }
    return Veil(secrets).over(inventory)


def _workspace(one: Opened) -> dict[str, Any]:
    from tf_kms_guard.estate.attributes import AwsSchema
    from tf_kms_guard.estate.inventory import inventory_of

    schema = one.workspace.schema
    assert isinstance(schema, AwsSchema)  # read_target gives it no other
    return inventory_of(one.workspace, schema)


def _error(error: InputError) -> dict[str, Any]:
    return {"kind": error.kind, "file": error.file, "line": error.line, "message": error.message}


def _as_text(inventory: Mapping[str, Any]) -> str:
    from tf_kms_guard.cli.inventory_text import inventory_text
    from tf_kms_guard.reports.lines import encodable

    return encodable(inventory_text(inventory), sys.stdout)


def _as_json(inventory: Mapping[str, Any]) -> str:
    from tf_kms_guard.reports.json_report import plain

    return json.dumps(plain(inventory), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


_FORMATS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {"text": _as_text, "json": _as_json}
