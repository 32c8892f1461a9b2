"""What one set of policies decides for one request, as far as it is known.

IAM User Guide, "Policy evaluation logic": an explicit Deny wins, else one Allow is enough, else it is
denied. How the policies of several kinds work together: :mod:`tf_kms_guard.iam.evaluation`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tf_kms_guard.iam.conditions import evaluate
from tf_kms_guard.iam.context import Context
from tf_kms_guard.iam.document import Condition, Document, Effect, Statement
from tf_kms_guard.iam.judgement import Judgement, distinct
from tf_kms_guard.iam.lookup import lookup, namesakes
from tf_kms_guard.iam.matching import (
    is_near_miss,
    match_action,
    match_conditions,
    match_principal,
    match_resource,
)
from tf_kms_guard.iam.naming import covering, namesakes_in
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import TextLike, spell
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

    @classmethod
    def of(cls, allow: Truth, deny: Truth) -> Verdict:
        """An explicit Deny wins; without any Allow it is denied too."""
        if deny is Truth.YES or allow is Truth.NO:
            return cls.DENIED
        return cls.ALLOWED if allow is Truth.YES and deny is Truth.NO else cls.UNDETERMINED


_ORDER = {Verdict.DENIED: 0, Verdict.UNDETERMINED: 1, Verdict.ALLOWED: 2}


class PolicyKind(enum.Enum):
    """What a policy is attached to; what its statements need depends on it."""

    IDENTITY = "identity"
    """Of an identity, and what limits it: boundaries, session policies, service control policies."""
    RESOURCE = "resource"
    """Of a resource or an endpoint, and resource control policies: its statements name principals."""
    KEY = "key"
    """Of a KMS key: a statement without ``Action`` or ``Resource`` has no effect (KMS API, PutKeyPolicy)."""
    TRUST = "trust"
    """Of a role: it is the resource, so that no statement has a ``Resource``."""

    @property
    def names_principals(self) -> bool:
        """Whether a statement says whom it is about."""
        return self is not PolicyKind.IDENTITY


class Request(Struct, frozen=True, eq=False):
    """One request: who asks for which action on which resource (an ARN).

    ``bounded``: whether the one who asks has a permissions boundary, which a Deny with NotPrincipal bars.
    """

    principal: Principal
    action: str
    resource: TextLike
    context: Context
    bounded: Truth = Truth.NO


_PARTS = ("principal", "action", "resource", "condition")


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
    def misses(self) -> tuple[str, ...]:
        """In which respects it certainly does not match: ``principal``, ``action``, ``resource``, ``condition``."""
        return tuple(part for part in _PARTS if getattr(self, part) is Truth.NO)

    @property
    def delegates(self) -> bool:
        """Whether it matches by naming an account, and so leaves the choice to that account's policies."""
        principals = self.statement.principals
        return isinstance(principals, tuple) and all(p.kind is PrincipalKind.ACCOUNT for p in principals)

    @property
    def name(self) -> str:
        """The statement for people, by its Sid where it has one."""
        sid = self.statement.sid
        return "a statement without a Sid" if sid is None else f'statement "{spell(sid)}"'

    @property
    def why(self) -> str:
        """The reasons, to stand behind the name: ``names role/reader, the caller is role/data/reader``."""
        return "; ".join(f"has the {one}" if one.startswith("condition ") else one for one in self.reasons)

    @property
    def words(self) -> str:
        """``statement "AllowReader" names role/reader, the caller is role/data/reader``."""
        return f"{self.name} {self.why}".rstrip()


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
    def documents(self) -> tuple[Document, ...]:
        """The policies that were asked."""
        return self._judge.documents

    @property
    def request(self) -> Request:
        """What was asked."""
        return self._judge.request

    @property
    def world(self) -> World:
        """What was taken as given."""
        return self._judge.world

    def unmet(self, match: StatementMatch, context: Context | None = None) -> tuple[tuple[Condition, Judgement], ...]:
        """The conditions of a statement that the request certainly does not meet, or would not with ``context``."""
        conditions = match.statement.conditions
        if not isinstance(conditions, tuple):
            return ()
        given = self.request.context if context is None else context
        judged = ((one, evaluate(one, given, self.world, match.document.substitutes)) for one in conditions)
        return tuple((condition, judgement) for condition, judgement in judged if judgement.truth is Truth.NO)

    @property
    def statements(self) -> tuple[StatementMatch, ...]:
        """The evidence: how every statement meets the request, in order. Worked out when first asked for."""
        return tuple(self._match(place) for place in self._judge.places())

    @property
    def nearest(self) -> StatementMatch | None:
        """The Allow statement that allows it or else came closest; ``None`` if none has to do with it."""
        best, closest = None, _NOTHING_IN_COMMON
        for most, places in self._judge.contenders():
            for place in places:
                if closest >= most:
                    break
                match = self._match(place)
                if (closeness := self._judge.closeness(match)) > closest:
                    best, closest = match, closeness
        return best

    def _match(self, place: tuple[int, int]) -> StatementMatch:
        if place not in self._matches:
            self._matches[place] = self._judge.match(*place)
        return self._matches[place]

    @property
    def matched(self) -> tuple[StatementMatch, ...]:
        """The statements that match, or may: those that the verdict rests on."""
        return tuple(match for _, match in sorted(self._matches.items()) if match.truth is not Truth.NO)

    @property
    def near_misses(self) -> tuple[StatementMatch, ...]:
        """The Allow statements that miss in one respect only, the nearest first: each says which."""
        missed = [
            match
            for match in self.statements
            if match.statement.effect is Effect.ALLOW and match.truth is Truth.NO and len(match.misses) == 1
        ]
        return tuple(sorted(missed, key=self._judge.closeness, reverse=True))

    @property
    def explicit_deny(self) -> StatementMatch | None:
        """The first Deny statement that certainly matches."""
        for place in sorted(self._matches):
            match = self._matches[place]
            if match.statement.effect is Effect.DENY and match.truth is Truth.YES:
                return match
        return None


