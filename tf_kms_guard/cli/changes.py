"""What a plan changes: which findings it introduces, which it keeps, and which it resolves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tf_kms_guard.estate.access import judge
from tf_kms_guard.estate.accounts import Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.model import Estate
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


def with_changes(
    workspace: Workspace,
    estate: Estate,
    findings: Sequence[Finding],
    undetermined: Sequence[Undetermined],
    rules: Collection[Rule],
) -> list[Finding]:
    """The findings after a plan, each with what the plan does to it, and those before it that are no more.

    The state before is judged as a state is. Where it leaves a gate open, nothing is said of the finding.
    """
    assert workspace.overlay is not None
    before = _before(workspace.overlay.record)
    if not any(one.mode == "managed" for one in before.resources.values()):
        return [replace(finding, change=INTRODUCED) for finding in findings]
    if not any(
        map(_is_changed, (*workspace.overlay.record.resources.values(), *workspace.overlay.record.gone.values()))
    ):
        return [replace(finding, change=KEPT) for finding in findings]
    earlier, left_open = _judged(before, workspace, estate, rules)
    known_before = {_problem(finding) for finding in earlier}
    changed: list[Finding] = []
    for finding in findings:
        change = KEPT if _problem(finding) in known_before else INTRODUCED
        if change is INTRODUCED and _may_be(finding, left_open):
            changed.append(finding)
        else:
            changed.append(replace(finding, change=change))
    now = {_problem(finding) for finding in findings}
    gone = (one for one in earlier if _problem(one) not in now and not _may_be(one, undetermined))
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
) -> tuple[Sequence[Finding], Sequence[Undetermined]]:
    ids = {account.provider: text for account in estate.accounts if (text := known(estate.world.bind(account.id)))}
    regions = {account.provider: text for account in estate.accounts if (text := known(account.region))}
    accounts = Accounts(ids, regions)
    schema = AwsSchema(accounts)
    directory = Path(workspace.directory)
    overlay = Overlay(record, alone=Alone(record, directory, schema))
    accounts.read_alone = lambda: True
    before = load_workspace(directory, schema, overlay=overlay)
    findings, undetermined, _ = run_rules(workspace.source, judge(EstateBuilder(before, accounts, schema)), rules)
    workspace.secrets.update(before.secrets)
    return findings, undetermined


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
