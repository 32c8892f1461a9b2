"""KC006: keys of several Regions with one id, each of which is judged for itself."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Key, KeyChoice, KeyForm, SlotState
from tf_kms_guard.estate.passages import best_passage
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.decide import StatementMatch, Verdict
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Related, Severity
from tf_kms_guard.rules.identity import allow_here as allow_by_identity
from tf_kms_guard.rules.key_policy import allow_here as allow_by_key_policy
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, leading, spell
from tf_kms_guard.values.truth import Truth


@explains(
    "KC006",
    "only-related-key-is-shared",
    Severity.ERROR,
    "Only another Region's key of a multi-Region key is shared",
    "AWS KMS Developer Guide, Multi-Region keys in AWS KMS",
    Gate.KEY_POLICY,
    Gate.IDENTITY_KMS,
)
def only_related_key_is_shared(closed: Closed) -> Explanation | None:
    """The bucket uses one key of a multi-Region key, and what lets the outsider in is about a key of another Region: a
    statement of its own policies, or the key policy there.
    """
    if wording.explicit_deny(closed.judged) is not None:
        return None
    return _by_key_policy(closed) if closed.gate is Gate.KEY_POLICY else _by_identity(closed)


def _by_key_policy(closed: Closed) -> Explanation | None:
    """Its own key policy is set and keeps the outsider out, and that of a related key lets it in."""
    key = closed.key
    if key.policy.state is not SlotState.SET:
        return None
    for other in _related(closed, key):
        access = closed.access
        choice = KeyChoice(KeyForm.ARN, other.arn, other, other.account.id, other.account.region)
        bucket = replace(access.bucket, encryption=replace(access.bucket.encryption, key=choice))
        gates = [
            best_passage(bucket, access.outsider, access.estate, access.estate.world, intent).gate(Gate.KEY_POLICY)
            for intent in wording.denied_intents(closed.judged)
        ]
        if all(gate is not None and gate.verdict is Verdict.ALLOWED for gate in gates):
            where = spell(other.account.region)
            return Explanation(
                key.policy.span,
                f"only the policy of {other.address}, the key of the same id in {where}, allows it "
                f"{closed.spelled}, and {key.address} has a policy of its own",
                f"nothing here allows {closed.spelled} to {access.outsider.spelled}",
                allow_by_key_policy(closed, f"add this statement to the policy of {key.address} too"),
                related=(Related("this policy allows it, for the key of another Region", other.policy.span),),
            )
    return None


def _related(closed: Closed, key: Key) -> Iterator[Key]:
    world = closed.access.estate.world
    for other in closed.access.estate.keys if key.multi_region is Truth.YES else ():
        if other.place != key.place and equal(other.key_id, key.key_id, world) is Truth.YES:
            yield other


def _by_identity(closed: Closed) -> Explanation | None:
    choice = closed.access.bucket.encryption.key
    if choice is None or choice.arn is None:
        return None
    here = spell(closed.access.bucket.region if choice.region is None else choice.region)
    for decision in wording.denied_decisions(closed.judged):
        for match in decision.statements:
            other = _related_resource(match, choice, closed.access.estate.world)
            if other is not None:
                return Explanation(
                    match.statement.origin or closed.identity.span,
                    f"in its own policies {match.name} covers the key of the same id in {other}, and the bucket's key "
                    f"is the one in {here}",
                    f"covers the key of {other} only",
                    allow_by_identity(
                        closed, f"cover the bucket's key too: add to a policy of {closed.identity.address}"
                    ),
                )
    return None


def _related_resource(match: StatementMatch, choice: KeyChoice, world: World) -> str | None:
    """The Region of a key that a statement covers, if it is the bucket's key but for its Region."""
    covered = match.statement.resources
    if match.statement.effect is not Effect.ALLOW or match.action is not Truth.YES or match.condition is Truth.NO:
        return None
    own = None if choice.arn is None else parse_arn(choice.arn)
    if match.resource is not Truth.NO or not isinstance(covered, tuple) or not isinstance(own, Arn):
        return None
    if not (leading(own.resource).startswith("key/mrk-") or (choice.key and choice.key.multi_region is Truth.YES)):
        return None
    for text in covered:
        region = _other_region(text, own, world)
        if region is not None:
            return spell(region)
    return None


def _other_region(text: TextLike, own: Arn, world: World) -> TextLike | None:
    arn = parse_arn(text)
    if not isinstance(arn, Arn):
        return None
    same = equal(arn.resource, own.resource, world) & equal(arn.account, own.account, world)
    return arn.region if same is Truth.YES and equal(arn.region, own.region, world) is Truth.NO else None
