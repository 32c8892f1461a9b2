"""What a plan changes: which findings it introduces, which it keeps, and which it resolves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from tf_kms_guard.estate.access import BucketAccess, judge
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.member import Member, members_of
from tf_kms_guard.estate.planned import Planned
from tf_kms_guard.rules.catalogue import Rule
from tf_kms_guard.rules.engine import run_rules
from tf_kms_guard.rules.finding import Finding, Undetermined
from tf_kms_guard.terraform.plan.alone import Alone
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.plan.overlay import Overlay
from tf_kms_guard.terraform.workspace import Workspace, load_workspace
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.estate.outside import Outside

INTRODUCED: Final = "introduced"
KEPT: Final = "kept"
RESOLVED: Final = "resolved"
CHANGES: Final = (INTRODUCED, KEPT, RESOLVED)


class Before(Struct, frozen=True, eq=False):
    """What was there before the plans of a run, judged; ``planned``: by workspace, what its plan does.

    ``found`` and ``left_open`` are what the rules say of it. ``stays``: the plans change nothing.
    """

    planned: Mapping[str, Planned] = field(default_factory=dict)
    found: Sequence[Finding] = ()
    left_open: Sequence[Undetermined] = ()
    stays: bool = False


def state_before(
    members: Sequence[Member], world: World, rules: Collection[Rule], outside: Outside | None = None
) -> Before | None:
    """What the plans of ``members`` start from, judged as states are; ``None`` where there is nothing yet.

    Nothing is judged twice: where the plans change nothing, only that is told.
    """
    records = {
        one.name: one.workspace.overlay.record for one in members if one.workspace.overlay and one.workspace.plans
    }
    if len(members) == len(records) and not any(map(_was_there, records.values())):
        return None
    if not any(_is_changed(one) for record in records.values() for one in _everything(record)):
        return Before(stays=True)
    judged, found, left_open = _judged(members, world, rules, outside)
    planned = {name: _planned(name, record, judged) for name, record in records.items()}
    return Before(planned, found, left_open)


def _everything(record: Record) -> Iterable[Recorded]:
    return (*record.resources.values(), *record.gone.values())


def _was_there(record: Record) -> bool:
    return any(one.mode == "managed" for one in _before(record).resources.values())


def _planned(name: str, record: Record, judged: Sequence[BucketAccess]) -> Planned:
    actions = {one.address: one.actions for one in _everything(record) if one.mode == "managed" and _is_changed(one)}
    return Planned({one.bucket.address: one for one in judged if one.bucket.workspace == name}, actions)


def with_changes(
    before: Before | None, findings: Sequence[Finding], undetermined: Sequence[Undetermined]
) -> list[Finding]:
    """The findings after a plan, each with what the plan does to it, and those before it that are no more.

    Where the state before leaves a gate open, nothing is said of the finding.
    """
    if before is None:
        return [replace(finding, change=INTRODUCED) for finding in findings]
    if before.stays:
        return [replace(finding, change=KEPT) for finding in findings]
    known_before = {_problem(finding) for finding in before.found}
    changed: list[Finding] = []
    for finding in findings:
        change = KEPT if _problem(finding) in known_before else INTRODUCED
        if change is INTRODUCED and _may_be(finding, before.left_open):
            changed.append(finding)
        else:
            changed.append(replace(finding, change=change))
    now = {_problem(finding) for finding in findings}
    gone = (one for one in before.found if _problem(one) not in now and not _may_be(one, undetermined))
    return [*changed, *(replace(finding, change=RESOLVED) for finding in gone)]


def _is_changed(recorded: Recorded) -> bool:
    return recorded.actions not in ((), ("no-op",), ("read",))


def _problem(finding: Finding) -> tuple[str | None, ...]:
    """What makes two findings the same problem: who is denied at which gate of what, whichever rule says so best."""
    principal = None if finding.principal is None else finding.principal.value
    return finding.rule.gate, finding.resource, principal, *sorted(finding.buckets)


def _may_be(finding: Finding, undetermined: Sequence[Undetermined]) -> bool:
    """Whether something that is undetermined may be what a finding says."""
    return any(one.bucket in finding.buckets and one.gate == finding.rule.gate for one in undetermined)


def _judged(
    members: Sequence[Member], world: World, rules: Collection[Rule], outside: Outside | None
) -> tuple[Sequence[BucketAccess], Sequence[Finding], Sequence[Undetermined]]:
    """What was found before the plans of ``members``; those that no plan changes are as they are."""
    earlier = [_earlier_member(one, world) if one.workspace.plans else _parts(one) for one in members]
    judged = judge(EstateBuilder(members_of(earlier), outside))
    findings, undetermined, _ = run_rules(judged, rules)
    return judged, findings, undetermined


_Parts: TypeAlias = tuple[Workspace, Accounts, AwsSchema]


def _parts(member: Member) -> _Parts:
    return member.workspace, member.accounts, member.schema


def _earlier_member(member: Member, world: World) -> _Parts:
    assert member.workspace.overlay is not None
    record = _before(member.workspace.overlay.record)
    found = member.all_accounts()
    ids = {account.provider: text for account in found if (text := known(world.bind(account.id)))}
    regions = {account.provider: text for account in found if (text := known(account.region))}
    accounts = Accounts(ids, regions)
    schema = AwsSchema(accounts)
    directory = Path(member.workspace.directory)
    overlay = Overlay(record, alone=Alone(record, directory, schema))
    accounts.read_alone = lambda: True
    before = load_workspace(directory, schema, overlay=overlay)
    member.workspace.secrets.update(before.secrets)
    return before, accounts, schema


def _before(record: Record) -> Record:
    """What was there before a plan, as a state."""
    resources = dict(_earlier(record))
    return replace(
        record,
        origin=Origin.STATE,
        resources=resources,
        gone={},
        configuration=None,
        sources=(),
        complete=True,
        diagnostics=(),
    )


def _earlier(record: Record) -> Iterator[tuple[str, Recorded]]:
    for address, one in (*record.resources.items(), *record.gone.items()):
        if one.before is not None:
            yield address, replace(one, values=one.before, before=None)
        elif one.mode == "data" or not one.actions:
            yield address, one
