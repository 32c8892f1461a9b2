"""What the estate is made of."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.key_names import KeyNames
from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.reading import Conditions
from tf_kms_guard.iam.document import Document
from tf_kms_guard.iam.grants import Constraint, KeyGrant
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.compare import World, equal, sameness
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.estate.callers import Callers
    from tf_kms_guard.estate.controls import Controls
    from tf_kms_guard.estate.objects import StoredObjects


class SlotState(enum.Enum):
    """What stands in a slot: the place where one policy document counts."""

    SET = "set"
    ABSENT = "absent"
    DEFAULT = "default"
    """Nothing is set, and AWS puts a policy of its own there."""
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    """Two documents claim the slot."""


class PolicySlot(Struct, frozen=True, eq=False):
    """A bucket's or key's policy.

    ``document`` is what is judged. ``span`` is where the policy is set, else the thing itself; ``source`` the
    address of the resource that sets it. ``because`` says why it is not known; ``form`` how it is written
    (``document``, ``jsonencode``, ``json``). ``claimed``: the documents that contend for the slot, where it is
    not known which of them counts; ``rivals``: the addresses and places of those that surely do.
    """

    state: SlotState
    document: Document
    span: Span
    source: str
    form: str = "jsonencode"
    because: Unknown | None = None
    rivals: tuple[tuple[str, Span], ...] = ()
    claimed: tuple[Document, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document that counts here or may do so: who is named in one is meant to have access."""
        return self.claimed or (self.document,)


class KeyForm(enum.Enum):
    """How a bucket's encryption names its key."""

    ARN = "key ARN"
    KEY_ID = "key id"
    ALIAS_NAME = "alias name"
    ALIAS_ARN = "alias ARN"
    AWS_MANAGED = "AWS managed key"
    INVALID = "not a key identifier"
    UNKNOWN = "not known"


class Hindrance(Struct, frozen=True, eq=False):
    """Why S3 surely cannot use a key: for people, where that is written, and what would mend it."""

    words: str
    span: Span
    fix: str


class Key(Struct, frozen=True, eq=False):
    """A customer managed KMS key.

    ``multi_region``: whether other Regions may have a key of the same id; ``primary``: of a replica, the ARN of its
    primary. ``hindrance``: why S3 surely cannot use it; ``material``: why it is not known whether it can.
    ``outside``: no workspace declares it, the user describes it.
    """

    workspace: str
    address: str
    key_id: TextLike
    arn: TextLike
    account: Account
    policy: PolicySlot
    grants: tuple[Grant, ...]
    span: Span
    conditions: Conditions = field(default_factory=dict)
    multi_region: Truth = Truth.NO
    primary: TextLike | None = None
    hindrance: Hindrance | None = None
    material: Unknown | None = None
    outside: bool = False

    @property
    def place(self) -> Place:
        """What tells it apart from everything in all workspaces."""
        return self.workspace, self.address

    @property
    def names(self) -> KeyNames:
        """By what it can be named."""
        return KeyNames(self.key_id, self.arn, self.account.region, self.multi_region)


class Alias(Struct, frozen=True, eq=False):
    """A KMS alias."""

    workspace: str
    address: str
    name: TextLike
    arn: TextLike
    target: TextLike | None
    account: Account
    span: Span


class Grant(Struct, frozen=True, eq=False):
    """A KMS grant. ``constraint``: what it asks of the encryption context, an ``Unknown`` if that cannot be read.

    ``account`` is the one that makes it: there KMS looks for a key that is named by its id alone.
    """

    workspace: str
    address: str
    key: TextLike
    grantee: TextLike | None
    operations: tuple[TextLike, ...] | Unknown
    constraint: Constraint | Unknown | None
    account: Account
    span: Span
    presence: Truth = Truth.YES

    def misses(self, key: Key, world: World) -> Truth:
        """Whether it names the key by its id from another account, where KMS does not find it."""
        by_id = equal(self.key, key.key_id, world) & ~equal(self.key, key.arn, world)
        return by_id & ~equal(self.account.id, key.account.id, world)

    def for_deciding(self) -> KeyGrant:
        """The grant as ``iam`` judges it."""
        grantee = self.grantee
        if grantee is None:
            grantee = Unknown(f"{self.address}.grantee_principal", f"whom {self.address} is for is not known")
        return KeyGrant(self.address, self.key, grantee, self.operations, self.constraint, self.presence, self.span)


class KeyChoice(Struct, frozen=True, eq=False):
    """Which key a bucket's default encryption uses.

    ``key`` is the declared key, if it is one; ``account`` and ``region`` are the key's as far as known.
    """

    form: KeyForm
    value: TextLike | None
    key: Key | None
    account: TextLike | None
    region: TextLike | None
    because: Unknown | None = None
    alias: Alias | None = None

    @property
    def arn(self) -> TextLike | None:
        """The key's ARN, if it is known as far as that."""
        if self.key is not None:
            return self.key.arn
        return self.value if self.form is KeyForm.ARN else None


class Algorithm(enum.Enum):
    """A bucket's default encryption."""

    SSE_S3 = "AES256"
    SSE_KMS = "aws:kms"
    DSSE_KMS = "aws:kms:dsse"
    UNKNOWN = "unknown"


class Encryption(Struct, frozen=True, eq=False):
    """A bucket's default encryption. ``key`` is ``None`` with SSE-S3 and where nothing is known of it.

    ``stray_key``: a key that surely is set beside SSE-S3, which takes none.
    """

    algorithm: Algorithm
    key: KeyChoice | None
    bucket_key: Truth
    span: Span
    source: str
    because: Unknown | None = None
    stray_key: TextLike | None = None


