"""Checking targets: from directories to a report. The commands and the tests both come in here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tf_kms_guard.cli.configured import NOTHING, Configuration, Said, Wishes, meaningless
from tf_kms_guard.cli.presumed import presumed_of_workspace, resting_on_references
from tf_kms_guard.cli.records import STDIN, STDIN_SHOWN, opened, read_record_of
from tf_kms_guard.cli.targets import Target, find_targets
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.access import BucketAccess, judge
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.member import Member, members_of
from tf_kms_guard.estate.model import Estate
from tf_kms_guard.estate.recorded_accounts import recorded_accounts
from tf_kms_guard.estate.ties import Ties, components, ties_of
from tf_kms_guard.rules.catalogue import UNDETERMINED, Rule
from tf_kms_guard.rules.engine import chosen, run_rules
from tf_kms_guard.rules.finding import Finding, Idle, InputError, Report, Undetermined, WorkspaceShown
from tf_kms_guard.rules.undetermined import undeclared_buckets
from tf_kms_guard.rules.wording import account_words
from tf_kms_guard.terraform.diagnostics import Diagnostic
from tf_kms_guard.terraform.files import display_path
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace, WorkspaceOptions, load_workspace
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.cli.changes import Before
    from tf_kms_guard.cli.suppressing import Suppressed


class Setting(Struct, frozen=True):
    """An account id or Region that the user states.

    ``provider`` is the name of a provider configuration (``aws``, ``aws.replica``); ``target`` the directory, plan or
    state that it is for, ``None`` for all.
    """

    target: str | None
    provider: str
    value: str

    def is_for(self, place: Path) -> bool:
        """Whether it is meant for the target at ``place``."""
        return self.target is None or Path(self.target).resolve() == place.resolve()


class RunOptions(Struct, frozen=True):
    """What the user asks of a run. ``assumed`` maps addresses to values; ``source`` is where a plan's source is.

    ``only``: report what a plan introduces, keeps or resolves alone. ``wishes``: which findings are to be seen.
    ``jobs``: in how many processes the roots of a tree are judged, ``None`` to choose.
    """

    variables: tuple[tuple[str, str], ...] = ()
    variable_files: tuple[Path, ...] = ()
    workspace_name: str | None = None
    accounts: tuple[Setting, ...] = ()
    regions: tuple[Setting, ...] = ()
    assumed: Mapping[str, Value] = field(default_factory=dict)
    select: Collection[str] = ()
    ignore: Collection[str] = ()
    source: Path | None = None
    only: str | None = None
    configuration: Configuration = field(default_factory=Configuration)
    wishes: Wishes = Wishes()
    jobs: int | None = None


class Opened(Struct, frozen=True, eq=False):
    """One target, read.

    ``texts``: files that are read elsewhere than at their path. ``note``: how a plan or state was read. ``said``: what
    the configuration says of it.
    """

    target: Target
    workspace: Workspace
    accounts: Accounts
    schema: AwsSchema
    texts: Mapping[str, bytes] = field(default_factory=dict)
    note: Diagnostic | None = None
    said: Said = NOTHING


class Named(Struct, frozen=True):
    """What one target knows of the names in the options, for those that mean nothing anywhere.

    ``broken``: something of it could not be read, which may be what an option is for.
    """

    place: Path
    source: str
    undeclared: frozenset[str]
    providers: frozenset[str]
    assumed: frozenset[str]
    broken: bool


class _Outcome(Struct, frozen=True):
    """What is left of targets when their workspaces have gone: of a tree of roots only one is held at a time."""

    shown: Sequence[WorkspaceShown]
    named: Sequence[Named]
    findings: Sequence[Finding]
    undetermined: Sequence[Undetermined]
    hidden: int
    left_out: int
    errors: Sequence[InputError]
    secrets: Mapping[str, str]
    buckets: int
    shared_buckets: int
    keys: int
    outsiders: int
    texts: Mapping[str, bytes]
    targets: Sequence[Target]
    ties: Ties
    suppressed: Suppressed | None = None


def read_target(target: Target, options: RunOptions, modules: ModuleReader) -> Opened:
    """Read one target; ``modules`` reads what several targets share once.

    Raises:
        UnreadableRecord: it is a plan or state that cannot be read.
        UsageError: its configuration is wrong.
    """
    said = options.configuration.said_of(target)
    ids, regions = _said(options.accounts, target), _said(options.regions, target)
    said_in = {provider: place for provider, place in said.said_in.items() if provider not in ids}
    accounts = Accounts({**said.accounts, **ids}, {**said.regions, **regions}, said_in=said_in)
    schema = AwsSchema(accounts)
    workspace_options = WorkspaceOptions(
        options.variables,
        options.variable_files,
        options.workspace_name,
        options.assumed,
        said.standing,
        said.workspace,
        said.assumed,
    )
    if target.record is None:
        found = None
        workspace = load_workspace(target.directory, schema, workspace_options, modules)
    else:
        found = opened(read_record_of(target.record), target.place, options.source, schema, modules)
        workspace = load_workspace(found.directory, schema, workspace_options, modules, found.overlay)
    accounts.other_partitions = lambda: workspace.speaks_of_other_partitions
    accounts.recorded = lambda: recorded_accounts(workspace)
    accounts.read_alone = lambda: workspace.overlay is not None and workspace.overlay.alone is not None
    if found is None:
        return Opened(target, workspace, accounts, schema, said=said)
    return Opened(target, workspace, accounts, schema, found.texts, found.note, said)


class Unread(Struct, frozen=True):
    """A plan or state that could not be read: nothing of it is known."""

    error: InputError


def try_target(target: Target, options: RunOptions, modules: ModuleReader) -> Opened | Unread:
    """The same, with what is wrong of a plan or state that cannot be read as data."""
    try:
        return read_target(target, options, modules)
    except UnreadableRecord as error:
        name = STDIN_SHOWN if target.record == STDIN else display_path(target.place)
        return Unread(InputError("input", str(error), name))


def try_targets(targets: Iterable[Target], options: RunOptions, modules: ModuleReader) -> Iterator[Opened | Unread]:
    """The same for several targets; a facts file may hold several workspaces.

    Raises:
        UsageError: a configuration is wrong.
    """
    for target in targets:
        if target.facts:
            from tf_kms_guard.cli.facts import open_facts

            yield from open_facts(target, options)
        else:
            yield try_target(target, options, modules)


def _said(settings: Iterable[Setting], target: Target) -> dict[str, str]:
    return {setting.provider: setting.value for setting in settings if setting.is_for(target.place)}


def run_check(names: Sequence[str], options: RunOptions, modules: ModuleReader | None = None) -> Report:
    """Check every target; what cannot be read is in the report's errors. ``modules`` reads the modules.

    Raises:
        UsageError: a target or option makes no sense.
    """
    modules = modules or ModuleReader()
    found = find_targets(names, modules, options.configuration.excludes, options.configuration.value_files)
    rules = chosen(options.select, options.ignore)

    def judged(group: Sequence[Target]) -> tuple[list[InputError], _Outcome | None]:
        read = list(try_targets(group, options, modules))
        opened = [one for one in read if isinstance(one, Opened)]
        wrong = [one.error for one in read if isinstance(one, Unread)]
        tied = len(found.groups) > 1 and not group[0].named
        return wrong, _outcome(opened, rules, options, tied=tied) if opened else None

    done = _each(judged, found.groups, options.jobs)
    outcomes = [outcome for _, outcome in done if outcome is not None]
    outcomes = list(_together(outcomes, rules, options, modules))
    unread = [error for wrong, _ in done for error in wrong]
    if not unread:
        refuse_unused([named for one in outcomes for named in one.named], options)
    refuse_source(found.targets, options)
    errors = [*found.errors, *unread, *(error for one in outcomes for error in one.errors)]
    idle: tuple[Idle, ...] = ()
    if suppressed := [one.suppressed for one in outcomes if one.suppressed is not None]:
        from tf_kms_guard.cli.suppressing import idle_ones

        idle = idle_ones(suppressed, rules, errors)
    return Report(
        workspaces=tuple(shown for one in outcomes for shown in one.shown),
        findings=tuple(finding for one in outcomes for finding in one.findings),
        undetermined=tuple(entry for one in outcomes for entry in one.undetermined),
        errors=tuple(dict.fromkeys(errors)),
        buckets=sum(one.buckets for one in outcomes),
        keys=sum(one.keys for one in outcomes),
        outsiders=sum(one.outsiders for one in outcomes),
        shared_buckets=sum(one.shared_buckets for one in outcomes),
        hidden=sum(one.hidden for one in outcomes),
        left_out=sum(one.left_out for one in outcomes),
        idle=idle,
        secrets={text: shown for one in outcomes for text, shown in one.secrets.items()},
        texts={path: text for one in outcomes for path, text in one.texts.items()},
    )


def _each(
    judged: Callable[[Sequence[Target]], tuple[list[InputError], _Outcome | None]],
    groups: Sequence[Sequence[Target]],
    jobs: int | None,
) -> Sequence[tuple[list[InputError], _Outcome | None]]:
    if len(groups) < 2:
        return [judged(group) for group in groups]
    from tf_kms_guard.cli.jobs import in_parallel

    return in_parallel(judged, groups, jobs)


def builder_of(opened: Sequence[Opened]) -> EstateBuilder:
    """Builds one estate of several targets, each of which finds what another one declares.

    Raises:
        UsageError: what the configuration says of things outside cannot be used.
    """
    outside = None
    if any(one.said.config is not None for one in opened):
        from tf_kms_guard.cli.outside import outside_of

        outside = outside_of(one.said.config for one in opened)
    members = members_of((one.workspace, one.accounts, one.schema) for one in opened)
    if len(members) > 1 or outside is not None:
        from tf_kms_guard.estate.elsewhere import Elsewhere

        elsewhere = Elsewhere(members, outside)
        for member in members:
            member.schema.elsewhere = elsewhere.computed
            member.workspace.look_elsewhere(elsewhere, member)
    return EstateBuilder(members, outside)


def together(
    groups: Sequence[Sequence[Target]], options: RunOptions, modules: ModuleReader
) -> list[tuple[Target, ...]]:
    """What is judged together: those that were named, and roots of a tree that surely name each other."""
    ties = [Ties() if group[0].named or len(groups) == 1 else _ties(group, options, modules) for group in groups]
    return [tuple(target for place in places for target in groups[place]) for places in components(ties)]


def _ties(group: Sequence[Target], options: RunOptions, modules: ModuleReader) -> Ties:
    read = [try_target(target, options, modules) for target in group]
    opened = [one for one in read if isinstance(one, Opened)]
    return ties_of(builder_of(opened)) if opened else Ties()


def _together(
    outcomes: Sequence[_Outcome], rules: Collection[Rule], options: RunOptions, modules: ModuleReader
) -> Iterator[_Outcome]:
    """The outcomes; what roots of a tree give that name each other comes from judging them once more, together."""
    for places in components([one.ties for one in outcomes]):
        if len(places) == 1:
            yield outcomes[places[0]]
        else:
            targets = [target for place in places for target in outcomes[place].targets]
            yield _outcome([read_target(target, options, modules) for target in targets], rules, options)


def _outcome(opened: Sequence[Opened], rules: Collection[Rule], options: RunOptions, *, tied: bool = False) -> _Outcome:
    """What several targets give that are judged together; ``tied``: look for what ties them to others."""
    builder = builder_of(opened)
    members, outside = builder.members, builder.outside
    judged = tuple(judge(builder))
    estate = builder.estate({})
    before: Before | None = None
    is_plan = any(one.workspace.plans for one in opened)
    if is_plan:
        from tf_kms_guard.cli.changes import state_before

        before = state_before(members, estate.world, rules, outside)
    presumed = {
        member.name: words for member in members if (words := presumed_of_workspace(member.workspace)) is not None
    }
    errors = [error for one in opened for error in input_errors(one)]
    errors += [*created_twice(estate), *contradicted(opened)]
    shown = [_shown(member, estate) for member in members]
    if outside is not None:
        from tf_kms_guard.cli.outside import needless, presumed_outside

        presumed |= presumed_outside(outside)
        errors += needless(outside, estate)
        shown += [WorkspaceShown(place, place, "config") for place in outside.places]
    found = run_rules(judged, rules, presumed, None if before is None else before.planned)
    undetermined: Sequence[Undetermined] = found[1]
    if any(rule.info.id == UNDETERMINED for rule in rules):
        undetermined = [*undetermined, *undeclared_buckets(estate)]
    findings: Sequence[Finding] = found[0]
    for one, member in zip(opened, members, strict=True):
        given = {**one.said.regions, **_said(options.regions, one.target)}
        findings = resting_on_references(one.workspace, member.all_accounts(), given, findings)
    if is_plan:
        from tf_kms_guard.cli.changes import with_changes

        findings = with_changes(before, findings, undetermined)
    suppressed = None
    if remarks := [remark for member in members for remark in member.workspace.remarks]:
        from tf_kms_guard.cli.suppressing import suppressing, today

        findings, suppressed = suppressing(findings, remarks, members, today())
    if options.only is not None:
        findings = [finding for finding in findings if finding.change in (options.only, None)]
    left_out = 0
    if options.wishes.is_any or any(one.said.config is not None for one in opened):
        from tf_kms_guard.cli.adjusting import adjusting

        configs = {
            member.name: (one.said.config, one.target.place) for member, one in zip(members, opened, strict=True)
        }
        for one in opened:
            if one.said.config is not None:
                configs.setdefault(one.said.config.path, (one.said.config, Path(one.said.config.path)))
        adjusted = adjusting(configs, options.wishes)
        findings, left_out = adjusted.findings(findings)
        undetermined, shown = adjusted.undetermined(undetermined), adjusted.workspaces(shown)
    return _Outcome(
        shown=shown,
        named=[named_in(one, options) for one in opened if not one.target.facts],
        findings=findings,
        undetermined=undetermined,
        hidden=found[2],
        left_out=left_out,
        errors=errors,
        secrets={text: shown for one in opened for text, shown in one.workspace.secrets.items()},
        buckets=len(judged),
        shared_buckets=sum(bool(entry.accesses) for entry in judged),
        keys=len(estate.keys),
        outsiders=len(_outsiders(judged)),
        texts={path: text for one in opened for path, text in one.texts.items()},
        targets=[one.target for one in opened],
        ties=ties_of(builder) if tied else Ties(),
        suppressed=suppressed,
    )


def created_twice(estate: Estate) -> Iterator[InputError]:
    """Buckets that two workspaces create: a name is one bucket's, and what names it elsewhere is not followed."""
    for bucket in estate.buckets:
        first = estate.buckets_of(bucket.name)[0]
        if first.workspace != bucket.workspace and known(bucket.name) is not None:
            message = (
                f"{bucket.address} creates the bucket {known(bucket.name)}, which {first.workspace} creates too: "
                "check them one at a time if only one of them exists"
            )
            yield InputError("evaluation", message, bucket.span.file, bucket.span.line, bucket.span.column)


