"""Running the rules over what was judged, and joining findings of one cause."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from tf_kms_guard.estate.access import BucketAccess
from tf_kms_guard.estate.planned import Planned
from tf_kms_guard.rules import (
    bucket_policy,
    changes,
    conditions,
    controls,
    dead_statements,
    delegation,
    deliveries,
    grants,
    hygiene,
    identity,
    key_choice,
    key_condition,
    key_fitness,
    key_policy,
    key_reference,
    object_key,
    own_limits,
    ownership,
    replicas,
    replication,
    replicator,
    resource_level,
    undetermined,
    writers,
)
from tf_kms_guard.rules.calls import with_calls
from tf_kms_guard.rules.catalogue import RULES, UNDETERMINED, Rule
from tf_kms_guard.rules.finding import Confidence, Finding, Undetermined
from tf_kms_guard.rules.view import View

GROUPS = (
    key_choice,
    key_fitness,
    object_key,
    replicas,
    key_reference,
    key_condition,
    key_policy,
    dead_statements,
    delegation,
    bucket_policy,
    resource_level,
    ownership,
    identity,
    own_limits,
    grants,
    conditions,
    replication,
    replicator,
    deliveries,
    writers,
    changes,
    controls,
    hygiene,
    undetermined,
)
"""The modules of rules, in the order in which their findings are shown."""


def chosen(select: Collection[str], ignore: Collection[str]) -> list[Rule]:
    """The rules to run: all, or ``select`` alone (ids or names), without ``ignore``."""
    return [
        entry
        for entry in RULES.values()
        if (not select or {entry.info.id, entry.info.name} & set(select))
        and not {entry.info.id, entry.info.name} & set(ignore)
    ]


def unknown_rules(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are no rule's id or name."""
    there = {word for entry in RULES.values() for word in (entry.info.id, entry.info.name)}
    return [name for name in names if name not in there]


def run_rules(
    judged: Iterable[BucketAccess],
    rules: Collection[Rule],
    presumed: Mapping[str, str] | None = None,
    planned: Mapping[str, Planned] | None = None,
) -> tuple[list[Finding], list[Undetermined], int]:
    """The findings of ``rules`` in order of place, what is undetermined, and how many other rules would have found.

    ``presumed``: by workspace, something that everything in it rests on; ``planned``: by workspace, what its plan does.
    """
    findings: dict[_Cause, Finding] = {}
    open_: list[Undetermined] = []
    listing = any(entry.info.id == UNDETERMINED for entry in rules)
    for bucket_access in judged:
        if bucket_access.bucket.outside and not bucket_access.accesses:
            continue  # nobody here has to do with it
        view = View(bucket_access, (planned or {}).get(bucket_access.bucket.workspace))
        for entry in RULES.values():
            for finding in entry.check(view):
                _join(findings, _resting_on((presumed or {}).get(finding.workspace), with_calls(finding)))
        if listing:
            open_.extend(undetermined.undetermined_gates(view))
            open_.extend(replication.undetermined_replications(view))
            open_.extend(replicator.undetermined_replicators(view))
            open_.extend(deliveries.undetermined_deliveries(view))
    wanted = {entry.info.id for entry in rules}
    shown = [finding for finding in findings.values() if finding.rule.id in wanted]
    return in_order(shown), open_, len(findings) - len(shown)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they are shown: the worst first, then by place."""
    return sorted(findings, key=_order)


def _resting_on(presumed: str | None, finding: Finding) -> Finding:
    if presumed is None:
        return finding
    return replace(finding, confidence=Confidence.MEDIUM, why=(*finding.why, presumed))


_Cause: TypeAlias = tuple[str, str, str, str]
"""Rule, workspace, thing and principal."""


def _join(findings: dict[_Cause, Finding], finding: Finding) -> None:
    """One finding per rule, thing and principal: a key shared by twenty buckets gives one."""
    principal = "" if finding.principal is None else finding.principal.value
    key = (finding.rule.id, finding.workspace, finding.resource or "", principal)
    earlier = findings.get(key)
    if earlier is None:
        findings[key] = finding
        return
    buckets = tuple(dict.fromkeys((*earlier.buckets, *finding.buckets)))
    findings[key] = replace(
        earlier,
        buckets=buckets,
        actions=tuple(dict.fromkeys((*earlier.actions, *finding.actions))),
        intent=tuple(dict.fromkeys((*earlier.intent, *finding.intent))),
        related=tuple(dict.fromkeys((*earlier.related, *finding.related))),
    )


def _order(finding: Finding) -> tuple[int, str, int, str]:
    location = finding.location
    file, line = ("", 0) if location is None else (location.file, location.line)
    return finding.severity.rank, file, line, finding.rule.id
