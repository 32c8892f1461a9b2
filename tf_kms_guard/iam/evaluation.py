"""One request through all layers.

Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic" and "Permissions
boundaries for IAM entities"; KMS Developer Guide, "Key policies in AWS KMS", "Allowing users in other accounts
to use a KMS key" and "Grants in AWS KMS"; S3 User Guide, "Blocking public access", "Configuring IAM policies
for using access points" and "Controlling ownership of objects"; Organizations User Guide, "SCP evaluation" and
"RCP evaluation".

Every layer says to what extent it allows and to what extent it denies, in three values; an explicit Deny counts
wherever it stands. What counts as allowing depends on the accounts:

- *Another account*: each layer must allow by itself.
- *The same account*: the resource's policy or an identity policy is enough, but a key policy and a trust policy
  must allow in any case, by naming the caller or by leaving the choice to the account. A resource's policy that
  names a user or a session directly is limited by no boundary or session policy that is merely silent; one that
  names a role is; of one that names everyone it is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.iam.actions import CROSS_ACCOUNT_KMS_ACTIONS
from tf_kms_guard.iam.decide import Decision, PolicyKind, Request, Verdict, decide
from tf_kms_guard.iam.directness import Ways, ways_of
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.grants import judge_grants
from tf_kms_guard.iam.judgement import Judgement, holes_in
from tf_kms_guard.iam.layers import AccessPoint, CallerSide, Evaluation, Layer, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.iam.public_access import is_public
from tf_kms_guard.values.compare import PLAIN, World, equal
from tf_kms_guard.values.text import TextLike, known, leading
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_K = PrincipalKind
_KIND_OF: Final = {
    LayerKind.BUCKET_POLICY: PolicyKind.RESOURCE,
    LayerKind.KEY_POLICY: PolicyKind.KEY,
    LayerKind.TRUST_POLICY: PolicyKind.TRUST,
}
_WITHOUT_ACCOUNT: Final = frozenset((_K.SERVICE, _K.PUBLIC, _K.FEDERATED))
"""Callers that have no identity policies and belong to no account: the resource's side alone decides."""
_UNTOLD_GRANT: Final = Unknown(
    "key trust by grant", "a grant covers it, and whether a grantee needs the permission too is not documented"
)
_UNTOLD_LIMIT: Final = Unknown(
    "limit on everyone", "whether a boundary or session policy limits what a policy allows everyone is not documented"
)
_UNTOLD_POINT: Final = Unknown(
    "identity at an access point",
    "whether a policy that names the bucket counts for a request to an access point is not documented",
)


def evaluate(
    request: Request,
    caller: CallerSide,
    resource: ResourceSide,
    world: World = PLAIN,
    *,
    callers_world: World | None = None,
) -> Evaluation:
    """What AWS decides for ``request``, layer by layer.

    ``request.resource`` is the bucket's object, the key or the role; through an access point, that of the
    bucket all the same. ``callers_world``: the world for the caller's own policies, where it is another one.
    """
    return _Evaluator(request, caller, resource, world, callers_world or world).evaluate()


class _Share(Struct, frozen=True, eq=False):
    """To what extent something allows, if caller and resource are of one account and if they are not."""

    same: Truth
    other: Truth

    def settled(self, foreign: Truth) -> Truth:
        if foreign is Truth.UNKNOWN:
            return self.same if self.same is self.other else Truth.UNKNOWN
        return self.other if foreign is Truth.YES else self.same