def contradicted(opened: Iterable[Opened]) -> Iterator[InputError]:
    """The accounts that options or the configuration give, against what the code itself says."""
    for one in opened:
        for found in one.accounts.contradictions():
            message = f"{found.said}, and {found.evidence}: the former counts; mend whichever is wrong"
            line, column = (None, None) if found.span is None else (found.span.line, found.span.column)
            file = None if found.span is None else found.span.file
            yield InputError("evaluation", message, file, line, column)


def named_in(one: Opened, options: RunOptions) -> Named:
    """What a target knows of the names in the options."""
    workspace = one.workspace
    return Named(
        place=one.target.place,
        source=workspace.source,
        undeclared=frozenset(workspace.undeclared),
        providers=workspace.provider_names(),
        assumed=frozenset(address for address in options.assumed if workspace.declares(address)),
        broken=any(error.kind in ("syntax", "input") for error in input_errors(one)),
    )


def refuse_unused(targets: Sequence[Named], options: RunOptions) -> None:
    """A ``--var``, ``--account`` or ``--region`` that means nothing in any target is a mistake.

    Raises:
        UsageError: there is one.
    """
    if not targets or any(target.broken for target in targets):
        return
    for option, settings in (("--account", options.accounts), ("--region", options.regions)):
        _refuse_unused_settings(option, settings, targets)
    for address in options.assumed:
        if not any(address in target.assumed for target in targets):
            raise UsageError(f"--assume {address}: nothing of this address is declared")
    for name, _ in options.variables:
        if all(name in target.undeclared for target in targets):
            where = ", ".join(target.source for target in targets)
            raise UsageError(f"--var {name}: no variable of this name is declared in {where}")


