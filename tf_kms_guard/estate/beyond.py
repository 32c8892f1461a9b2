"""Buckets that roles and users are let to use and no workspace declares: whether they would be let in is not seen.

The ARN of a bucket has no account, and most buckets that a role names and another configuration creates are its own
account's. So something has to say that one is not (decision 0018): a key of another account or of another state that
the same identity may use, or a condition on the owner of what is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Estate, Identity, IdentityPolicy
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.iam.actions import Intent, intents_of
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Effect, Statement
from tf_kms_guard.iam.glob import is_pattern
from tf_kms_guard.values.compare import equal, matches
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, leading, pieces_of, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_USES_A_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
_OWNER_KEYS = ("aws:resourceaccount", "s3:resourceaccount")
_OTHER_STATE = "terraform_remote_state."


class Beyond(Struct, frozen=True, eq=False):
    """A bucket that an identity may use by its own policies, and that is not in the estate.

    ``evidence`` says why it may be another account's. ``state``: the data source that reads the state it comes from.
    """

    identity: Identity
    bucket: TextLike
    evidence: str
    state: str | None
    statements: tuple[tuple[IdentityPolicy, Statement], ...]

    @property
    def origin(self) -> Span | None:
        """Where the bucket is named first."""
        return self.statements[0][1].origin

    @property
    def intents(self) -> tuple[Intent, ...]:
        """What the identity is meant to do."""
        meant = {intent for _, statement in self.statements for intent in intents_of(statement.actions)}
        return tuple(intent for intent in Intent if intent in meant)

    @property
    def unknown(self) -> Unknown:
        """Why it is not known whether the bucket and its key let the identity in."""
        name = spell(self.bucket)
        words = f"the bucket {name} is not declared in any target, and may be another account's: {self.evidence}"
        settle = "add the configuration that declares it to the targets, or describe it in an external_bucket block"
        if self.state is not None:
            settle = f"add the configuration whose state {self.state} reads to the targets"
        return Unknown(f"bucket {name}", words, settle=settle, origin=self.origin)


FAR_GATES: Final = (Gate.BUCKET_POLICY, Gate.KEY_POLICY)
"""The gates that are not seen."""


def beyond(estate: Estate) -> Iterator[Beyond]:
    """One for each identity and bucket, where something says that the bucket may be another account's."""
    buckets = _Buckets(estate)
    for identity in estate.identities:
        allows = [
            (policy, statement)
            for policy in identity.policies
            if not policy.managed
            for statement in policy.document.statements
            if statement.effect is Effect.ALLOW and isinstance(statement.resources, tuple)
        ]
        named: dict[str, list[tuple[TextLike, IdentityPolicy, Statement]]] = {}
        for policy, statement in allows:
            if intents_of(statement.actions):
                for name in _named(statement, identity, buckets):
                    named.setdefault(spell(name), []).append((name, policy, statement))
        if not named:
            continue
        by_key = _key_elsewhere([statement for _, statement in allows], identity, estate)
        for found in named.values():
            owned = (_owner_elsewhere(statement, identity, estate) for _, _, statement in found)
            evidence = next(filter(None, owned), by_key)
            if evidence is not None:
                statements = tuple((policy, statement) for _, policy, statement in found)
                yield Beyond(identity, found[0][0], evidence, _state_of(found[0][0]), statements)


class _Buckets:
    """The buckets of an estate, for names that are none of theirs."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._open: dict[str, list[TextLike]] = {}
        for bucket in estate.buckets:
            if known(bucket.name) is None:
                self._open.setdefault(bucket.workspace, []).append(bucket.name)

    def may_have(self, name: TextLike, workspace: str) -> bool:
        """Whether one of them has a name, or one of the same workspace may have it."""
        if self._estate.buckets_of(name):
            return True
        world = self._estate.world
        return any(equal(name, other, world) is not Truth.NO for other in self._open.get(workspace, ()))


def _named(statement: Statement, identity: Identity, buckets: _Buckets) -> Iterator[TextLike]:
    """The buckets that a statement names one by one: written out, or by the state of another configuration."""
    for resource in statement.resources if isinstance(statement.resources, tuple) else ():
        name = _name_in(resource)
        if name is None or is_pattern(name) or (known(name) is None and _state_of(name) is None):
            continue
        if not buckets.may_have(name, identity.workspace):
            yield name


def _name_in(resource: TextLike) -> TextLike | None:
    """The name of the bucket in an ARN; of one that another state gives as a whole, what it is called there."""
    name = bucket_named(resource)
    if name is not None and known(name) is not None:
        return name
    arn = parse_arn(resource)
    if isinstance(arn, Arn) and (known(arn.service) != "s3" or known(arn.account) != ""):
        return None  # with an account it is the ARN of an access point
    before: list[TextLike] = []
    for piece in pieces_of(arn.resource if isinstance(arn, Arn) else resource):
        if isinstance(piece, str) and "/" in piece:
            before.append(piece.split("/", 1)[0])
            break
        before.append(piece)
    return join_text(before) if before and (isinstance(arn, Arn) or isinstance(before[0], Unknown)) else None


def _state_of(text: TextLike) -> str | None:
    """The data source of another state from which all that is not known of a text comes."""
    holes = holes_of(text)
    sources = {_source(hole) for hole in holes}
    return sources.pop() if len(sources) == 1 else None


def _source(hole: Unknown) -> str | None:
    before, found, after = hole.identity.partition(_OTHER_STATE)
    if not found:
        return None
    name = after.split(".", 1)[0].split("[", 1)[0].strip(")")
    return f"data.{found}{name}" if before.endswith("data.") else None


def _key_elsewhere(allows: Sequence[Statement], identity: Identity, estate: Estate) -> str | None:
    """A key that the identity may use and that is another account's, or another configuration's."""
    for statement in allows:
        actions = statement.actions
        if not isinstance(actions, tuple) or not isinstance(statement.resources, tuple):
            continue
        if not any(matches(one, use, fold_case=True) is Truth.YES for one in actions for use in _USES_A_KEY):
            continue
        for resource in statement.resources:
            state = _state_of(resource)
            if state is not None:
                return f"its key is one that {state} names"
            arn = parse_arn(resource)
            if not isinstance(arn, Arn) or known(arn.service) != "kms" or not leading(arn.resource).startswith("key/"):
                continue
            if spell(arn.account).strip("*?") and _is_elsewhere(arn.account, identity, estate):
                return f"the keys that go with it are of account {spell(estate.world.bind(arn.account))}"
    return None


def _owner_elsewhere(statement: Statement, identity: Identity, estate: Estate) -> str | None:
    """A condition by which only what another account owns is meant."""
    for condition in statement.conditions if isinstance(statement.conditions, tuple) else ():
        if condition.operator.lower() != "stringequals" or (known(condition.key) or "").lower() not in _OWNER_KEYS:
            continue
        accounts = [known(value) for value in condition.values] if isinstance(condition.values, tuple) else []
        if accounts and all(one is not None and _is_elsewhere(one, identity, estate) for one in accounts):
            return f"a condition has it owned by account {accounts[0]}"
    return None


def _is_elsewhere(account: TextLike, identity: Identity, estate: Estate) -> bool:
    return equal(account, identity.account.id, estate.world) is Truth.NO
