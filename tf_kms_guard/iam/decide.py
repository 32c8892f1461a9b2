"""Verdicts: what AWS decides for one request, as far as the policies are known.

IAM User Guide, "Policy evaluation logic": an explicit Deny wins, else one Allow is enough, else it is
denied. For a caller of another account both its identity policies and the resource's policy are asked, each
on its own ("Cross-account policy evaluation logic"): take the weakest of the two verdicts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from tf_kms_guard.iam.context import Context
from tf_kms_guard.iam.document import Document, Effect, Statement
from tf_kms_guard.iam.glob import text_equal
from tf_kms_guard.iam.judgement import Judgement, distinct
from tf_kms_guard.iam.matching import (
    is_near_miss,
    match_action,
    match_conditions,
    match_principal,
    match_resource,
)
from tf_kms_guard.iam.naming import names
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth, all_of
from tf_kms_guard.values.unknown import Unknown


class Verdict(enum.Enum):
    """From the weakest to the strongest: DENIED, UNDETERMINED, ALLOWED."""

    DENIED = "denied"
    UNDETERMINED = "undetermined"
    ALLOWED = "allowed"

    @classmethod
    def weakest(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """All must allow; ALLOWED when there are none."""
        return min(verdicts, key=_ORDER.__getitem__, default=cls.ALLOWED)

    @classmethod
    def strongest(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """One is enough; DENIED when there are none."""
        return max(verdicts, key=_ORDER.__getitem__, default=cls.DENIED)


_ORDER = {Verdict.DENIED: 0, Verdict.UNDETERMINED: 1, Verdict.ALLOWED: 2}


class Request(Struct, frozen=True, eq=False):
    """One request: who asks for which action on which resource (an ARN)."""

    principal: Principal
    action: str
    resource: TextLike
    context: Context


class StatementMatch(Struct, frozen=True, eq=False):
    """How one statement meets a request: the evidence.

    ``reasons`` are short sentences for people: what keeps the statement from matching (or from matching
    certainly), or why it does. ``unknowns`` kept it from being certain.
    """

    statement: Statement
    document: Document
    truth: Truth
    principal: Truth
    action: Truth
    resource: Truth
    condition: Truth
    reasons: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()

    @property
    def delegates(self) -> bool:
        """Whether it matches by naming an account, and so leaves the choice to that account's policies."""
        principals = self.statement.principals
        return isinstance(principals, tuple) and all(p.kind is PrincipalKind.ACCOUNT for p in principals)


class Decision(Struct, frozen=True, eq=False):
    """What a set of policies decides. Make one with the functions below.

    ``allow`` and ``deny``: whether some Allow, some Deny statement matches. ``unknowns`` are the values that
    kept the verdict from being certain.
    """

    verdict: Verdict
    allow: Truth
    deny: Truth
    unknowns: tuple[Unknown, ...]
    _matches: dict[tuple[int, int], StatementMatch]
    _judge: _Judge

    @property
    def statements(self) -> tuple[StatementMatch, ...]:
        """The evidence: how every statement meets the request, in order. Worked out when first asked for."""
        for place in self._judge.places():
            if place not in self._matches:
                self._matches[place] = self._judge.match(*place)
        return tuple(self._matches[place] for place in self._judge.places())

    @property
    def nearest(self) -> StatementMatch | None:
        """The Allow statement that allows it or else came closest; ``None`` if none has to do with it."""
        allowing = [match for match in self.statements if match.statement.effect is not Effect.DENY]
        if not allowing:
            return None
        best = max(allowing, key=self._judge.closeness)
        return best if self._judge.closeness(best) > _NOTHING_IN_COMMON else None

    @property
    def explicit_deny(self) -> StatementMatch | None:
        """The first Deny statement that certainly matches."""
        for place in sorted(self._matches):
            match = self._matches[place]
            if match.statement.effect is Effect.DENY and match.truth is Truth.YES:
                return match
        return None


_NOTHING_IN_COMMON = (0, 0, 99)