_NOTHING_IN_COMMON = (0, 0, 99)
# How close a statement can come, see ``_Judge.closeness``: any, one that names a namesake, one that names others.
_ALL = (3, 0, 0)
_NAMESAKE = (0, 7, 14)
_OTHERS = (0, 6, 14)


def decide(kind: PolicyKind, documents: Sequence[Document], request: Request, world: World = PLAIN) -> Decision:
    """What policies of one kind decide together."""
    return _Judge(tuple(documents), request, world, kind).decide()


def decide_resource_policy(documents: Sequence[Document], request: Request, world: World = PLAIN) -> Decision:
    """What a bucket policy or, if the action is one of KMS, a key policy decides."""
    kind = PolicyKind.KEY if request.action.lower().startswith("kms:") else PolicyKind.RESOURCE
    return decide(kind, documents, request, world)


def decide_identity_policies(documents: Sequence[Document], request: Request, world: World = PLAIN) -> Decision:
    """What the identity policies of the caller decide together (a boundary decides on its own)."""
    return decide(PolicyKind.IDENTITY, documents, request, world)


class _Judge(Struct, frozen=True, eq=False):
    documents: tuple[Document, ...]
    request: Request
    world: World
    kind: PolicyKind

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
        verdict = Verdict.of(allow, deny)
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
        caller = self.request.principal
        for d, document in enumerate(self.documents):
            index = lookup(document, self.request.action)
            if not self.kind.names_principals:
                yield from ((d, s) for s in index.all)
                continue
            for s in index.concerning(caller, self.world):
                if not self._names_somebody_else(document.statements[s]):
                    yield d, s

    def contenders(self) -> list[tuple[tuple[int, int, int], list[tuple[int, int]]]]:
        """The Allow statements that may be the nearest, in groups, with how close those of a group can come."""
        request, documents = self.request, list(enumerate(self.documents))
        if not self.kind.names_principals:
            return [(_ALL, [place for place in self.places() if self._allows(*place)])]
        concerning = {
            (d, s) for d, one in documents for s in lookup(one, None).concerning(request.principal, self.world)
        }
        alike = {(d, s) for d, one in documents for s in namesakes(one, request.principal)}
        speaking = {(d, s) for d, one in documents for s in lookup(one, request.action).all}
        groups = ((_ALL, concerning), (_NAMESAKE, alike - concerning), (_OTHERS, speaking - concerning - alike))
        return [(most, sorted(place for place in group if self._allows(*place))) for most, group in groups]

    def _allows(self, d: int, s: int) -> bool:
        return self.documents[d].statements[s].effect is not Effect.DENY

    def _names_somebody_else(self, statement: Statement) -> bool:
        named = statement.principals
        if not isinstance(named, tuple) or self.request.principal.kind not in _OF_AN_ACCOUNT:
            return False
        return not covering(statement, self.request.principal, self.world)

    def match(self, d: int, s: int) -> StatementMatch:
        """How one statement meets the request."""
        document, request = self.documents[d], self.request
        statement = document.statements[s]
        substitutes = document.substitutes
        key_policy = self.kind is PolicyKind.KEY
        principal = self._principal(statement)
        action = match_action(statement, request.action, self.world, key_policy=key_policy)
        resource = self._resource(statement, substitutes, key_policy)
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

    def _resource(self, statement: Statement, substitutes: Truth, key_policy: bool) -> Judgement:
        if self.kind is PolicyKind.TRUST and statement.resources is None and statement.not_resources is None:
            return Judgement(Truth.YES)
        request = self.request
        return match_resource(
            statement, request.resource, request.context, self.world, substitutes, key_policy=key_policy
        )

    def _principal(self, statement: Statement) -> Judgement:
        if self.kind.names_principals:
            return match_principal(statement, self.request.principal, self.world, self.request.bounded)
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
        if not self.kind.names_principals or not isinstance(named, tuple):
            return False
        caller = self.request.principal
        return any(is_near_miss(one, caller, self.world) for one in namesakes_in(statement, caller))


_OF_AN_ACCOUNT = frozenset((PrincipalKind.ROLE, PrincipalKind.USER, PrincipalKind.SESSION, PrincipalKind.ACCOUNT))