class AccessPoint(Struct, frozen=True, eq=False):
    """An access point of a bucket.

    ``restricts``: its own RestrictPublicBuckets. ``in_vpc``: whether requests come to it from a VPC only.
    """

    address: str
    arn: TextLike
    account: TextLike
    policy: PolicySlot
    restricts: Truth
    in_vpc: Truth
    span: Span


class Restriction(Struct, frozen=True, eq=False):
    """A RestrictPublicBuckets of a bucket or its account. ``truth``: whether it is set, and is this bucket's."""

    truth: Truth
    source: str
    span: Span


class Ownership(Struct, frozen=True, eq=False):
    """Who owns what others write: ``setting`` as in ownership controls, ``None`` where it is not known."""

    setting: str | None
    span: Span
    declared: bool = True


class Bucket(Struct, frozen=True, eq=False):
    """An S3 bucket. ``outside``: no workspace declares it, the user describes it.

    ``other_way``: something beside policies that may let others in (an ACL, an access point that may be this bucket's).
    ``restrictions``: what keeps others out where the policy is public; none at all says nothing of AWS's own default.
    ``refuses_customer_keys``: whether it surely refuses SSE-C.
    """

    workspace: str
    address: str
    name: TextLike
    arn: TextLike
    account: Account
    region: TextLike
    encryption: Encryption
    policy: PolicySlot
    span: Span
    presence: Value = True
    conditions: Conditions = field(default_factory=dict)
    other_way: Unknown | None = None
    points: tuple[AccessPoint, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    ownership: Ownership | None = None
    refuses_customer_keys: Truth = Truth.UNKNOWN
    outside: bool = False

    @property
    def place(self) -> Place:
        """What tells it apart from everything in all workspaces."""
        return self.workspace, self.address


class IdentityPolicy(Struct, frozen=True, eq=False):
    """One policy of a role or user: inline, or attached. ``name`` is for people."""

    name: str
    document: Document
    span: Span
    source: str
    managed: bool = False
    form: str = "jsonencode"


class Identity(Struct, frozen=True, eq=False):
    """A role or user. ``outside``: no workspace declares it, the user describes it.

    ``closed``: whether the policies seen are all it has. ``exclusive``: the code says so itself.
    """

    workspace: str
    kind: str
    address: str
    arn: TextLike
    name: TextLike
    account: Account
    policies: tuple[IdentityPolicy, ...]
    boundary: IdentityPolicy | None
    closed: Truth
    exclusive: bool
    span: Span
    because: Unknown | None = None
    conditions: Conditions = field(default_factory=dict)
    outside: bool = False
    _principal: list[Principal] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """What tells it apart from everything in all workspaces."""
        return self.workspace, self.address

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of its policies."""
        return tuple(policy.document for policy in self.policies)

    @property
    def principal(self) -> Principal:
        """It as a principal; worked out once."""
        if not self._principal:
            self._principal.append(parse_principal("AWS", self.arn))
        return self._principal[0]


class Membership(Struct, frozen=True):
    """Where in an organization an account is; ``paths`` is empty where that is not said."""

    organization: str
    paths: tuple[str, ...] = ()


class Estate(Struct, frozen=True, eq=False):
    """Everything AWS-side that workspaces declare together, in one world of outcomes.

    With it is what the user describes of the outside. ``memberships``: of accounts in organizations, by account id.
    """

    buckets: tuple[Bucket, ...]
    keys: tuple[Key, ...]
    aliases: tuple[Alias, ...]
    grants: tuple[Grant, ...]
    identities: tuple[Identity, ...]
    objects: StoredObjects
    controls: Controls
    world: World
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    _buckets: dict[Place, Bucket] = field(default_factory=dict)
    _identities: dict[Hashable, list[Identity]] = field(default_factory=dict)
    _names: dict[Hashable, list[Bucket]] = field(default_factory=dict)
    _encrypted: dict[Place, list[Bucket]] = field(default_factory=dict)
    callers: list[Callers] = field(default_factory=list)
    """The identities by what tells them apart, once somebody has asked."""

    def encrypted_with(self, key: Key) -> Sequence[Bucket]:
        """The buckets whose default encryption uses a key."""
        if not self._encrypted and self.buckets:
            for bucket in self.buckets:
                choice = bucket.encryption.key
                if choice is not None and choice.key is not None:
                    self._encrypted.setdefault(choice.key.place, []).append(bucket)
        return self._encrypted.get(key.place, ())

    def bucket(self, place: Place) -> Bucket | None:
        """The bucket at a place, if it is there in this world."""
        if not self._buckets:
            self._buckets.update((bucket.place, bucket) for bucket in self.buckets)
        return self._buckets.get(place)

    def identity(self, principal: Principal, workspace: str) -> Identity | None:
        """The role or user that a principal surely is, seen from a workspace; ``None`` if none or several may be it.

        What the workspace declares itself goes before what others declare.
        """
        if not self._identities:
            for identity in self.identities:
                self._identities.setdefault(sameness(identity.arn, self.world), []).append(identity)
        found = self._identities.get(sameness(principal.value, self.world), [])
        return next((one for one in found if one.workspace == workspace), found[0] if len(found) == 1 else None)

    def buckets_of(self, name: TextLike) -> Sequence[Bucket]:
        """The buckets that surely have a name; a name is one bucket's, so that more are a mistake."""
        if not self._names:
            for bucket in self.buckets:
                self._names.setdefault(sameness(bucket.name, self.world), []).append(bucket)
        return self._names.get(sameness(name, self.world), ())