def decide_resource_policy(documents: Sequence[Document], request: Request, world: World = PLAIN) -> Decision:
    """What a bucket policy or a key policy decides for a caller who must be named in it."""
    return _Judge(tuple(documents), request, world, identity=False).decide()


def decide_identity_policies(documents: Sequence[Document], request: Request, world: World = PLAIN) -> Decision:
    """What the identity policies of the caller decide together (a boundary decides on its own)."""
    return _Judge(tuple(documents), request, world, identity=True).decide()


class _Judge(Struct, frozen=True, eq=False):
    documents: tuple[Document, ...]
    request: Request
    world: World
    identity: bool

    @property
    def key_policy(self) -> bool:
        return not self.identity and self.request.action.lower().startswith("kms:")

    def places(self) -> Iterable[tuple[int, int]]:
        """Where each statement stands."""
        return [(d, s) for d, document in enumerate(self.documents) for s in range(len(document.statements))]

    def decide(self) -> Decision:
        matches: dict[tuple[int, int], StatementMatch] = {}
        allow = deny = Truth.NO
        doubtful: list[StatementMatch] = []
        for place in self._in_question():
            match = matches[place] = self.match(*place)
            effect = match.statement.effect
            if effect is not Effect.DENY:
                allow |= match.truth
            if effect is not Effect.ALLOW:
                deny |= match.truth
            if match.truth is Truth.UNKNOWN:
                doubtful.append(match)
        hidden = [document.incomplete for document in self.documents if document.incomplete is not None]
        if hidden:
            allow, deny = allow | Truth.UNKNOWN, deny | Truth.UNKNOWN
        verdict = _verdict(allow, deny)
        unknowns: tuple[Unknown, ...] = ()
        if verdict is Verdict.UNDETERMINED:
            found = [
                unknown
                for match in doubtful
                if (match.statement.effect is not Effect.ALLOW or allow is Truth.UNKNOWN)
                for unknown in match.unknowns
            ]
            unknowns = distinct(hidden + found)
        return Decision(verdict, allow, deny, unknowns, matches, self)

    def _in_question(self) -> Iterable[tuple[int, int]]:
        """The statements that cheap and certain tests do not rule out."""
        action, caller = self.request.action, self.request.principal
        account = None if self.identity or caller.kind not in _OF_AN_ACCOUNT else caller.account
        arn = caller.value.lower() if caller.kind in _NAMED_BY_ARN and isinstance(caller.value, str) else None
        elsewhere: dict[str, bool] = {}
        for d, document in enumerate(self.documents):
            for s, statement in enumerate(document.statements):
                if _surely_other_action(statement, action):
                    continue
                if account is not None:
                    accounts, arns = _named_in(statement)
                    if arn is not None and arns is not None and arn not in arns:
                        continue
                    if accounts is not None and all(self._differs(one, account, elsewhere) for one in accounts):
                        continue
                    if self._names_somebody_else(statement):
                        continue
                yield d, s

    def _differs(self, one: str, account: TextLike, memory: dict[str, bool]) -> bool:
        if one not in memory:
            memory[one] = text_equal(one, account, self.world) is Truth.NO
        return memory[one]

    def _names_somebody_else(self, statement: Statement) -> bool:
        named = statement.principals
        if not isinstance(named, tuple):
            return False
        return all(names(one, self.request.principal, self.world) is Truth.NO for one in named)

    def match(self, d: int, s: int) -> StatementMatch:
        """How one statement meets the request."""
        document, request = self.documents[d], self.request
        statement = document.statements[s]
        substitutes = document.substitutes
        principal = self._principal(statement)
        action = match_action(statement, request.action, self.world, key_policy=self.key_policy)
        resource = match_resource(
            statement, request.resource, request.context, self.world, substitutes, key_policy=self.key_policy
        )
        condition = match_conditions(statement, request.context, self.world, substitutes)
        each = (principal, action, resource, condition)
        truth = all_of(one.truth for one in each)
        reasons = [one.reason for one in each if one.truth is truth and one.reason]
        unknowns = [unknown for one in each if one.truth is Truth.UNKNOWN for unknown in one.unknowns]
        if statement.uncertain and truth is not Truth.NO:
            own = [*statement.unread, *([statement.existence] if statement.existence is not None else [])]
            if truth is Truth.YES:
                reasons = []
            truth = Truth.UNKNOWN
            if statement.may_exist and statement.existence is None:
                own.append(Unknown("existence of a statement", "whether the statement exists is not known"))
            reasons += [unknown.because for unknown in own]
            unknowns += own
        return StatementMatch(
            statement,
            document,
            truth,
            principal.truth,
            action.truth,
            resource.truth,
            condition.truth,
            tuple(reasons),
            distinct(unknowns) if truth is Truth.UNKNOWN else (),
        )

    def _principal(self, statement: Statement) -> Judgement:
        if not self.identity:
            return match_principal(statement, self.request.principal, self.world)
        if statement.principals is None and statement.not_principals is None:
            return Judgement(Truth.YES)
        because = "an identity policy has a Principal, which AWS does not accept"
        return Judgement(Truth.UNKNOWN, because, (Unknown(because, because, origin=statement.origin),))

    def closeness(self, match: StatementMatch) -> tuple[int, int, int]:
        """Larger is closer: the answer itself, how much matches, and (the near miss first) who is named."""
        near = self._near_miss(match.statement)
        if match.principal is Truth.NO and match.action is Truth.NO and not near:
            return _NOTHING_IN_COMMON
        parts = (match.principal, match.action, match.resource, match.condition)
        fits = sum(part is not Truth.NO for part in parts) * 2 + near
        weights = (8, 4, 2, 1)  # whom it names tells more than for what, and that more than its conditions
        return (match.truth.value, fits, sum(w * part.value for w, part in zip(weights, parts, strict=True)))

    def _near_miss(self, statement: Statement) -> bool:
        named = statement.principals
        if self.identity or not isinstance(named, tuple):
            return False
        return any(is_near_miss(one, self.request.principal, self.world) for one in named)


