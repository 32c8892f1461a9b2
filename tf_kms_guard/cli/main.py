"""The program: its commands and their options."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from tf_kms_guard import __version__
from tf_kms_guard.cli.beside import warn_of_checkov
from tf_kms_guard.cli.usage import UsageError

_LATER: Final = {
    "access": "tf_kms_guard.cli.access_options",
    "baseline": "tf_kms_guard.cli.baseline_options",
    "explain": "tf_kms_guard.cli.explain_options",
    "rules": "tf_kms_guard.cli.rules_options",
    "diagnose": "tf_kms_guard.cli.diagnose_options",
    "checkov-checks": "tf_kms_guard.cli.checkov_checks",
    "collect": "tf_kms_guard.cli.collect_options",
    "completion": "tf_kms_guard.cli.completion",
}
"""Commands that are read when they are called for, each with the module whose ``app`` it is."""


class Commands(TyperGroup):
    """The commands; ``check`` starts without those of ``_LATER``.

    What typer hands around here is click's, or a copy of its own, as its version has it.
    """

    _listed = False

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, as the help shows them."""
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name."""
        if cmd_name not in _LATER:
            command: Any = super().get_command(ctx, cmd_name)
        else:
            from importlib import import_module

            later: typer.Typer = import_module(_LATER[cmd_name]).app
            command = typer.main.get_command(later)
            command.name = cmd_name
        if command is not None:
            command.get_help = lambda ctx: _help(command, ctx)
            if self._listed:
                from tf_kms_guard.cli.help import SUMMARIES

                command.short_help = SUMMARIES.get(cmd_name)
        return command

    def get_help(self, ctx: Any) -> str:
        """The help, with what each command does in one line."""
        self._listed = True
        return f"{_help(self, ctx)}\n\nMore: tf-kms-guard COMMAND --help"


def _help(command: Any, ctx: Any) -> str:
    from tf_kms_guard.cli.help import help_of

    return help_of(command, ctx)


app = typer.Typer(
    cls=Commands,
    name="tf-kms-guard",
    help="Says, before deploy, why another AWS account will get Access Denied on a KMS-encrypted S3 bucket.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET]...",
        help="Root modules, trees of root modules, files that roots use, plans (JSON or file), states, facts, or - "
        "for JSON on the standard input; the working directory if none is named.",
    ),
]
Var = Annotated[list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="A value for a variable.")]
VarFile = Annotated[list[Path] | None, typer.Option("--var-file", metavar="FILE", help="A file of variable values.")]
WorkspaceName = Annotated[
    str | None, typer.Option("--workspace", metavar="NAME", help="The value of terraform.workspace.")
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="[[TARGET:]PROVIDER=]ID",
        help="The account of a provider configuration (aws, aws.replica); without a name, of those without evidence.",
    ),
]
RegionOption = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="[[TARGET:]PROVIDER=]REGION", help="The Region of a provider configuration."),
]
Assume = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="ADDRESS=JSON", help="A value for anything unknown: data.x.y.attribute=…"),
]

Source = Annotated[Path | None, typer.Option("--source", metavar="DIR", help="Where the source of a plan or state is.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Root modules that are not looked at: legacy/**; repeatable."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration, instead of the nearest .tf-kms-guard.hcl."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        help="In how many processes the roots of a tree are read; one for each processor if not said.",
    ),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Look for no configuration.")]


def _formats() -> list[str]:
    """What a shell completes after ``--format``."""
    from tf_kms_guard.reports.interface import FORMATS

    return list(FORMATS)


def _rules() -> list[str]:
    """What a shell completes after ``--select`` and ``--ignore``."""
    from tf_kms_guard.rules.engine import chosen

    return [rule.info.id for rule in chosen((), ())]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """Says, before deploy, why another AWS account will get Access Denied on a KMS-encrypted S3 bucket."""
    if version:
        typer.echo(f"tf-kms-guard {__version__}")
        raise typer.Exit


@app.command()
def check(
    targets: Targets = None,
    var: Var = None,
    var_file: VarFile = None,
    workspace: WorkspaceName = None,
    account: AccountOption = None,
    region: RegionOption = None,
    assume: Assume = None,
    source: Source = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME[=FILE]",
            help="text, json, sarif, junit, github, gitlab, markdown, checkstyle or csv, to the screen or a file; "
            "repeatable.",
            autocompletion=_formats,
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="LEVEL",
            help="error (the default), warning, note, undetermined or never: from when to exit 1.",
            autocompletion=lambda: ["error", "warning", "note", "undetermined", "never"],
        ),
    ] = None,
    min_severity: Annotated[
        str | None, typer.Option("--min-severity", metavar="LEVEL", help="Leave out findings milder than this.")
    ] = None,
    min_confidence: Annotated[
        str | None,
        typer.Option("--min-confidence", metavar="LEVEL", help="high, medium or low: leave out what is less sure."),
    ] = None,
    exclude: Exclude = None,
    config: ConfigOption = None,
    no_config: NoConfig = False,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULE", help="Run these rules alone (id or name).", autocompletion=_rules),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="CHANGE", help="introduced: report what a plan introduces, and nothing else."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="RULE", help="Do not run these rules (id or name).", autocompletion=_rules),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Leave out what is known: a file that baseline wrote."),
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Check root modules: which gates are closed to other accounts, and which statement opens each.

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: something could not be read, or wrong usage.
    """
    from tf_kms_guard.cli.check import check_command
    from tf_kms_guard.cli.options import configuration, run_options, wishes

    options = run_options(
        var,
        var_file,
        workspace,
        account,
        region,
        assume,
        select,
        ignore,
        source,
        only,
        configuration(config, no_config, exclude),
        wishes(min_severity, min_confidence),
        jobs,
    )
    raise typer.Exit(check_command(targets or [], options, format, fail_on, baseline))


