"""Organizations in a request: what its condition keys say of the caller's and the owner's account, where that is said.

IAM User Guide, "AWS global condition context keys": ``aws:PrincipalOrgID``, ``aws:PrincipalOrgPaths``,
``aws:ResourceOrgID``, ``aws:ResourceOrgPaths``.
"""

from __future__ import annotations

from tf_kms_guard.estate.model import Estate, Membership
from tf_kms_guard.iam.context import Context, ContextValue
from tf_kms_guard.values.text import TextLike, known


def with_organizations(context: Context, estate: Estate, caller: TextLike | None, owner: TextLike | None) -> Context:
    """``context`` with the organizations of the accounts of ``caller`` and ``owner``, as far as they are known."""
    values: dict[str, ContextValue] = {}
    for prefix, account in (("principal", caller), ("resource", owner)):
        membership = _of(account, estate)
        if membership is not None:
            values[f"aws:{prefix}orgid"] = (membership.organization,)
            if membership.paths:
                values[f"aws:{prefix}orgpaths"] = membership.paths
    return context.with_values(values) if values else context


def _of(account: TextLike | None, estate: Estate) -> Membership | None:
    if account is None or not estate.memberships:
        return None
    return estate.memberships.get(known(estate.world.bind(account)) or "")