class _Evaluator:
    def __init__(
        self, request: Request, caller: CallerSide, resource: ResourceSide, world: World, callers_world: World
    ) -> None:
        self.request = request = replace(request, bounded=_is_bounded(caller))
        self.caller = caller
        self.resource = resource
        self.world = world
        self.callers_world = callers_world
        self.principal = request.principal
        self.foreign = self._foreign(resource.account)
        point = resource.access_point
        self.point = point
        self.asked = request if point is None else self._at(point)  # what the caller itself asks for

    def evaluate(self) -> Evaluation:
        layers = self._resource_control()
        if self.principal.kind in _WITHOUT_ACCOUNT:
            layers += self._without_identity()
        else:
            layers += self._with_identity()
        if self.principal.kind is not _K.SERVICE and self.caller.endpoint_policy is not None:
            decision = decide(PolicyKind.RESOURCE, (self.caller.endpoint_policy,), self.asked, self.callers_world)
            layers.append(_layer(LayerKind.ENDPOINT_POLICY, decision))
        return Evaluation(tuple(layers), self.foreign)

    def _foreign(self, owner: TextLike) -> Truth:
        if self.principal.kind in _WITHOUT_ACCOUNT:
            return Truth.YES
        if self.principal.account is None:
            return Truth.UNKNOWN
        return ~equal(self.principal.account, owner, self.world)

    def _at(self, point: AccessPoint) -> Request:
        context = self.request.context.with_values(
            {
                "s3:DataAccessPointArn": (point.arn,),
                "s3:DataAccessPointAccount": (point.account,),
            }
        )
        self.request = replace(self.request, context=context)
        return replace(self.request, resource=point.object_arn)

    # ---- callers without an account: services, federated identities at a role, the public

    def _without_identity(self) -> list[Layer]:
        layers = []
        if self.point is not None:
            layers.append(_layer(LayerKind.ACCESS_POINT_POLICY, self._point_policy(self.point)))
        decision = self._policy()
        if self.principal.kind is _K.PUBLIC and self.resource.policy_of is not LayerKind.BUCKET_POLICY:
            reason = "a request without a signature is never allowed here"
            return [Layer(self.resource.policy_of, Verdict.DENIED, decision, reason)]
        layers.append(_layer(self.resource.policy_of, decision, decision.allow | self.resource.acl))
        if self.principal.kind is _K.PUBLIC:
            layers += self._public_access()
        return layers + self._ownership()

    # ---- identities of an account

    def _with_identity(self) -> list[Layer]:
        policy = self._policy()
        ways = ways_of(policy, self.principal, self.world)
        grants = judge_grants(self.resource.grants, self.request, self.world)
        documents = self.caller.identity_policies
        identity = decide(PolicyKind.IDENTITY, documents, self.asked, self.callers_world)
        layers: list[Layer] = []
        if self.point is not None:
            return self._through_point(self.point, policy, ways, identity)
        granted = grants.truth
        across = (policy.allow | granted) & self._works_across() | self.resource.acl
        enough = ways.named | self.resource.acl | granted
        enough |= identity.allow if self._is_bucket else identity.allow & ways.delegated
        resource = _Share(enough, across)
        layers.append(
            self._share(self.resource.policy_of, policy, resource, also=(*identity.unknowns, *grants.unknowns))
        )
        if self.resource.grants:
            layers.append(_grants_layer(grants, layers[0].verdict))
        layers += self._public_access() + self._ownership()
        trust = granted & Truth.UNKNOWN
        mine = _Share(enough, identity.allow | trust)
        also = (*policy.unknowns, *grants.unknowns, *(() if trust is Truth.NO else (_UNTOLD_GRANT,)))
        layers.append(self._share(LayerKind.IDENTITY_POLICY, identity, mine, also=also))
        return layers + self._limits(ways.direct, trust, also)

    def _through_point(self, point: AccessPoint, policy: Decision, ways: Ways, identity: Decision) -> list[Layer]:
        """Both the access point and the bucket must allow.

        Identity policies name the access point. Whether one that names the bucket instead counts is not
        documented, neither for Allow nor for Deny.
        """
        at_bucket = decide(PolicyKind.IDENTITY, self.caller.identity_policies, self.request, self.callers_world)
        allow = identity.allow | at_bucket.allow & Truth.UNKNOWN
        deny = identity.deny | at_bucket.deny & Truth.UNKNOWN
        point_policy = self._point_policy(point)
        point_ways = ways_of(point_policy, self.principal, self.world)
        acl = self.resource.acl
        bucket = _Share(ways.named | acl | at_bucket.allow | identity.allow & Truth.UNKNOWN, policy.allow | acl)
        at_point = _Share(point_ways.named | allow, point_policy.allow)
        owner = self._foreign(point.account)
        mine = _Share(at_point.same & bucket.same, allow)
        layers = [
            self._share(LayerKind.ACCESS_POINT_POLICY, point_policy, at_point, owner),
            self._share(self.resource.policy_of, policy, bucket),
            *self._public_access(),
            *self._ownership(),
            self._share(
                LayerKind.IDENTITY_POLICY, identity, mine, self.foreign | owner, deny=deny, also=(_UNTOLD_POINT,)
            ),
        ]
        return layers + self._limits(ways.direct & point_ways.direct, Truth.NO, policy.unknowns)

    def _limits(self, direct: Truth, trust: Truth, also: tuple[Unknown, ...]) -> list[Layer]:
        """What only ever takes away: boundary, session policies, service control policies."""
        layers = []
        for kind, documents in (
            (LayerKind.BOUNDARY, None if self.caller.boundary is None else (self.caller.boundary,)),
            (LayerKind.SESSION_POLICY, self.caller.session_policies),
        ):
            if documents is not None:
                limit = decide(PolicyKind.IDENTITY, documents, self.asked, self.callers_world)
                share = _Share(limit.allow | direct | trust, limit.allow | trust)
                layers.append(self._share(kind, limit, share, also=also))
        bound = ~(self.caller.manages | self._service_linked())
        for level in self.caller.service_control:
            decision = decide(PolicyKind.IDENTITY, _never_none(level), self.asked, self.callers_world)
            layers.append(_layer(LayerKind.SERVICE_CONTROL, decision, decision.allow | ~bound, decision.deny & bound))
        return layers

    def _share(
        self,
        kind: LayerKind,
        decision: Decision,
        share: _Share,
        foreign: Truth | None = None,
        *,
        deny: Truth | None = None,
        also: tuple[Unknown, ...] = (),
    ) -> Layer:
        """``also``: what the other layers that count here do not know."""
        foreign = self.foreign if foreign is None else foreign
        verdict = Verdict.of(share.settled(foreign), decision.deny if deny is None else deny)
        if verdict is not Verdict.UNDETERMINED:
            return Layer(kind, verdict, decision)
        if decision.unknowns:
            return Layer(kind, verdict, decision, None, decision.unknowns)
        unknowns = self._why(share, foreign) or also or (_UNTOLD_LIMIT,)
        return Layer(kind, verdict, decision, unknowns[0].because, unknowns)

    def _why(self, share: _Share, foreign: Truth) -> tuple[Unknown, ...]:
        if foreign is not Truth.UNKNOWN or share.same is share.other:
            return ()
        because = "whether the caller is of the resource's account is not known"
        holes = holes_in(self.principal.account, self.resource.account)
        return holes if len(holes) > 0 else (Unknown("whose account it is", because),)

    # ---- the resource's side

    @property
    def _is_bucket(self) -> bool:
        return self.resource.policy_of is LayerKind.BUCKET_POLICY

    def _policy(self) -> Decision:
        return decide(_KIND_OF[self.resource.policy_of], self.resource.policies, self.request, self.world)

    def _point_policy(self, point: AccessPoint) -> Decision:
        return decide(PolicyKind.RESOURCE, point.policies, self.asked, self.world)

    def _works_across(self) -> Truth:
        """Whether a key's policy can let another account do this at all."""
        if self.resource.policy_of is not LayerKind.KEY_POLICY:
            return Truth.YES
        action = self.request.action.lower()
        usable = any(action == one.lower() for one in CROSS_ACCOUNT_KMS_ACTIONS)
        return Truth.of(usable) & ~self.resource.aws_managed

    def _resource_control(self) -> list[Layer]:
        spared = self.resource.manages | self.resource.aws_managed | self._service_linked()
        layers = []
        for level in self.resource.resource_control:
            decision = decide(PolicyKind.RESOURCE, (*level, _full_access()), self.asked, self.world)
            verdict_allow, deny = decision.allow | spared, decision.deny & ~spared
            layers.append(_layer(LayerKind.RESOURCE_CONTROL, decision, verdict_allow, deny))
        return layers

    def _public_access(self) -> list[Layer]:
        """RestrictPublicBuckets leaves a public policy to services and to the bucket's own account."""
        restricts = self.resource.restrict_public_buckets
        if not self._is_bucket or restricts is Truth.NO:
            return []
        public = is_public(self.resource.policies)
        if self.point is not None and public.truth is not Truth.YES:
            at_point = is_public(self.point.policies, access_point=True)
            truth = at_point.truth & ~self.point.in_vpc
            if truth.value > public.truth.value:
                public = Judgement(truth, at_point.reason, at_point.unknowns)
        share = _Share(Truth.YES, ~(restricts & public.truth))
        verdict = Verdict.of(share.settled(self.foreign), Truth.NO)
        unknowns = public.unknowns if verdict is Verdict.UNDETERMINED else ()
        return [Layer(LayerKind.PUBLIC_ACCESS_BLOCK, verdict, None, public.reason, unknowns)]

    def _ownership(self) -> list[Layer]:
        """An Allow of the bucket's policy or of its account does not reach objects that are somebody else's."""
        owned = self.resource.owns_object | self.resource.acl
        if not self._is_bucket or owned is Truth.YES:
            return []
        words = "the object is another account's, and no ACL lets the caller in"
        return [Layer(LayerKind.OBJECT_OWNERSHIP, Verdict.of(owned, Truth.NO), None, words)]

    def _service_linked(self) -> Truth:
        """Whether the caller is a service-linked role: neither SCPs nor RCPs bind one."""
        if self.principal.kind is _K.ROLE:
            path = self.principal.path
            if path is None:
                return Truth.UNKNOWN
            text = known(path)
            if text is not None:
                return Truth.of(text.startswith("/aws-service-role/"))
            start = leading(path)
            return Truth.UNKNOWN if "/aws-service-role/".startswith(start[:18]) else Truth.NO
        if self.principal.kind is _K.SESSION and self.principal.name is not None:
            name = leading(self.principal.name)
            return Truth.UNKNOWN & Truth.of(name.startswith("AWSServiceRoleFor") or not name)
        return Truth.NO