def refuse_source(targets: Sequence[Target], options: RunOptions) -> None:
    """``--source`` without a plan or state is a mistake, and so is ``--only`` where nothing changes.

    Raises:
        UsageError: it is one.
    """
    if targets and all(target.facts for target in targets):
        from tf_kms_guard.cli.facts import refuse_options

        refuse_options(options)
    if options.source is not None and all(target.record is None or target.facts for target in targets):
        raise UsageError(f"--source {options.source}: no target is a plan or state")
    if options.only is not None and all(target.record is None or target.facts for target in targets):
        raise UsageError(f"--only {options.only}: only a plan tells what changes, and no target is one")


def _refuse_unused_settings(option: str, settings: Iterable[Setting], targets: Sequence[Named]) -> None:
    for setting in settings:
        meant = [target for target in targets if setting.is_for(target.place)]
        if not meant:
            raise UsageError(
                f"{option} {setting.target}:{setting.provider}={setting.value}: {setting.target} is no target"
            )
        providers = {name for target in meant for name in target.providers}
        if setting.provider not in providers:
            there = ", ".join(sorted(providers)) or "none"
            raise UsageError(
                f"{option} {setting.provider}={setting.value}: no such provider configuration; there are {there}"
            )


def _outsiders(judged: Iterable[BucketAccess]) -> set[str]:
    return {access.outsider.spelled for entry in judged for access in entry.accesses if not access.outsider.hinted}


def input_errors(one: Opened) -> list[InputError]:
    """What went wrong while reading a target, once each."""
    notes = () if one.note is None else (one.note,)
    found = dict.fromkeys(_input_error(diagnostic) for diagnostic in (*notes, *one.workspace.diagnostics))
    if one.said.exact and not any(error.kind in ("syntax", "input") for error in found):
        found.update(dict.fromkeys(meaningless(one.said, one.workspace)))
    return list(found)


def _input_error(diagnostic: Diagnostic) -> InputError:
    span = diagnostic.span
    if span is None:
        return InputError(diagnostic.kind.value, diagnostic.message, diagnostic.file)
    return InputError(diagnostic.kind.value, diagnostic.message, span.file, span.line, span.column)


def _shown(member: Member, estate: Estate) -> WorkspaceShown:
    accounts = {
        account.provider: (known(estate.world.bind(account.id)), account_words(estate, account))
        for account in member.all_accounts()
    }
    overlay = member.workspace.overlay
    kind = "hcl" if overlay is None else overlay.record.origin.value
    if member.workspace.is_told:
        kind = "facts"
    return WorkspaceShown(member.name, member.workspace.source, kind, accounts)
