"""How a resource's policy lets somebody in: by name, by role, or by leaving it to the account."""

from __future__ import annotations

from msgspec import Struct

from tf_kms_guard.iam.decide import Decision
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.iam.naming import names
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.truth import Truth

_K = PrincipalKind


class Ways(Struct, frozen=True, eq=False):
    """To what extent Allow statements let the caller in, by the kind of entry that covers it.

    ``direct``: its own user or session ARN: an implicit deny in a boundary or a session policy does not limit this
    within an account. ``by_role``: its role's ARN, which they do limit. Everyone (``*``) is enough, and whether they
    limit it is not documented. ``delegated``: its account, which leaves the choice to identity policies. (IAM User
    Guide, "Policy evaluation logic".)
    """

    direct: Truth
    by_role: Truth
    delegated: Truth

    @property
    def named(self) -> Truth:
        """Whether the caller is let in without its identity policies being asked, in its own account."""
        return self.direct | self.by_role


def ways_of(decision: Decision, caller: Principal, world: World) -> Ways:
    """Tell apart how the Allow statements behind ``decision`` cover ``caller``."""
    hidden = any(document.incomplete is not None for document in decision.documents)
    direct = by_role = delegated = Truth.UNKNOWN if hidden else Truth.NO
    for match in decision.matched:
        statement = match.statement
        if statement.effect is Effect.DENY:
            continue
        if not isinstance(statement.principals, tuple):
            # NotPrincipal, which names nobody: what a boundary means to it is not documented
            open_end = match.truth & Truth.UNKNOWN
            direct, by_role, delegated = direct | open_end, by_role | match.truth, delegated | open_end
            continue
        for named in statement.principals:
            covers = names(named, caller, world) & match.truth
            if named.kind is _K.ACCOUNT or named.kind is _K.CANONICAL_USER:
                delegated |= covers
            elif named.kind is _K.ROLE or (named.kind is _K.USER and caller.kind is not _K.USER):
                by_role |= covers
            elif named.kind is _K.PUBLIC:
                direct, by_role = direct | covers & Truth.UNKNOWN, by_role | covers
            elif named.kind is _K.UNKNOWN:
                open_end = covers & Truth.UNKNOWN
                direct, by_role, delegated = direct | open_end, by_role | open_end, delegated | open_end
            else:
                direct |= covers
    return Ways(direct, by_role, delegated)