def _is_bounded(caller: CallerSide) -> Truth:
    """Whether the caller has a boundary: of one that cannot be seen it is not known whether it is in force."""
    if caller.boundary is None:
        return Truth.NO
    return Truth.YES if caller.boundary.incomplete is None else Truth.UNKNOWN


def _layer(kind: LayerKind, decision: Decision, allow: Truth | None = None, deny: Truth | None = None) -> Layer:
    allow, deny = decision.allow if allow is None else allow, decision.deny if deny is None else deny
    verdict = Verdict.of(allow, deny)
    return Layer(kind, verdict, decision, None, decision.unknowns if verdict is Verdict.UNDETERMINED else ())


def _grants_layer(grants: Judgement, resource: Verdict) -> Layer:
    """Grants only add: the layer is evidence, the outcome is that of the key policy and the grants together."""
    return Layer(LayerKind.GRANTS, resource, None, grants.reason, grants.unknowns)


def _never_none(level: Sequence[Document]) -> tuple[Document, ...]:
    """AWS keeps at least one policy attached to a level: where none is given, it is not visible."""
    if level:
        return tuple(level)
    because = "which service control policies are attached to a level is not known"
    return (Document(incomplete=Unknown("service control policies", because)),)


@cache
def _full_access() -> Document:
    """RCPFullAWSAccess, which AWS attaches to every level and which cannot be detached."""
    statement = {"Sid": "RCPFullAWSAccess", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return parse_document({"Version": "2012-10-17", "Statement": [statement]})
