"""What a plan changes: which findings it introduces, which it keeps, and which it resolves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.estate.access import BucketAccess, judge
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.model import Estate
from tf_kms_guard.estate.planned import Planned
from tf_kms_guard.rules.catalogue import Rule
from tf_kms_guard.rules.engine import run_rules
from tf_kms_guard.rules.finding import Finding, Undetermined
from tf_kms_guard.terraform.plan.alone import Alone
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.plan.overlay import Overlay
from tf_kms_guard.terraform.workspace import Workspace, load_workspace
from tf_kms_guard.values.text import known

INTRODUCED: Final = "introduced"
KEPT: Final = "kept"
RESOLVED: Final = "resolved"
CHANGES: Final = (INTRODUCED, KEPT, RESOLVED)


class Before(Struct, frozen=True, eq=False):
    """What was there before a plan, judged. ``found`` and ``left_open`` are what the rules say of it."""

    planned: Planned
    found: Sequence[Finding] = ()
    left_open: Sequence[Undetermined] = ()


def state_before(workspace: Workspace, estate: Estate, rules: Collection[Rule]) -> Before | None:
    """What a plan starts from, judged as a state is; ``None`` where there is nothing yet.

    Nothing is judged twice: where the plan changes nothing, it has no actions, and only that is told.
    """
    assert workspace.overlay is not None
    record = workspace.overlay.record
    before = _before(record)
    if not any(one.mode == "managed" for one in before.resources.values()):
        return None
    everything = (*record.resources.values(), *record.gone.values())
    actions = {one.address: one.actions for one in everything if one.mode == "managed" and _is_changed(one)}
    if not any(map(_is_changed, everything)):
        return Before(Planned({}))
    judged, found, left_open = _judged(before, workspace, estate, rules)
    return Before(Planned({one.bucket.address: one for one in judged}, actions), found, left_open)


def with_changes(
    before: Before | None, findings: Sequence[Finding], undetermined: Sequence[Undetermined]
) -> list[Finding]:
    """The findings after a plan, each with what the plan does to it, and those before it that are no more.

    Where the state before leaves a gate open, nothing is said of the finding.
    """
    if before is None:
        return [replace(finding, change=INTRODUCED) for finding in findings]
    if not before.planned.before and not before.planned.actions:
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
    record: Record, workspace: Workspace, estate: Estate, rules: Collection[Rule]
) -> tuple[Sequence[BucketAccess], Sequence[Finding], Sequence[Undetermined]]:
    ids = {account.provider: text for account in estate.accounts if (text := known(estate.world.bind(account.id)))}
    regions = {account.provider: text for account in estate.accounts if (text := known(account.region))}
    accounts = Accounts(ids, regions)
    schema = AwsSchema(accounts)
    directory = Path(workspace.directory)
    overlay = Overlay(record, alone=Alone(record, directory, schema))
    accounts.read_alone = lambda: True
    before = load_workspace(directory, schema, overlay=overlay)
    judged = judge(EstateBuilder(before, accounts, schema))
    findings, undetermined, _ = run_rules(workspace.source, judged, rules)
    workspace.secrets.update(before.secrets)
    return judged, findings, undetermined


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
