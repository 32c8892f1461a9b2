"""What is outside Terraform, as the user describes it: keys, buckets and roles, and the organization of accounts.

They become parts of the estate like those that workspaces declare. What a workspace declares outranks them, and a
policy that it sets on one of them is that thing's.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.encryption import KeyDirectory, key_choice_of
from tf_kms_guard.estate.model import (
    Algorithm,
    Alias,
    Bucket,
    Encryption,
    Estate,
    Grant,
    Identity,
    IdentityPolicy,
    Key,
    Membership,
    PolicySlot,
    SlotState,
)
from tf_kms_guard.estate.policy_files import PolicyFile
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.slots import Claim, claim_by, slot_of
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Document, opaque_document
from tf_kms_guard.iam.managed import managed_policy
from tf_kms_guard.iam.shapes import ACCOUNT_ID, REGION
from tf_kms_guard.terraform.resource import NotSet
from tf_kms_guard.values.compare import equal, sameness
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class OutsideKey(Struct, frozen=True, eq=False):
    """A KMS key that no workspace declares. ``where`` is the file that describes it, ``aliases`` are their names."""

    where: str
    address: str
    span: Span
    arn: str
    policy: PolicyFile | None = None
    aliases: tuple[str, ...] = ()


class OutsideBucket(Struct, frozen=True, eq=False):
    """A bucket that no workspace declares. ``key`` is an ARN; ``encryption`` ``None``: nothing is said of it."""

    where: str
    address: str
    span: Span
    arn: str
    account: str | None = None
    region: str | None = None
    policy: PolicyFile | None = None
    encryption: str | None = None
    key: str | None = None
    bucket_key: bool | None = None
    encryption_span: Span | None = None


class OutsideRole(Struct, frozen=True, eq=False):
    """A role that no workspace declares. ``complete``: the policies here are all that it has, of any kind."""

    where: str
    address: str
    span: Span
    arn: str
    policies: tuple[PolicyFile, ...] = ()
    boundary: PolicyFile | None = None
    complete: bool = False


class Outside(Struct, frozen=True, eq=False):
    """Everything that is said of what is outside. ``memberships``: of accounts, by id."""

    keys: tuple[OutsideKey, ...] = ()
    buckets: tuple[OutsideBucket, ...] = ()
    roles: tuple[OutsideRole, ...] = ()
    memberships: Mapping[str, Membership] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """The files that describe things."""
        described: tuple[OutsideKey | OutsideBucket | OutsideRole, ...] = (*self.keys, *self.buckets, *self.roles)
        return tuple(dict.fromkeys(one.where for one in described))


def _account(address: str, arn: str, span: Span, region: TextLike, said: str | None = None) -> Account:
    """The account of something outside: what is said of it, else what its ARN has."""
    parsed = parse_arn(arn)
    assert isinstance(parsed, Arn)
    id_: TextLike | None = said or known(parsed.account) or None
    evidence = "its ARN" if said is None else "as its block says"
    if id_ is None:
        settle = f'account = "…" in {_block(address)}'
        words = f"the account of {address} is not said"
        id_ = Unknown(f"{address}.account", words, ACCOUNT_ID, settle=settle, origin=span)
    return Account(address, id_, region, evidence, span, parsed.partition)


def _block(address: str) -> str:
    kind, _, name = address.partition(".")
    return f'{kind} "{name}"'


def _unseen(address: str, what: str, span: Span, settle: str) -> Unknown:
    return Unknown(f"{address}.{what}", f"the {what} of {address} is not given", settle=settle, origin=span)


def _slot(
    reading: Reading,
    type_: str,
    argument: str,
    names: Sequence[TextLike],
    thing: OutsideKey | OutsideBucket,
    what: str,
) -> PolicySlot:
    """The policy that a workspace sets on something outside, else the one in the file."""
    settle = f'policy = "…" in {_block(thing.address)}'
    because = _unseen(thing.address, what, thing.span, settle)
    fallback = PolicySlot(
        SlotState.UNKNOWN, opaque_document(because, thing.span), thing.span, thing.address, because=because
    )
    if thing.policy is not None and thing.policy.document is not None:
        document = thing.policy.document
        fallback = PolicySlot(SlotState.SET, document, document.origin or thing.policy.span, thing.address, "json")
    claims: list[Claim] = []
    for resource in reading.of_type(type_):
        text = reading.text(resource, argument)
        if text is not None and any(equal(text, name, reading.world) is Truth.YES for name in names):
            claim = claim_by(reading, resource, Truth.YES)
            claims += [] if claim is None else [claim]
    return slot_of(claims, fallback, f"the {what}")


def outside_keys(
    outside: Outside, reading: Reading, declared: Sequence[Key], grants: Sequence[Grant], before: Sequence[Key] = ()
) -> Iterator[Key]:
    """The keys outside, but for those that a workspace declares.

    ``before``: as read before any condition was settled.
    """
    there = {sameness(key.arn, reading.world) for key in declared}
    known_already = {key.place: key for key in before if key.outside}
    for key in outside.keys:
        if key.arn in there:
            continue
        kept = reading.kept(known_already.get((key.where, key.address)))
        if kept is not None:
            yield kept
            continue
        parsed = parse_arn(key.arn)
        assert isinstance(parsed, Arn)
        key_id = key.arn.rpartition("/")[2]
        with reading.watching() as conditions:
            slot = _slot(reading, "aws_kms_key_policy", "key_id", (key.arn, key_id), key, "key policy")
            own = [one for one in grants if known(one.key) in (key.arn, key_id)]
        account = _account(key.address, key.arn, key.span, parsed.region)
        yield Key(
            key.where,
            key.address,
            key_id,
            key.arn,
            account,
            slot,
            tuple(own),
            key.span,
            conditions,
            multi_region=Truth.of(key_id.startswith("mrk-")),
            outside=True,
        )


def outside_aliases(outside: Outside) -> Iterator[Alias]:
    """The aliases of keys outside."""
    for key in outside.keys:
        parsed = parse_arn(key.arn)
        assert isinstance(parsed, Arn)
        account = _account(key.address, key.arn, key.span, parsed.region)
        for name in key.aliases:
            arn = f"{key.arn.rpartition(':')[0]}:{name}"
            yield Alias(key.where, key.address, name, arn, key.arn, account, key.span)


def outside_buckets(
    outside: Outside, reading: Reading, declared: Sequence[Bucket], directory: KeyDirectory
) -> Iterator[Bucket]:
    """The buckets outside, but for those that a workspace declares."""
    there = {sameness(bucket.name, reading.world) for bucket in declared}
    for bucket in outside.buckets:
        name = bucket.arn.rpartition(":")[2]
        if name in there:
            continue
        region = _region(bucket)
        account = _account(bucket.address, bucket.arn, bucket.span, region, bucket.account)
        with reading.watching() as conditions:
            slot = _slot(reading, "aws_s3_bucket_policy", "bucket", (name, bucket.arn), bucket, "bucket policy")
        yield Bucket(
            bucket.where,
            bucket.address,
            name,
            bucket.arn,
            account,
            region,
            _encryption(bucket, account, reading, directory),
            slot,
            bucket.span,
            conditions=conditions,
            outside=True,
        )


def _region(bucket: OutsideBucket) -> TextLike:
    """The Region that is said, else the key's: S3 uses keys of the bucket's own Region only (S3 User Guide)."""
    key = None if bucket.key is None else parse_arn(bucket.key)
    if bucket.region is None and isinstance(key, Arn):
        return key.region
    because = f"the Region of {bucket.address} is not said"
    settle = f'region = "…" in {_block(bucket.address)}'
    return bucket.region or Unknown(
        f"{bucket.address}.region", because, REGION, settle=settle, origin=bucket.span, shown=because
    )


def _encryption(bucket: OutsideBucket, account: Account, reading: Reading, directory: KeyDirectory) -> Encryption:
    span = bucket.encryption_span or bucket.span
    bucket_key = Truth.UNKNOWN if bucket.bucket_key is None else Truth.of(bucket.bucket_key)
    kind = bucket.encryption or ("aws:kms" if bucket.key is not None else None)
    if kind is None:
        because = _unseen(bucket.address, "encryption", span, f'key or encryption = "…" in {_block(bucket.address)}')
        return Encryption(Algorithm.UNKNOWN, None, bucket_key, span, bucket.address, because)
    algorithm = Algorithm(kind)
    if algorithm is Algorithm.SSE_S3:
        return Encryption(algorithm, None, bucket_key, span, bucket.address)
    choice = key_choice_of(reading.world, bucket.key, account, (bucket.where, bucket.address), directory)
    return Encryption(algorithm, choice, bucket_key, span, bucket.address)


def outside_roles(outside: Outside, reading: Reading, declared: Sequence[Identity]) -> Iterator[Identity]:
    """The roles outside, but for those that a workspace declares."""
    there = {sameness(identity.arn, reading.world) for identity in declared}
    managed = _Managed(reading) if outside.roles else None
    for role in outside.roles:
        if role.arn in there or managed is None:
            continue
        name = role.arn.rpartition("/")[2]
        account = _account(role.address, role.arn, role.span, "")
        policies, missing = _policies(role, managed)
        because = missing
        if because is None and not role.complete:
            words = f"whether {role.address} has other policies is not said"
            settle = f"complete = true in {_block(role.address)}, if it has no others"
            because = Unknown(f"{role.address}.policies", words, settle=settle, origin=role.span)
        with reading.watching() as conditions:
            for resource in _given_to(reading, name, account.id):
                words = f"{resource} gives {role.address} a policy that its block does not have"
                because = Unknown(f"{role.address}.policies", words, origin=role.span)
        boundary = None
        if role.boundary is not None and role.boundary.document is not None:
            boundary = _policy("its permissions boundary", role.boundary, role.boundary.document, role.address)
        yield Identity(
            role.where,
            "role",
            role.address,
            role.arn,
            name,
            account,
            policies,
            boundary,
            Truth.YES if because is None else Truth.UNKNOWN,
            role.complete and because is None,
            role.span,
            because,
            conditions,
            outside=True,
        )


def _policy(name: str, file: PolicyFile, document: Document, source: str, *, managed: bool = False) -> IdentityPolicy:
    return IdentityPolicy(name, document, document.origin or file.span, source, managed, "json")


class _Managed:
    """The customer managed policies that workspaces declare, by ARN."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._by_arn: dict[Hashable, Document] | None = None

    def get(self, arn: str) -> Document | None:
        """What a policy says, if a workspace declares it."""
        if self._by_arn is None:
            self._by_arn = {}
            reading = self._reading
            for policy in reading.of_type("aws_iam_policy"):
                if (text := known(reading.world.bind(reading.attribute(policy, "arn")))) is not None:
                    value, span = reading.value(policy, "policy"), policy.span_of("policy")
                    if not isinstance(value, NotSet):
                        document = reading.policies.read(value, f"{policy.address}.policy", span)
                        self._by_arn.setdefault(text, document)
        return self._by_arn.get(arn)


