"""Roles and users with their policies, and whether the policies seen are all they have."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Identity, IdentityPolicy
from tf_kms_guard.estate.policies import form_of
from tf_kms_guard.estate.reading import Noted, Reading
from tf_kms_guard.estate.texts import as_text, as_texts
from tf_kms_guard.iam.document import Document, opaque_document
from tf_kms_guard.iam.managed import managed_policy
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.nodes import Attribute
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.values.compare import equal, sameness
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, holes_of, known, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class _Kind(Struct, frozen=True):
    """What Terraform calls the resources that give a role or user its policies."""

    word: str
    type: str
    inline: str
    attachment: str
    attached_to: str
    exclusive: tuple[str, str]


_KINDS: Final = (
    _Kind(
        "role",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "roles",
        ("aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive"),
    ),
    _Kind(
        "user",
        "aws_iam_user",
        "aws_iam_user_policy",
        "aws_iam_user_policy_attachment",
        "users",
        ("aws_iam_user_policies_exclusive", "aws_iam_user_policy_attachments_exclusive"),
    ),
)


def read_identities(reading: Reading, before: Sequence[Identity] = ()) -> tuple[Identity, ...]:
    """The roles and users that the workspace declares; ``before``: as read before any condition was settled."""
    policies = _Policies(reading)
    known_already = {identity.place: identity for identity in before}
    return tuple(
        reading.kept(known_already.get(reading.place(resource)))
        or _Builder(reading, kind, resource, policies).identity()
        for kind in _KINDS
        for resource in reading.of_type(kind.type)
    )


class _Policies:
    """The customer managed policies, by ARN. A document is read once however many identities have it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.by_arn: dict[Hashable, list[tuple[ResourceInstance, Noted[TextLike]]]] = {}
        for resource in reading.of_type("aws_iam_policy"):
            noted = reading.noted(self._arn, resource)
            self.by_arn.setdefault(sameness(noted.thing, reading.world), []).append((resource, noted))
        self.documents: dict[Place, Noted[Document]] = {}

    def _arn(self, policy: ResourceInstance) -> TextLike:
        return self.reading.attribute(policy, "arn")

    def find(self, who: ResourceInstance, arn: TextLike) -> ResourceInstance | None:
        """The policy that surely has an ARN which ``who`` names: its own workspace's, if several have it."""
        found = self.by_arn.get(sameness(arn, self.reading.world), [])
        own = (one for one in found if one[0].module.workspace is who.module.workspace)
        chosen = next(own, found[0] if found else None)
        if chosen is None:
            return None
        self.reading.note(chosen[1].conditions)
        return chosen[0]

    def document(self, policy: ResourceInstance) -> Document:
        """What a policy says."""
        place = self.reading.place(policy)
        if place not in self.documents:
            self.documents[place] = self.reading.noted(self._read, policy)
        noted = self.documents[place]
        self.reading.note(noted.conditions)
        return noted.thing

    def _read(self, policy: ResourceInstance) -> Document:
        return _document(self.reading, policy, "policy")


def _document(reading: Reading, owner: ResourceInstance | BlockInstance, argument: str) -> Document:
    where = owner.address if isinstance(owner, ResourceInstance) else owner.path
    value = reading.value(owner, argument)
    span = owner.span_of(argument)
    if isinstance(value, NotSet):
        return opaque_document(Unknown(f"{where}.{argument}", f"{where} sets no {argument}", origin=span), span)
    return reading.policies.read(value, f"{where}.{argument}", span)


