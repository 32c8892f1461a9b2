"""``tf-kms-guard collect``: what workspaces contribute to an estate, for a run elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from msgspec import Struct

from tf_kms_guard import __version__
from tf_kms_guard.cli.jobs import in_parallel
from tf_kms_guard.cli.presumed import presumed_of_workspace
from tf_kms_guard.cli.run import (
    Named,
    Opened,
    RunOptions,
    Unread,
    builder_of,
    input_errors,
    named_in,
    refuse_source,
    refuse_unused,
    try_target,
)
from tf_kms_guard.cli.secrets import Veil
from tf_kms_guard.cli.targets import Target, find_targets
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.access import judge
from tf_kms_guard.facts.encoding import CLOSE, OPEN
from tf_kms_guard.facts.files import written
from tf_kms_guard.facts.gathering import Gathered
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import FATAL, error_words
from tf_kms_guard.rules.engine import chosen, run_rules
from tf_kms_guard.rules.finding import InputError
from tf_kms_guard.terraform.module_reader import ModuleReader

_ALONE = "presumed: what the references in {} lead to, for it was read without its source (settle it with --source DIR)"


class _Collected(Struct, frozen=True):
    """What one target gave."""

    facts: dict[str, Any] | None
    named: Named | None
    errors: tuple[InputError, ...]


def collect_command(targets: Sequence[str], options: RunOptions, output: Path | None) -> int:
    """Write the facts of the targets to a file or to stdout; the exit code, 2 when something could not be read.

    Raises:
        UsageError: an option makes no sense, or the file cannot be written.
    """
    modules = ModuleReader()
    found = find_targets(targets, modules, options.configuration.excludes)
    for target in found.targets:
        if target.facts:
            raise UsageError(f"{target.place}: these are facts already; check takes them as they are")
    done = in_parallel(lambda target: _collected(target, options, modules), found.targets, options.jobs)
    named = [one.named for one in done if one.named is not None]
    if len(named) == len(found.targets):
        refuse_unused(named, options)
    refuse_source(found.targets, options)
    text = written(
        [one.facts for one in done if one.facts is not None], {"name": "tf-kms-guard", "version": __version__}
    )
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"--output {output}: {error.strerror}") from error
    errors = dict.fromkeys((*found.errors, *(error for one in done for error in one.errors)))
    fatal = [one for one in errors if one.kind in FATAL]
    for one in fatal:
        typer.echo(f"error: {shown(error_words(one))}", err=True)
    return 2 if fatal else 0


def _collected(target: Target, options: RunOptions, modules: ModuleReader) -> _Collected:
    one = try_target(target, options, modules)
    if isinstance(one, Unread):
        return _Collected(None, None, (one.error,))
    run_rules(judge(builder_of([one])), chosen((), ()))  # what judging it alone meets, and no more, is told as met
    errors = input_errors(one)
    diagnostics = (*(() if one.note is None else (one.note,)), *one.workspace.diagnostics)
    gathered = Gathered(one.workspace, one.schema, diagnostics, _rests_on(one), lambda: _hiding(one))
    return _Collected(gathered.data(), named_in(one, options), tuple(errors))


def _rests_on(one: Opened) -> tuple[str, ...]:
    words = presumed_of_workspace(one.workspace)
    told = None if one.workspace.overlay is None else one.workspace.overlay.told
    alone = told is not None and bool(told.followed)
    return (*(() if words is None else (words,)), *((_ALONE.format(one.workspace.source),) if alone else ()))


def _hiding(one: Opened) -> Callable[[str], str]:
    """What puts numbers for the secrets in a text."""
    secrets = one.workspace.secrets
    if not secrets:
        return str
    veil = Veil({secret: f"{OPEN}{number}{CLOSE}" for number, secret in enumerate(secrets, 1)})
    forged = re.compile(f"[{OPEN}{CLOSE}]")
    return lambda text: veil.text(forged.sub("\N{REPLACEMENT CHARACTER}", text))