def _policies(role: OutsideRole, managed: _Managed) -> tuple[tuple[IdentityPolicy, ...], Unknown | None]:
    """The policies of a role, and which it has that are not here.

    A version of a customer managed policy does not tell whose it is: as many versions as there are such policies
    attached are taken to be theirs.
    """
    found: list[IdentityPolicy] = []
    missing: list[tuple[str, PolicyFile]] = []
    because: Unknown | None = None
    for file in role.policies:
        if file.document is not None:
            found.append(_policy(file.span.file, file, file.document, role.address))
        for arn in file.attached:
            document = managed_policy(arn)
            if isinstance(document, Document):
                name = arn.rpartition("/")[2]
                found.append(IdentityPolicy(name, document, file.span, role.address, True, "json"))
            elif isinstance(document, Unknown):
                found.append(_policy(arn, file, opaque_document(document, file.span), role.address))
            elif (declared := managed.get(arn)) is not None:
                found.append(_policy(arn, file, declared, role.address))
            else:
                missing.append((arn, file))
        if file.truncated:
            words = f"{file.span.file} lists only some of the policies attached to {role.address} (IsTruncated)"
            because = Unknown(f"{role.address}.policies", words, origin=file.span)
    versions = sum(file.version_of_managed for file in role.policies)
    if len(missing) > versions:
        arn, file = missing[versions]
        words = f"{file.span.file} attaches {arn} to {role.address}, and no file has what it says"
        settle = f"add what aws iam get-policy-version prints of it to policies in {_block(role.address)}"
        because = Unknown(f"policy {arn}", words, settle=settle, origin=file.span)
        found += [_policy(arn, file, opaque_document(because, file.span), role.address)]
    return tuple(found), because


def _given_to(reading: Reading, name: str, account: TextLike) -> Iterator[str]:
    """The resources by which workspaces give a role of an account policies."""
    for type_ in ("aws_iam_role_policy", "aws_iam_role_policy_attachment"):
        for resource in reading.of_type(type_):
            if known(reading.text(resource, "role")) == name:
                if equal(reading.account(resource).id, account, reading.world) is not Truth.NO:
                    yield resource.address


def described_and_declared(
    outside: Outside, estate: Estate
) -> Iterator[tuple[OutsideKey | OutsideBucket | OutsideRole, str, str]]:
    """What is described as outside and declared all the same: it, and the address and workspace that declare it."""
    declared: dict[Hashable, tuple[str, str]] = {}
    things: tuple[Key | Bucket | Identity, ...] = (*estate.keys, *estate.buckets, *estate.identities)
    for thing in things:
        if not thing.outside:
            declared.setdefault(sameness(thing.arn, estate.world), (thing.address, thing.workspace))
    described: tuple[OutsideKey | OutsideBucket | OutsideRole, ...] = (*outside.keys, *outside.buckets, *outside.roles)
    for one in described:
        if one.arn in declared:
            yield (one, *declared[one.arn])
