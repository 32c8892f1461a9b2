"""Cells for buckets that roles and users may use and no target declares: whether they get in is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tf_kms_guard.cli.access_cells import Cell
from tf_kms_guard.cli.access_evidence import location_of, unknown_shown
from tf_kms_guard.cli.access_filters import Filters
from tf_kms_guard.estate.beyond import FAR_GATES, Beyond
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.principal import describe
from tf_kms_guard.rules.finding import GateState, PrincipalShown
from tf_kms_guard.values.text import known, spell

_VERDICT = Verdict.UNDETERMINED.value


def beyond_cells(one: Beyond, asked: Filters, *, why: bool) -> Iterator[Cell]:
    """The cells of one role or user and one bucket, intent by intent, as far as they are asked for."""
    principal, name = one.identity.principal, spell(one.bucket)
    called = name if known(one.bucket) is None else f"s3://{name}"
    for intent in one.intents:
        if asked.keep_beyond(one, intent):
            yield Cell(
                principal=PrincipalShown(principal.kind.value, spell(principal.value)),
                called=describe(principal),
                workspace=one.identity.workspace,
                bucket=name,
                bucket_called=called,
                key=None,
                intent=intent.value,
                verdict=_VERDICT,
                gates=tuple(GateState(gate.value, _VERDICT) for gate in FAR_GATES),
                presumed=False,
                why=_why(one) if why else None,
            )


def _why(one: Beyond) -> dict[str, Any]:
    intended = [
        {"words": f"by a statement in {policy.source}", "location": location_of(statement.origin)}
        for policy, statement in one.statements
    ]
    gates = [
        {
            "gate": gate.value,
            "verdict": _VERDICT,
            "policies": [],
            "unknown": unknown_shown(one.unknown),
            "requests": [],
        }
        for gate in FAR_GATES
    ]
    return {
        "intended": intended,
        "principal_asked": None,
        "object": "object",
        "asked": gates,
        "rests_on": [],
    }
