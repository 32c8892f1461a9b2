"""The evidence behind one cell of the matrix: every gate, what was asked there, and the statements that decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.gates import Asked, Gate
from tf_kms_guard.estate.model import Identity, PolicySlot, SlotState
from tf_kms_guard.iam.decide import Decision, StatementMatch, Verdict
from tf_kms_guard.iam.judgement import distinct
from tf_kms_guard.rules.key_reference import means_a_key_of_the_writer
from tf_kms_guard.rules.reach import KEY_CHOICE, KEY_REFERENCE, Reach, rests_on
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_MATCHES = {Truth.YES: True, Truth.NO: False, Truth.UNKNOWN: None}


def evidence_of(reach: Reach, presumed: Sequence[str] = ()) -> dict[str, Any]:
    """Why a cell is what it is, as ``docs/schema/access-1.json`` describes it.

    ``presumed``: what everything in the workspaces rests on.
    """
    access, judged = reach.access, reach.judged
    as_whom = None if judged.principal is access.outsider.principal else spell(judged.principal.value)
    return {
        "intended": [_sign(sign.origin, sign.source, access) for sign in _signs(reach)],
        "principal_asked": as_whom,
        "object": spell(judged.object_key),
        "asked": [*(_gate(reach, gate) for gate in judged.gates), *_beyond_policies(reach)],
        "rests_on": [*rests_on(reach), *presumed],
    }


def _signs(reach: Reach) -> Iterator[Any]:
    seen: set[tuple[str, Span | None]] = set()
    for sign in reach.access.outsider.signs:
        if sign.intent is reach.judged.intent and (sign.source, sign.origin) not in seen:
            seen.add((sign.source, sign.origin))
            yield sign


def _sign(origin: Span | None, source: str, access: Access) -> dict[str, Any]:
    words = "by a statement of the key policy about this bucket" if access.outsider.hinted else "by a statement"
    return {"words": f"{words} in {source}", "location": location_of(origin)}


def _gate(reach: Reach, judged: GateJudgement) -> dict[str, Any]:
    verdict = next(state.verdict for state in reach.gates if state.gate == judged.gate.value)
    if verdict != judged.verdict.value:
        words = "no policy can open it, for which key it is stands in the way"
        policy = {"words": words, "location": location_of(reach.access.bucket.encryption.span)}
        return {"gate": judged.gate.value, "verdict": verdict, "policies": [policy], "unknown": None, "requests": []}
    policies = list(_policies(reach, judged.gate))
    doubtful = judged.verdict is not judged.result.verdict
    because = judged.because if verdict == Verdict.UNDETERMINED.value else None
    return {
        "gate": judged.gate.value,
        "verdict": verdict,
        "policies": policies,
        "unknown": unknown_shown(because),
        "requests": [_asked(reach, asked, doubtful=doubtful) for asked in judged.result.asked],
    }


def _beyond_policies(reach: Reach) -> Iterator[dict[str, Any]]:
    """What no policy can mend: which key it is, and how it is named."""
    encryption = reach.access.bucket.encryption
    words = {
        KEY_CHOICE: "the bucket uses the AWS managed key aws/s3, which no other account can use",
        KEY_REFERENCE: "S3 looks up an alias or bare key id in the account of whoever writes",
    }
    if not means_a_key_of_the_writer(reach.view):
        words[KEY_REFERENCE] = "the bucket policy denies writes that name the key by its ARN, or no key"
    if reach.view.key_elsewhere:
        words[KEY_CHOICE] = "the key is in another Region than the bucket, and S3 uses keys of its own Region only"
    elif reach.view.key_is_invalid:
        words[KEY_CHOICE] = "what the bucket names as its key is no key id, key ARN or alias"
    elif reach.view.key_that_goes is not None:
        words[KEY_CHOICE] = "the plan deletes the key"
    elif reach.view.hindrance is not None:
        words[KEY_CHOICE] = f"the key {reach.view.hindrance.words}"
    for state in reach.gates:
        if state.gate in words:
            yield {
                "gate": state.gate,
                "verdict": state.verdict,
                "policies": [{"words": words[state.gate], "location": location_of(encryption.span)}],
                "unknown": None,
                "requests": [],
            }


def _policies(reach: Reach, gate: Gate) -> Iterator[dict[str, Any]]:
    bucket = reach.access.bucket
    if gate is Gate.BUCKET_POLICY:
        yield _slot(bucket.policy, "the bucket has no policy")
    elif gate is Gate.KEY_POLICY:
        key = None if bucket.encryption.key is None else bucket.encryption.key.key
        if key is not None:
            yield _slot(key.policy, "the key has the default key policy")
    else:
        identity = _identity(reach)
        if identity is not None:
            for policy in identity.policies:
                yield {"words": policy.name, "location": location_of(policy.span)}
            if not identity.policies:
                yield {"words": f"nothing is attached to {identity.address}", "location": location_of(identity.span)}


def _slot(slot: PolicySlot, without: str) -> dict[str, Any]:
    absent = slot.state in (SlotState.ABSENT, SlotState.DEFAULT)
    return {"words": without if absent else slot.source, "location": location_of(slot.span)}


def _identity(reach: Reach) -> Identity | None:
    """The identity whose policies were asked: the outsider's own, or a member's."""
    access, asked = reach.access, reach.judged.principal
    if asked is access.outsider.principal:
        return access.outsider.identity
    return access.estate.identity(asked, access.bucket.workspace)


def _asked(reach: Reach, asked: Asked, *, doubtful: bool) -> dict[str, Any]:
    """``doubtful``: the verdict is one of several that the gate may have."""
    decisions = [decision for decision in (asked.decision, asked.beside) if decision is not None]
    notes = [
        *([] if asked.note is None else [asked.note]),
        *(["this is one of the possible cases"] if doubtful else []),
    ]
    unknowns = [*([] if asked.because is None else [asked.because]), *(u for d in decisions for u in d.unknowns)]
    return {
        "action": asked.action,
        "verdict": asked.verdict.value,
        "note": "; ".join(notes) or None,
        "statements": [_statement(match, reach) for match in _telling(decisions)],
        "unknowns": [unknown_shown(one) for one in distinct(unknowns)] if asked.verdict is Verdict.UNDETERMINED else [],
    }


def _telling(decisions: Iterable[Decision]) -> Iterator[StatementMatch]:
    """The statements that match or may, then those that nearly do; where none is near, the nearest."""
    for decision in decisions:
        matched = decision.matched
        near = decision.near_misses
        yield from matched
        yield from near
        if not matched and not near and decision.nearest is not None:
            yield decision.nearest


def _statement(match: StatementMatch, reach: Reach) -> dict[str, Any]:
    effect = match.statement.effect
    return {
        "effect": "unknown" if effect is None else effect.value,
        "matches": _MATCHES[match.truth],
        "misses": list(match.misses),
        "words": match.words,
        "policy": _policy_of(match, reach),
        "location": location_of(match.statement.origin),
    }


def _policy_of(match: StatementMatch, reach: Reach) -> str | None:
    """The policy in which a statement stands."""
    bucket, identity = reach.access.bucket, _identity(reach)
    key = None if bucket.encryption.key is None else bucket.encryption.key.key
    named = [(bucket.policy.document, bucket.policy.source)]
    named += [] if key is None else [(key.policy.document, key.policy.source)]
    if identity is not None:
        attached = [*identity.policies, *([] if identity.boundary is None else [identity.boundary])]
        named += [(policy.document, policy.name) for policy in attached]
    return next((name for document, name in named if document is match.document), None)


def unknown_shown(unknown: Unknown | None) -> Mapping[str, Any] | None:
    """Why something is not known."""
    if unknown is None:
        return None
    return {"because": unknown.because, "settle": unknown.settle, "location": location_of(unknown.origin)}


def location_of(span: Span | None) -> dict[str, Any] | None:
    """A place, if there is one."""
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
