"""What all findings of a workspace rest on: its name, and what a plan JSON alone does not spell out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.recorded_accounts import recorded_regions
from tf_kms_guard.rules.finding import Confidence, Finding
from tf_kms_guard.terraform.plan.told import without_keys
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.terraform.plan.alone import Followed

_MOST_NAMED: Final = 3
_FROM_CODE: Final = ("assume_role", "assume_role_with_web_identity", "allowed_account_ids")


def presumed_of_workspace(workspace: Workspace) -> str | None:
    """What is presumed of the workspace's name, if anything rests on it, or of facts as a whole."""
    if workspace.presumed:
        return "; ".join(workspace.presumed)
    if not workspace.rests_on_default_workspace:
        return None
    return "presumed: the workspace is default, for none is named (settle it with --workspace NAME)"


def resting_on_references(
    workspace: Workspace, accounts: Sequence[Account], given: Collection[str], findings: Sequence[Finding]
) -> Sequence[Finding]:
    """The findings with what was presumed of references that a plan JSON alone does not spell out.

    Any such reference may lead elsewhere in truth, and so bear on every finding: none of them is of high confidence.
    ``given``: the providers whose Region the user states.
    """
    told = None if workspace.overlay is None else workspace.overlay.told
    if told is None:
        return findings
    followed = list(told.followed.values())
    providers = list(_of_providers(workspace, accounts, given))
    if not followed and not providers:
        return findings
    return [_resting(finding, followed, providers) for finding in findings]


def _resting(finding: Finding, followed: Sequence[Followed], providers: Sequence[str]) -> Finding:
    near = _near(finding, followed)
    far = [one for one in followed if one not in near]
    lines = [f"{one.argument} is {one.references[0]}" for one in (*near, *far)] + list(providers)
    named, more = lines[:_MOST_NAMED], len(lines) - _MOST_NAMED
    words = f"{', '.join(named)}{f' (and {more} more such references)' if more > 0 else ''}"
    settle = "the plan alone does not tell: settle it with --source DIR or the plan file itself"
    why = f"presumed: {words} as it stands; {settle}"
    confidence = finding.confidence if finding.confidence is Confidence.LOW else Confidence.MEDIUM
    return replace(finding, confidence=confidence, why=(*finding.why, why))


def _near(finding: Finding, followed: Sequence[Followed]) -> list[Followed]:
    """Those that are about what a finding is about, the nearest first."""
    met = {without_keys(name) for name in (finding.resource, finding.key, *finding.buckets) if name is not None}
    near: list[Followed] = []
    while True:
        more = [one for one in followed if one not in near and (one.owner in met or one.leads_to & met)]
        if not more:
            return near
        near += more
        for one in more:
            met |= {one.owner, *one.leads_to}


def _of_providers(workspace: Workspace, accounts: Sequence[Account], given: Collection[str]) -> Iterator[str]:
    """What was presumed of the arguments of provider configurations, where nothing that is recorded confirms it."""
    alone = None if workspace.overlay is None else workspace.overlay.alone
    referring = {} if alone is None else alone.provider_references()
    regions = recorded_regions(workspace) if referring else {}
    for account in accounts:
        told = referring.get(without_keys(account.provider), {})
        region = known(account.region)
        confirmed = account.provider in given or region in regions.get(account.provider, ())
        if "region" in told and region is not None and not confirmed:
            yield f"region of provider {account.provider} is {told['region']}"
        if account.evidence in _FROM_CODE and account.evidence in told:
            yield f"{account.evidence} of provider {account.provider} is {told[account.evidence]}"
