"""Checking targets: from directories to a report. The commands and the tests both come in here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from tf_kms_guard.cli.targets import Target, find_targets
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.access import BucketAccess, judge
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.model import Estate
from tf_kms_guard.rules.engine import chosen, run_rules
from tf_kms_guard.rules.finding import Finding, InputError, Report, Undetermined, WorkspaceShown
from tf_kms_guard.rules.wording import account_words
from tf_kms_guard.terraform.diagnostics import Diagnostic
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace, WorkspaceOptions, load_workspace
from tf_kms_guard.values.text import known


class Setting(Struct, frozen=True):
    """An account id or Region that the user states.

    ``provider`` is the name of a provider configuration (``aws``, ``aws.replica``); ``target`` the directory that
    it is for, ``None`` for all.
    """

    target: str | None
    provider: str
    value: str

    def is_for(self, directory: Path) -> bool:
        """Whether it is meant for the root module in ``directory``."""
        return self.target is None or Path(self.target).resolve() == directory.resolve()


class RunOptions(Struct, frozen=True):
    """What the user asks of a run. ``assumed`` maps addresses to values."""

    variables: tuple[tuple[str, str], ...] = ()
    variable_files: tuple[Path, ...] = ()
    workspace_name: str | None = None
    accounts: tuple[Setting, ...] = ()
    regions: tuple[Setting, ...] = ()
    assumed: Mapping[str, Value] = field(default_factory=dict)
    select: Collection[str] = ()
    ignore: Collection[str] = ()


class Checked(Struct, frozen=True, eq=False):
    """One target, read and judged."""

    workspace: Workspace
    estate: Estate
    judged: tuple[BucketAccess, ...]


def read_target(target: Target, options: RunOptions) -> Checked:
    """Read one root module and judge its buckets."""
    accounts = Accounts(_said(options.accounts, target), _said(options.regions, target))
    schema = AwsSchema(accounts)
    workspace_options = WorkspaceOptions(
        options.variables, options.variable_files, options.workspace_name, options.assumed
    )
    workspace = load_workspace(target.directory, schema, workspace_options)
    accounts.other_partitions = lambda: workspace.speaks_of_other_partitions
    builder = EstateBuilder(workspace, accounts, schema)
    judged = tuple(judge(builder))
    return Checked(workspace, builder.estate({}), judged)


def _said(settings: Iterable[Setting], target: Target) -> dict[str, str]:
    return {setting.provider: setting.value for setting in settings if setting.is_for(target.directory)}


def run_check(names: Sequence[str], options: RunOptions) -> Report:
    """Check every target; what cannot be read is in the report's errors.

    Raises:
        UsageError: a target or option makes no sense.
    """
    found = find_targets(names)
    checked = [read_target(target, options) for target in found.targets]
    refuse_unused(checked, options)
    rules = chosen(options.select, options.ignore)
    findings: list[Finding] = []
    undetermined: list[Undetermined] = []
    hidden = 0
    for one in checked:
        new, left_open, left_out = run_rules(one.workspace.source, one.judged, rules, _presumed(one.workspace))
        hidden += left_out
        findings.extend(new)
        undetermined.extend(left_open)
    errors = [*found.errors, *input_errors(checked)]
    shared = [entry for one in checked for entry in one.judged if entry.accesses]
    return Report(
        workspaces=tuple(_shown(one) for one in checked),
        findings=tuple(findings),
        undetermined=tuple(undetermined),
        errors=tuple(errors),
        buckets=sum(len(one.judged) for one in checked),
        keys=sum(len(one.estate.keys) for one in checked),
        outsiders=sum(len(_outsiders(one)) for one in checked),
        shared_buckets=len(shared),
        hidden=hidden,
        secrets={text: shown for one in checked for text, shown in one.workspace.secrets.items()},
    )


def _presumed(workspace: Workspace) -> str | None:
    if not workspace.rests_on_default_workspace:
        return None
    return "presumed: the workspace is default, for none is named (settle it with --workspace NAME)"


def refuse_unused(checked: Iterable[Checked], options: RunOptions) -> None:
    """A ``--var``, ``--account`` or ``--region`` that means nothing in any target is a mistake.

    Raises:
        UsageError: there is one.
    """
    checked = list(checked)
    if any(error.kind in ("syntax", "input") for error in input_errors(checked)):
        return  # what could not be read may be what the option is for
    for option, settings in (("--account", options.accounts), ("--region", options.regions)):
        _refuse_unused_settings(option, settings, checked)
    for address in options.assumed:
        if checked and not any(one.workspace.declares(address) for one in checked):
            raise UsageError(f"--assume {address}: nothing of this address is declared")
    workspaces = [one.workspace for one in checked]
    for name, _ in options.variables:
        if workspaces and all(name in workspace.undeclared for workspace in workspaces):
            where = ", ".join(workspace.source for workspace in workspaces)
            raise UsageError(f"--var {name}: no variable of this name is declared in {where}")


def _refuse_unused_settings(option: str, settings: Iterable[Setting], checked: Sequence[Checked]) -> None:
    if not checked:
        return
    for setting in settings:
        meant = [one for one in checked if setting.is_for(one.workspace.directory)]
        if not meant:
            raise UsageError(
                f"{option} {setting.target}:{setting.provider}={setting.value}: {setting.target} is no target"
            )
        providers = {name for one in meant for name in one.workspace.provider_names()}
        if setting.provider not in providers:
            there = ", ".join(sorted(providers)) or "none"
            raise UsageError(
                f"{option} {setting.provider}={setting.value}: no such provider configuration; there are {there}"
            )


def _outsiders(one: Checked) -> set[str]:
    return {access.outsider.spelled for entry in one.judged for access in entry.accesses if not access.outsider.hinted}


def input_errors(checked: Iterable[Checked]) -> list[InputError]:
    """What went wrong while reading, once each."""
    found: dict[InputError, None] = {}
    for one in checked:
        for diagnostic in one.workspace.diagnostics:
            found[_input_error(diagnostic)] = None
    return list(found)


def _input_error(diagnostic: Diagnostic) -> InputError:
    span = diagnostic.span
    if span is None:
        return InputError(diagnostic.kind.value, diagnostic.message, diagnostic.file)
    return InputError(diagnostic.kind.value, diagnostic.message, span.file, span.line, span.column)


def _shown(one: Checked) -> WorkspaceShown:
    accounts = {
        account.provider: (known(one.estate.world.bind(account.id)), account_words(one.estate, account))
        for account in one.estate.accounts
    }
    return WorkspaceShown(one.workspace.source, one.workspace.source, "hcl", accounts)
