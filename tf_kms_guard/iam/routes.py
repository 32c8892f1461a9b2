"""Several ways to one resource: as oneself, or by taking on a role first.

The role's trust policy and ``sts:AssumeRole`` in the caller's own policies are the gates between accounts; from
there on the caller is the role, of the role's account (IAM User Guide, "Cross account resource access").
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.layers import Evaluation
from tf_kms_guard.iam.principal import Principal


class Route(Struct, frozen=True, eq=False):
    """One way in: every step must be allowed. ``role``: the role that is taken on, if any."""

    steps: tuple[Evaluation, ...]
    role: Principal | None = None

    @property
    def verdict(self) -> Verdict:
        """The weakest step."""
        return Verdict.weakest(step.verdict for step in self.steps)


def direct_route(*steps: Evaluation) -> Route:
    """As oneself: for an object under a KMS key the S3 request and the KMS request that it brings about."""
    return Route(steps)


def route_by_role(role: Principal, assume: Evaluation, *steps: Evaluation) -> Route:
    """``assume``: the evaluation of ``sts:AssumeRole``; ``steps``: those of the requests that ``role`` makes."""
    return Route((assume, *steps), role)


def best_route(routes: Iterable[Route]) -> Route | None:
    """The one that comes furthest, the first of equals; one that is allowed is enough. ``None``: no routes."""
    order = (Verdict.DENIED, Verdict.UNDETERMINED, Verdict.ALLOWED)
    return max(routes, key=lambda route: order.index(route.verdict), default=None)
