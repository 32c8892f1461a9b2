"""Which cells of the matrix are asked for: by principal, bucket, intent and action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.beyond import Beyond
from tf_kms_guard.estate.model import Bucket
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.iam.actions import NEEDS, Intent, s3_action_of
from tf_kms_guard.iam.glob import text_matches
from tf_kms_guard.iam.principal import Principal, PrincipalKind, describe
from tf_kms_guard.rules.reach import Reach
from tf_kms_guard.rules.wording import bucket_shown
from tf_kms_guard.values.compare import PLAIN
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth


class Filters(Struct, frozen=True):
    """What the cells must be about; of each kind one pattern has to fit, and none means all."""

    principals: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    def keep(self, reach: Reach) -> bool:
        """Whether a cell is asked for."""
        return (
            _any(self.principals, principal_names(reach.access.outsider))
            and _any(self.buckets, bucket_names(reach.access.bucket))
            and (not self.intents or reach.judged.intent.value in self.intents)
            and _any(self.actions, _actions(reach), fold_case=True)
        )

    def keep_beyond(self, one: Beyond, intent: Intent) -> bool:
        """The same for a bucket that no target declares; what the statements allow are the actions that it needs."""
        name, address = spell(one.bucket), one.identity.address
        needed = NEEDS[intent]
        return (
            _any(self.principals, (*_principal_names(one.identity.principal), address))
            and _any(self.buckets, (name, f"arn:aws:s3:::{name}", f"s3://{name}"))
            and (not self.intents or intent.value in self.intents)
            and _any(self.actions, (s3_action_of(intent), *needed.kms_actions), fold_case=True)
        )

    def __bool__(self) -> bool:
        return bool(self.principals or self.buckets or self.intents or self.actions)


def filters(
    principals: Iterable[str] | None,
    buckets: Iterable[str] | None,
    intents: Iterable[str] | None,
    actions: Iterable[str] | None,
) -> Filters:
    """The filters from what was typed.

    Raises:
        UsageError: there is no such intent, or an action has no service.
    """
    wanted = tuple(intents or ())
    there = [intent.value for intent in Intent]
    for name in wanted:
        if name not in there:
            raise UsageError(f"--intent {name}: choose one of {', '.join(there)}")
    asked = tuple(actions or ())
    for action in asked:
        if not action.lower().startswith(("s3:", "kms:", "*")):
            raise UsageError(f"--action {action}: write it like s3:GetObject or kms:Decrypt")
    return Filters(tuple(principals or ()), tuple(buckets or ()), wanted, asked)


def principal_names(outsider: Outsider) -> Iterator[str]:
    """What a principal is called: ARN or id, ``role/reader``, ``reader``, the account's id, its address here."""
    yield from _principal_names(outsider.principal)
    if outsider.identity is not None:
        yield outsider.identity.address


def _principal_names(principal: Principal) -> Iterator[str]:
    yield spell(principal.value)
    yield describe(principal, account=False)
    if principal.name is not None:
        yield spell(principal.name)
    if principal.kind is PrincipalKind.ACCOUNT and principal.account is not None:
        yield spell(principal.account)


def bucket_names(bucket: Bucket) -> Iterator[str]:
    """What a bucket is called: its address, name, ARN, and ``s3://name``."""
    yield bucket.address
    yield spell(bucket.name)
    yield spell(bucket.arn)
    yield bucket_shown(bucket)


def _actions(reach: Reach) -> Iterator[str]:
    for gate in reach.judged.gates:
        for asked in gate.result.asked:
            yield asked.action


def _any(patterns: Iterable[str], names: Iterable[str], *, fold_case: bool = False) -> bool:
    wanted = tuple(patterns)
    return not wanted or any(
        text_matches(pattern, name, PLAIN, fold_case=fold_case) is Truth.YES for name in names for pattern in wanted
    )
