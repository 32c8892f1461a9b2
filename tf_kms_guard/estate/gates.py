"""The four gates between an outsider and the objects of a bucket."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.estate.bucket_side import UNTOLD_POINT, choices_of_headers, judge_bucket_side, object_at
from tf_kms_guard.estate.model import AccessPoint, Algorithm, Bucket, Estate, Identity, Key, KeyChoice
from tf_kms_guard.estate.organizations import with_organizations
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.estate.own_account import caller_side, judge_own_key
from tf_kms_guard.iam.actions import NEEDS, Intent, s3_action_of
from tf_kms_guard.iam.context import ContextValue, kms_via_s3_context, s3_context
from tf_kms_guard.iam.decide import Decision, Request, Verdict, decide_identity_policies, decide_resource_policy
from tf_kms_guard.iam.grants import judge_grants
from tf_kms_guard.iam.judgement import Judgement
from tf_kms_guard.iam.layers import Layer
from tf_kms_guard.iam.principal import Principal, PrincipalKind, describe
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

BY_GRANT: Final = "key trust by grant"
"""What the identity gate hangs on where a grant alone lets somebody use the key."""


class Gate(enum.Enum):
    """What must be open for an outsider to use an object."""

    BUCKET_POLICY = "bucket-policy"
    KEY_POLICY = "key-policy"
    IDENTITY_S3 = "identity-s3"
    IDENTITY_KMS = "identity-kms"


class Asked(Struct, frozen=True, eq=False):
    """One action asked for at one gate, and what was decided. ``decision`` is ``None`` where no policy is read.

    ``note`` says for people what else the verdict rests on; ``beside`` is the decision of further policies that
    were asked. ``layers``: what else the owner's side asks, see :mod:`.bucket_side`.
    """

    intent: Intent
    action: str
    verdict: Verdict
    decision: Decision | None
    because: Unknown | None = None
    note: str | None = None
    beside: Decision | None = None
    layers: tuple[Layer, ...] = ()


class GateResult(Struct, frozen=True, eq=False):
    """One gate for one principal.

    ``foreign``: whether the gate's owner is another account than the principal's; a gate of the principal's
    own account gives no finding.
    """

    gate: Gate
    asked: tuple[Asked, ...]
    foreign: Truth = Truth.YES

    @property
    def verdict(self) -> Verdict:
        """Open, closed or not known: the weakest of the actions."""
        return Verdict.weakest(asked.verdict for asked in self.asked)

    @property
    def because(self) -> Unknown | None:
        """Why it is not known."""
        for asked in self.asked:
            if asked.verdict is Verdict.UNDETERMINED:
                if asked.because is not None:
                    return asked.because
                if asked.decision is not None and asked.decision.unknowns:
                    return asked.decision.unknowns[0]
        return None


class Passage(Struct, frozen=True, eq=False):
    """All gates for one principal on the way to one object of a bucket, by way of an access point or without."""

    principal: Principal
    identity: Identity | None
    object_key: TextLike
    gates: tuple[GateResult, ...]
    point: AccessPoint | None = None

    @property
    def verdict(self) -> Verdict:
        """The weakest gate."""
        return Verdict.weakest(gate.verdict for gate in self.gates)

    def gate(self, gate: Gate) -> GateResult | None:
        """One gate; ``None`` where there is none (no KMS gates with SSE-S3)."""
        return next((result for result in self.gates if result.gate is gate), None)


_KEY_SETTLED: Final = "check the configuration that declares the key too, or describe it in an external_key block"

_Ask = Callable[[Intent, str], Asked]


class Gatekeeper:
    """Asks the four gates about one principal and one object, at the bucket itself or at an access point."""

    def __init__(
        self,
        bucket: Bucket,
        outsider: Outsider,
        estate: Estate,
        world: World,
        principal: Principal,
        identity: Identity | None,
        object_key: TextLike,
        intent: Intent,
        point: AccessPoint | None = None,
    ) -> None:
        self.bucket = bucket
        self.outsider = outsider
        self.intent = intent
        self.estate = estate
        self.world = world
        self.principal = principal
        self.identity = identity
        self.object_key = object_key
        self.object_arn = join_text((bucket.arn, "/", object_key))
        self.point = point
        is_member = principal is not outsider.principal
        organization = outsider.principal.kind is PrincipalKind.ORGANIZATION and not is_member
        self.organization = principal.value if organization else None

    def passage(self) -> Passage:
        """All gates."""
        foreign = self._foreign(self.bucket.account.id)
        gates = [
            GateResult(Gate.BUCKET_POLICY, (self._bucket_policy(self.intent),), foreign),
            GateResult(Gate.IDENTITY_S3, (self._identity_s3(self.intent),), foreign),
        ]
        if foreign is Truth.NO:
            gates = [self._same_account(*gates)]
        choice = self.bucket.encryption.key
        algorithm = self.bucket.encryption.algorithm
        if algorithm is not Algorithm.SSE_S3:
            owner = None if choice is None else choice.account
            foreign = Truth.UNKNOWN if owner is None else self._foreign(owner)
            if foreign is Truth.NO:
                gates.append(GateResult(Gate.KEY_POLICY, self._kms(self._own_key), foreign))
            else:
                gates.append(GateResult(Gate.KEY_POLICY, self._kms(self._key_policy), foreign))
                gates.append(GateResult(Gate.IDENTITY_KMS, self._kms(self._identity_kms), foreign))
        return Passage(self.principal, self.identity, self.object_key, tuple(gates), self.point)

    def requests(self) -> Iterator[tuple[Gate, TextLike, Request]]:
        """What is asked at each gate, with the owner of the bucket or the key."""
        for gate in (Gate.BUCKET_POLICY, Gate.IDENTITY_S3):
            yield gate, self.bucket.account.id, self._s3_request(self.intent)
        choice = self.bucket.encryption.key
        if choice is None or choice.account is None:
            return
        for action in NEEDS[self.intent].kms_actions:
            for gate in (Gate.KEY_POLICY, Gate.IDENTITY_KMS):
                yield gate, choice.account, self._kms_request(action)

    def world_of(self, owner: TextLike, *, callers: bool) -> World:
        """The world for policies of the owner, or of the caller."""
        return self._callers_world(owner) if callers else self._owners_world(owner)

    def _foreign(self, owner: TextLike) -> Truth:
        if self.principal.kind is PrincipalKind.ORGANIZATION:
            return Truth.YES
        if self.principal.account is None:
            return Truth.UNKNOWN
        return ~equal(self.principal.account, owner, self._owners_world(owner))

    def _owners_world(self, owner: TextLike | None) -> World:
        """The world for a policy of ``owner``: a literal account in it is another one than the owner's own.

        Nothing of the kind is presumed of the caller's account: the literal may well be its id.
        """
        caller = self.principal.account
        own = {hole.identity for hole in ([] if owner is None else holes_of(owner))}
        own -= {hole.identity for hole in ([] if caller is None else holes_of(caller))}
        return self.world.presuming(own, self._member_apart(owner))

    def _callers_world(self, owner: TextLike | None) -> World:
        """The world for the caller's own policies: a literal account in them may be the owner's."""
        caller = None if self.principal.account is None else known(self.world.bind(self.principal.account))
        holes = [] if owner is None or caller is None or not self.world.own else holes_of(owner)
        pairs = {frozenset((hole.identity, caller)) for hole in holes if hole.identity in self.world.own and caller}
        return self.world.presuming((), pairs | self._member_apart(owner))

    def _member_apart(self, owner: TextLike | None) -> set[frozenset[str]]:
        """Of an organisation, those members are meant that are not of the owner's account."""
        member = self.principal.account
        if self.principal.kind is not PrincipalKind.ORGANIZATION or member is None or owner is None:
            return set()
        bound = self.world.bind(owner)
        names = [known(bound) or "", *(hole.identity for hole in holes_of(bound))]
        return {frozenset((hole.identity, name)) for hole in holes_of(member) for name in names if name}

    # ---- S3

    def _s3_action(self, intent: Intent) -> str:
        asked = self.outsider.question
        if asked is not None and asked.s3_action is not None:
            return asked.s3_action
        patterns: list[TextLike] = []
        for sign in self.outsider.signs:
            if sign.intent is intent and isinstance(sign.statement.actions, tuple):
                patterns.extend(sign.statement.actions)
        return s3_action_of(intent, patterns)

    def _s3_request(self, intent: Intent) -> Request:
        action = self._s3_action(intent)
        context = s3_context(
            self.principal,
            action=action,
            region=self.bucket.region,
            bucket_account=self.bucket.account.id,
            organization=self.organization,
        )
        context = with_organizations(context, self.estate, self.principal.account, self.bucket.account.id)
        return Request(self.principal, action, self.object_arn, context, self._bounded())

    def _bucket_policy(self, intent: Intent) -> Asked:
        asked = self.at_bucket(intent, {})
        if asked.verdict is Verdict.UNDETERMINED and intent is Intent.WRITE:
            choice, algorithm = self.bucket.encryption.key, self.bucket.encryption.algorithm
            for headers, words in choices_of_headers(algorithm.value, None if choice is None else choice.arn):
                chosen = self.at_bucket(intent, headers)
                if chosen.verdict is Verdict.ALLOWED:
                    return replace(chosen, note=f"if the writer sends {words}")
        return asked

    def at_bucket(self, intent: Intent, values: Mapping[str, ContextValue]) -> Asked:
        """What the bucket's side decides for a request that carries certain condition keys."""
        request = self._s3_request(intent)
        if values:
            request = replace(request, context=request.context.with_values(values))
        owner = self.bucket.account.id
        foreign = self._foreign(owner)
        side = judge_bucket_side(self.bucket, request, self._owners_world(owner), foreign, self.point, self.object_key)
        return Asked(intent, request.action, side.verdict, side.decision, side.because, layers=side.layers)

    def _identity_s3(self, intent: Intent) -> Asked:
        request, owner = self._s3_request(intent), self.bucket.account.id
        if self.point is None:
            return self._by_identity(intent, request, owner)
        asked = self._by_identity(intent, replace(request, resource=object_at(self.point, self.object_key)), owner)
        at_bucket = self._by_identity(intent, request, owner)
        explicit = [one.decision is not None and one.decision.deny is Truth.YES for one in (asked, at_bucket)]
        doubtful = (
            at_bucket.verdict is not Verdict.DENIED and not explicit[0]
            if asked.verdict is Verdict.DENIED
            else explicit[1]
        )
        return replace(asked, verdict=Verdict.UNDETERMINED, because=UNTOLD_POINT) if doubtful else asked

    def _same_account(self, bucket_policy: GateResult, identity: GateResult) -> GateResult:
        """In the bucket's own account either policy is enough (IAM guide, "Policy evaluation logic")."""
        asked = []
        for one, other in zip(bucket_policy.asked, identity.asked, strict=True):
            denies = [a.decision for a in (one, other) if a.decision is not None]
            verdict, because = Verdict.strongest((one.verdict, other.verdict)), other.because
            if any(decision.deny is Truth.YES for decision in denies):
                verdict, because = Verdict.DENIED, None
            note = "it is of the bucket's own account, where the bucket policy or its own policies are enough"
            asked.append(Asked(one.intent, one.action, verdict, one.decision, because, note, other.decision))
        return GateResult(Gate.BUCKET_POLICY, tuple(asked), Truth.NO)

    # ---- KMS

    def _kms(self, ask: _Ask) -> tuple[Asked, ...]:
        asked = self.outsider.question
        actions = asked.kms_actions if asked is not None else ()
        return tuple(ask(self.intent, action) for action in actions or NEEDS[self.intent].kms_actions)

    def _kms_request(self, action: str) -> Request:
        choice = self.bucket.encryption.key
        owner = None if choice is None else choice.account
        context = kms_via_s3_context(
            self.principal,
            self.bucket.region,
            self.bucket.arn,
            self.object_arn,
            self.bucket.encryption.bucket_key,
            key_account=owner,
            organization=self.organization,
        )
        context = with_organizations(context, self.estate, self.principal.account, owner)
        return Request(self.principal, action, self._key_arn(choice), context, self._bounded())

    def _key_arn(self, choice: KeyChoice | None) -> TextLike:
        if choice is not None and choice.arn is not None:
            return choice.arn
        where = f"{self.bucket.address}.kms_master_key_id"
        if choice is None or choice.account is None or choice.region is None:
            return Unknown(where, "which key encrypts the bucket is not known")
        key_id: TextLike = Unknown(f"{where}.key", "which key encrypts the bucket is not known")
        if choice.value is not None and choice.form.name == "KEY_ID":
            key_id = choice.value
        return join_text(
            ("arn:", self.bucket.account.partition, ":kms:", choice.region, ":", choice.account, ":key/", key_id)
        )

    def _key_policy(self, intent: Intent, action: str) -> Asked:
        choice = self.bucket.encryption.key
        key = None if choice is None else choice.key
        if key is None:
            return Asked(intent, action, Verdict.UNDETERMINED, None, self._unseen_key(choice))
        world = self._owners_world(key.account.id)
        decision = decide_resource_policy([key.policy.document], self._kms_request(action), world)
        if decision.verdict is not Verdict.ALLOWED and decision.deny is not Truth.YES:
            granted = self._granted(key, action)
            if granted.truth is not Truth.NO:
                verdict = Verdict.of(granted.truth, decision.deny)
                return Asked(intent, action, verdict, decision, next(iter(granted.unknowns), None), granted.reason)
        return Asked(intent, action, decision.verdict, decision, key.policy.because)

    def _own_key(self, intent: Intent, action: str) -> Asked:
        """A key of the principal's own account."""
        choice = self.bucket.encryption.key
        key = None if choice is None else choice.key
        if key is None:
            return Asked(intent, action, Verdict.UNDETERMINED, None, self._unseen_key(choice))
        request = replace(self._kms_request(action), resource=key.arn)
        unseen = self._unseen_identity(intent, action).because
        owner = key.account.id
        verdict, because = judge_own_key(
            key, request, caller_side(self.identity, unseen), self._owners_world(owner), self._callers_world(owner)
        )
        return Asked(intent, action, verdict, None, because)

    def sometimes(self) -> tuple[GateResult, ...]:
        """The gates of another account's key for what only some requests of the intent need."""
        choice = self.bucket.encryption.key
        foreign = Truth.UNKNOWN if choice is None or choice.account is None else self._foreign(choice.account)
        actions = NEEDS[self.intent].sometimes
        if foreign is Truth.NO or not actions:
            return ()
        return (
            GateResult(Gate.KEY_POLICY, tuple(self._key_policy(self.intent, one) for one in actions), foreign),
            GateResult(Gate.IDENTITY_KMS, tuple(self._identity_kms(self.intent, one) for one in actions), foreign),
        )

    def _unseen_key(self, choice: KeyChoice | None) -> Unknown:
        if choice is None:
            because = self.bucket.encryption.because
            if because is not None:
                return because
            return Unknown(f"{self.bucket.address}.encryption", "the bucket's encryption is not known")
        name = "the key" if choice.value is None else spell(choice.value)
        message = f"the policy of {name} is not visible: the key is not declared here"
        if choice.because is not None and not choice.because.minted:
            return Unknown(
                choice.because.identity,
                f"{message} ({choice.because.because})",
                settle=choice.because.settle or _KEY_SETTLED,
                origin=choice.because.origin,
            )
        return Unknown(f"policy of {name}", message, settle=_KEY_SETTLED)

    def _granted(self, key: Key, action: str) -> Judgement:
        """Whether a grant lets the principal in; a grant only ever allows (KMS guide, "Grants")."""
        request = replace(self._kms_request(action), resource=key.arn)
        world = self._owners_world(key.account.id)
        grants = [grant.for_deciding() for grant in key.grants if grant.misses(key, world) is not Truth.YES]
        return judge_grants(grants, request, world)

    def _identity_kms(self, intent: Intent, action: str) -> Asked:
        choice = self.bucket.encryption.key
        if choice is None:
            return Asked(intent, action, Verdict.UNDETERMINED, None, self._unseen_key(choice))
        asked = self._by_identity(intent, self._kms_request(action), choice.account)
        explicit = asked.decision is not None and asked.decision.deny is Truth.YES
        if asked.verdict is Verdict.DENIED and not explicit and choice.key is not None:
            if self._granted(choice.key, action).truth is not Truth.NO:
                words = "a grant covers it, and whether a grantee needs the permission too is not documented"
                return Asked(intent, action, Verdict.UNDETERMINED, asked.decision, Unknown(BY_GRANT, words))
        return asked

    # ---- identities

    def _bounded(self) -> Truth:
        """Whether the principal has a permissions boundary: of one that is not visible it is not known."""
        boundary = None if self.identity is None else self.identity.boundary
        if boundary is None:
            return Truth.NO
        return Truth.YES if boundary.document.incomplete is None else Truth.UNKNOWN

    def _by_identity(self, intent: Intent, request: Request, owner: TextLike | None) -> Asked:
        if self.identity is None:
            return self._unseen_identity(intent, request.action)
        world = self._callers_world(owner)
        decision = decide_identity_policies(self.identity.documents, request, world)
        verdict = decision.verdict
        because: Unknown | None = None
        if verdict is Verdict.DENIED and decision.deny is not Truth.YES and self.identity.closed is not Truth.YES:
            verdict, because = Verdict.UNDETERMINED, self.identity.because
        boundary = self.identity.boundary
        if boundary is not None and verdict is not Verdict.DENIED:
            limit = decide_identity_policies([boundary.document], request, world)
            if limit.verdict is not Verdict.ALLOWED:
                note = f"its permissions boundary {boundary.name} does not let it through for certain"
                return Asked(intent, request.action, limit.verdict, limit, None, note, decision)
            note = f"its permissions boundary {boundary.name} lets it through"
            return Asked(intent, request.action, verdict, decision, because, note, limit)
        return Asked(intent, request.action, verdict, decision, because)

    def _unseen_identity(self, intent: Intent, action: str) -> Asked:
        kind = self.principal.kind
        if self.outsider.principal.kind in (PrincipalKind.ACCOUNT, PrincipalKind.ORGANIZATION):
            note = "an administrator of the account has every right, and can give it to any of its identities"
            return Asked(intent, action, Verdict.ALLOWED, None, note=note)
        who = describe(self.principal)
        because = Unknown(
            f"policies of {spell(self.principal.value)}",
            f"the policies of {who} are not declared here",
            settle="check the configuration that declares it too, or describe it in an external_role block",
            origin=self.principal.origin,
        )
        if kind is PrincipalKind.UNKNOWN and isinstance(self.principal.value, Unknown):
            because = self.principal.value
        return Asked(intent, action, Verdict.UNDETERMINED, None, because)