@app.command()
def inventory(
    targets: Targets = None,
    var: Var = None,
    var_file: VarFile = None,
    workspace: WorkspaceName = None,
    account: AccountOption = None,
    region: RegionOption = None,
    assume: Assume = None,
    source: Source = None,
    exclude: Exclude = None,
    config: ConfigOption = None,
    no_config: NoConfig = False,
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="text or json.")] = "text",
) -> None:
    """Show what was read: buckets, keys, policies, roles and users, with what is known of each."""
    from tf_kms_guard.cli.inventory import inventory_command
    from tf_kms_guard.cli.options import configuration, run_options

    options = run_options(
        var,
        var_file,
        workspace,
        account,
        region,
        assume,
        None,
        None,
        source,
        configuration=configuration(config, no_config, exclude),
    )
    raise typer.Exit(inventory_command(targets or [], options, format))


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIRECTORY]", help="Where to write it.")] = Path(),
) -> None:
    """Write a commented .tf-kms-guard.hcl, which says nothing until you take the comment signs away."""
    from tf_kms_guard.cli.init import init_command

    init_command(directory)


def run() -> None:
    """Runs the command line, ends with ``SystemExit``: wrong usage is one line on stderr and exit code 2, never a
    traceback.
    """
    warn_of_checkov()
    if "_TF_KMS_GUARD_COMPLETE" in os.environ:
        from typer import completion

        completion.completion_init()  # type: ignore[attr-defined]
    try:
        app(prog_name="tf-kms-guard")
    except UsageError as error:
        typer.echo(f"tf-kms-guard: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        if error.filename is not None:
            raise
        typer.echo(f"tf-kms-guard: cannot write to the screen: {error.strerror}", err=True)
        sys.exit(2)


def program() -> None:
    """The console script: ``run`` in a process of its own, which ends without taking its records apart.

    They live to the end of a run, so that the garbage collector finds nothing among them, and the operating system
    frees them at once: together a tenth of the time of a run.
    """
    gc.set_threshold(1_000_000, 20, 20)
    try:
        run()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        code = end.code or 0
    else:
        code = 0
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.flush()
            except BrokenPipeError:
                code = 141
            except OSError:
                code = 2
    os._exit(code)