class _Builder:
    """Collects what one role or user may do."""

    def __init__(self, reading: Reading, kind: _Kind, resource: ResourceInstance, policies: _Policies) -> None:
        self.reading = reading
        self.kind = kind
        self.resource = resource
        self.policies = policies
        self.name = reading.attribute(resource, "name")
        self.account = reading.account(resource)
        self.found: list[IdentityPolicy] = []
        self.because: Unknown | None = None

    def identity(self) -> Identity:
        with self.reading.watching() as conditions:
            arn = self.reading.attribute(self.resource, "arn")
            self._inline()
            self._attached()
            self._attached_in_bulk()
            self._legacy()
            self._in_force()
            self._groups()
            boundary = self._boundary()
            exclusive = self._exclusive()
            given_away = self.reading.given_away(self.resource, self.name)
            if given_away is not None and self.because is None:
                self.because = given_away
        closed = Truth.YES if self.because is None else Truth.UNKNOWN
        return Identity(
            self.reading.place(self.resource)[0],
            self.kind.word,
            self.resource.address,
            arn,
            self.name,
            self.account,
            tuple(self.found),
            boundary,
            closed,
            exclusive,
            self.resource.span,
            self.because,
            conditions,
        )

    def _open(self, because: str, span: Span) -> None:
        if self.because is None:
            self.because = Unknown(f"{self.resource.address}.policies", because, origin=span)

    def _add(
        self,
        name: str,
        document: Document,
        span: Span,
        source: str,
        *,
        managed: bool = False,
        written: Attribute | None = None,
    ) -> None:
        self.found.append(IdentityPolicy(name, document, span, source, managed, form_of(written)))

    def _mine(self, types: str, argument: str, what: str) -> Iterator[ResourceInstance]:
        """Resources that certainly are about this identity; those that may be leave the set of policies open."""
        for resource, linked in self.reading.links(types, argument).to(self.resource, self.name):
            if self._within_reach(resource) and self._certain(resource, linked & self._in_account(resource), what):
                yield resource

    def _within_reach(self, resource: ResourceInstance) -> bool:
        """Names are unique in an account only: what another workspace declares counts if it surely is of this one."""
        if resource.module.workspace is self.resource.module.workspace:
            return True
        meant = self.reading.belongs(resource, self.resource, self.name) is Truth.YES
        return meant and self._in_account(resource) is Truth.YES

    def _in_account(self, resource: ResourceInstance) -> Truth:
        """Names are unique in an account: a policy in another one is another identity's."""
        return equal(self.reading.account(resource).id, self.account.id, self.reading.world)

    def _certain(self, resource: ResourceInstance, linked: Truth, what: str) -> bool:
        if linked is Truth.NO:
            return False
        present = self.reading.presence(resource)
        if linked is Truth.YES and present is Truth.YES:
            return True
        if present is not Truth.NO:
            self._open(f"{resource.address} may give {self.resource.address} {what}", resource.span)
        return False

    def _is(self, name: TextLike) -> Truth:
        return equal(name, self.name, self.reading.world)

    def _inline(self) -> None:
        for resource in self._mine(self.kind.inline, self.kind.word, "a policy"):
            document = _document(self.reading, resource, "policy")
            written = resource.attribute_node("policy")
            self._add(resource.address, document, resource.span_of("policy"), resource.address, written=written)

    def _attached(self) -> None:
        for resource in self._mine(self.kind.attachment, self.kind.word, "a policy"):
            self._attach(self.reading.text(resource, "policy_arn"), resource.span_of("policy_arn"), resource.address)

    def _attached_in_bulk(self) -> None:
        for resource in filter(self._within_reach, self.reading.of_type("aws_iam_policy_attachment")):
            targets = as_texts(self.reading.value(resource, self.kind.attached_to))
            if isinstance(targets, Unknown):
                targets = (targets,)
            if any(
                self._certain(resource, self._is(target) & self._in_account(resource), "a policy") for target in targets
            ):
                self._attach(
                    self.reading.text(resource, "policy_arn"), resource.span_of("policy_arn"), resource.address
                )

    def _legacy(self) -> None:
        for block in self.resource.blocks("inline_policy"):
            if self.reading.presence(block) is not Truth.NO and "policy" in block.body.attributes:
                document = _document(self.reading, block, "policy")
                self._add(
                    f"{self.resource.address}.inline_policy", document, block.span_of("policy"), self.resource.address
                )
        arns = self.reading.value(self.resource, "managed_policy_arns")
        for arn in _each(arns):
            self._attach(as_text(arn), self.resource.span_of("managed_policy_arns"), self.resource.address)

    def _in_force(self) -> None:
        """What a plan or state found at the identity, set by whomever, unless something here sets or removes it."""
        blocks = self.resource.blocks_in_force("inline_policy")
        if blocks and not self.resource.blocks("inline_policy"):
            own = {
                known(one.attribute("name"))
                for one in filter(self._within_reach, self.reading.of_type(self.kind.inline))
            }
            own |= set(self.reading.recorded_in_gone(self.resource, self.kind.inline, "name"))
            for block in blocks:
                if known(block.attribute("name")) not in own and not isinstance(block.attribute("policy"), NotSet):
                    document = _document(self.reading, block, "policy")
                    self._add(f"{self.resource.address}.inline_policy", document, block.span, self.resource.address)
        if isinstance(self.resource.attribute("managed_policy_arns"), NotSet):
            removed = set(self.reading.recorded_in_gone(self.resource, self.kind.attachment, "policy_arn"))
            attached = {policy.name for policy in self.found} | removed
            for arn in _each(self.resource.in_force("managed_policy_arns")):
                if known(arn) not in attached:
                    self._attach(as_text(arn), self.resource.span, self.resource.address)

    def _attach(self, arn: TextLike | None, span: Span, source: str) -> None:
        if arn is None:
            return
        policy = self.policies.find(self.resource, arn)
        if policy is not None:
            written = policy.attribute_node("policy")
            self._add(policy.address, self.policies.document(policy), policy.span_of("policy"), source, written=written)
            return
        known_policy = managed_policy(arn)
        if isinstance(known_policy, Document):
            self._add(spell(arn).rsplit("/", 1)[-1], known_policy, span, source, managed=True)
            return
        because = next(iter(holes_of(arn)), known_policy)
        if because is None:
            because = Unknown(f"policy {spell(arn)}", f"the policy {spell(arn)} is not declared here", origin=span)
        self._add(spell(arn), opaque_document(because, span), span, source)

    def _groups(self) -> None:
        if self.kind.word != "user":
            return
        for resource in self._mine("aws_iam_user_group_membership", "user", "policies by way of groups"):
            self._open(f"{resource.address} puts {self.resource.address} into groups", resource.span)
        for resource in filter(self._within_reach, self.reading.of_type("aws_iam_group_membership")):
            users = as_texts(self.reading.value(resource, "users"))
            for user in (users,) if isinstance(users, Unknown) else users:
                if self._certain(resource, self._is(user) & self._in_account(resource), "policies by way of a group"):
                    self._open(f"{resource.address} puts {self.resource.address} into a group", resource.span)

    def _boundary(self) -> IdentityPolicy | None:
        arn = self.reading.text(self.resource, "permissions_boundary")
        if arn is None:
            return None
        before, self.found = self.found, []
        self._attach(arn, self.resource.span_of("permissions_boundary"), self.resource.address)
        boundary, self.found = self.found[0], before
        return boundary

    def _exclusive(self) -> bool:
        """Whether the code itself says that these policies are all: both kinds of exclusive resources are there."""
        return all(
            any(
                linked is Truth.YES and self._within_reach(resource)
                for resource, linked in self.reading.links(name, f"{self.kind.word}_name").to(self.resource, self.name)
            )
            for name in self.kind.exclusive
        )


def _each(value: Value | NotSet) -> Iterator[Value]:
    if isinstance(value, NotSet):
        return
    if isinstance(value, (list, SetValue)):
        yield from value
    else:
        yield value