_OF_AN_ACCOUNT = frozenset((PrincipalKind.ROLE, PrincipalKind.USER, PrincipalKind.SESSION, PrincipalKind.ACCOUNT))


_NAMED_BY_ARN = frozenset((PrincipalKind.ROLE, PrincipalKind.USER))


def _verdict(allow: Truth, deny: Truth) -> Verdict:
    if deny is Truth.YES or allow is Truth.NO:
        return Verdict.DENIED
    return Verdict.ALLOWED if allow is Truth.YES and deny is Truth.NO else Verdict.UNDETERMINED


@lru_cache(maxsize=16384)
def _surely_other_action(statement: Statement, action: str) -> bool:
    """Whether the statement's actions are all known and none of them is ``action``."""
    patterns = statement.actions
    if not isinstance(patterns, tuple) or not all(known(pattern) is not None for pattern in patterns):
        return False
    return match_action(statement, action, PLAIN).truth is Truth.NO


@lru_cache(maxsize=16384)
def _named_in(statement: Statement) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The accounts and the ARNs, in lower case, of all whom ``Principal`` names; ``None`` if not known.

    The ARNs are ``None`` as well when somebody is named otherwise than by an identity's own ARN.
    """
    if not isinstance(statement.principals, tuple):
        return None, None
    accounts: set[str] | None = set()
    arns: set[str] | None = set()
    for principal in statement.principals:
        if principal.kind is PrincipalKind.SERVICE:
            continue
        account, value = principal.account, principal.value
        plain = principal.kind in _OF_AN_ACCOUNT and isinstance(account, str)
        accounts = accounts | {str(account)} if accounts is not None and plain else None
        exact = principal.kind in _NAMED_BY_ARN and isinstance(value, str)
        arns = arns | {str(value).lower()} if arns is not None and exact else None
    return (
        None if accounts is None else frozenset(accounts),
        None if arns is None else frozenset(arns),
    )
