"""What a request tells about itself: the condition keys."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, TypeAlias, Union

from msgspec import Struct, field
from msgspec.structs import replace

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.iam.request_keys import KMS_KEYS_OF_OTHER_CALLS, s3_keys_absent
from tf_kms_guard.iam.shapes import PATH, UNIQUE_ID
from tf_kms_guard.values.text import TextLike, join_text, known, leading, spell, split_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Absence(enum.Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
"""The key is certainly not in the request."""


class OneOf(Struct, frozen=True, eq=False):
    """The key has one of several values; ``because`` says what it hangs on."""

    options: tuple[tuple[TextLike, ...] | Absence, ...]
    because: Unknown


ContextValue: TypeAlias = Union[tuple[TextLike, ...], Absence, OneOf, Unknown]
"""Values (present, as far as known), ABSENT, one of several, or an Unknown: then it may be absent too."""


class Context(Struct, frozen=True, eq=False):
    """The request context. Names of condition keys are compared without regard to case."""

    values: Mapping[str, ContextValue] = field(default_factory=dict)

    def get(self, key: str) -> ContextValue:
        """What is known of ``key``; a key that is not modelled is not known at all."""
        value = self.values.get(key.lower())
        return _not_known(key) if value is None else value

    def with_values(self, values: Mapping[str, ContextValue]) -> Context:
        """The same context with other values for some keys."""
        return Context({**self.values, **{key.lower(): value for key, value in values.items()}})


def _not_known(key: str) -> Unknown:
    return Unknown(f"request:{key}", f"the request's {key} is not known before it is made")


def s3_context(
    principal: Principal,
    *,
    action: str = "",
    region: TextLike | None = None,
    bucket_account: TextLike | None = None,
    organization: TextLike | Absence | None = None,
    source_account: TextLike | None = None,
    source_arn: TextLike | None = None,
) -> Context:
    """A request to S3, made by ``principal`` itself.

    ``action``: what it asks for; keys that belong to other actions are absent then. ``region`` and
    ``bucket_account`` are the bucket's. ``organization``: that of the caller's account (``o-…``), ABSENT when
    it is surely in none, ``None`` when it is not known. ``source_account`` and ``source_arn`` count for a
    service principal only: on whose behalf it acts. Objects under KMS keys take TLS (S3 API Reference,
    GetObject), hence ``aws:SecureTransport``. The headers of a write and all else that hangs on how the
    request is made (addresses, endpoints, the time, tags) is left open.
    """
    values = _about_caller(principal, organization, source_account, source_arn)
    values.update(dict.fromkeys(s3_keys_absent(action), ABSENT))
    values["aws:securetransport"] = ("true",)
    if region is not None:
        values["aws:requestedregion"] = (region,)
    if bucket_account is not None:
        values["aws:resourceaccount"] = values["s3:resourceaccount"] = (bucket_account,)
    return Context(values)


def kms_via_s3_context(
    principal: Principal,
    region: TextLike,
    bucket_arn: TextLike,
    object_arn: TextLike,
    bucket_key: Truth,
    *,
    key_account: TextLike | None = None,
    organization: TextLike | Absence | None = None,
    source_account: TextLike | None = None,
    source_arn: TextLike | None = None,
) -> Context:
    """The request to KMS that S3 forwards for ``principal``.

    KMS Developer Guide, "Condition keys for AWS KMS": ``kms:ViaService`` is ``s3.<Region of the
    bucket>.amazonaws.com``; S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys": the
    encryption context is the bucket's ARN with a bucket key and the object's ARN without. Which global keys
    S3 forwards is not documented, so those that are not about the caller are left open. ``organization`` and
    ``source_…``: see :func:`s3_context`.
    """
    values = _about_caller(principal, organization, source_account, source_arn)
    if principal.account is not None:
        values["kms:calleraccount"] = (principal.account,)
    via, encrypted = _via_s3(region, bucket_arn), _encryption_context(bucket_arn, object_arn, bucket_key)
    service = principal.kind is PrincipalKind.SERVICE
    values["kms:viaservice"] = _maybe_absent(via) if service else via
    values["kms:encryptioncontext:aws:s3:arn"] = _maybe_absent(encrypted) if service else encrypted
    if not service:
        more = Unknown("request:kms:EncryptionContextKeys", "a writer may add to the encryption context")
        values["kms:encryptioncontextkeys"] = OneOf((("aws:s3:arn",), ("aws:s3:arn", more)), more)
    values.update(dict.fromkeys(KMS_KEYS_OF_OTHER_CALLS, ABSENT))
    for key in ("kms:keyspec", "kms:customermasterkeyspec", "kms:encryptionalgorithm"):
        values[key] = ("SYMMETRIC_DEFAULT",)  # S3 uses no other keys
    for key in ("kms:keyusage", "kms:customermasterkeyusage"):
        values[key] = ("ENCRYPT_DECRYPT",)
    values["aws:requestedregion"] = (region,)
    if key_account is not None:
        values["aws:resourceaccount"] = (key_account,)
    return Context(values)


def _about_caller(
    principal: Principal,
    organization: TextLike | Absence | None,
    source_account: TextLike | None,
    source_arn: TextLike | None,
) -> dict[str, ContextValue]:
    """Keys about the principal and about service calls (IAM User Guide, "Global condition context keys")."""
    kind = principal.kind
    values: dict[str, ContextValue] = {}
    if kind is PrincipalKind.UNKNOWN:
        return values
    if organization is not None:
        values["aws:principalorgid"] = organization if isinstance(organization, Absence) else (organization,)
    if kind is PrincipalKind.SERVICE:
        values["aws:principalisawsservice"] = ("true",)
        values["aws:principalservicename"] = (principal.value,)
        if source_account is not None:
            values["aws:sourceaccount"] = (source_account,)
        if source_arn is not None:
            values["aws:sourcearn"] = (source_arn,)
        return values
    for key in _OF_SERVICE_CALLS:
        values[f"aws:{key}"] = ABSENT
    if kind is PrincipalKind.PUBLIC:
        for key in ("principalarn", "principalorgid", "principalorgpaths", "principalisawsservice", "username"):
            values[f"aws:{key}"] = ABSENT
        values["aws:principaltype"] = ("Anonymous",)
        values["aws:principalaccount"] = ("anonymous",)
        return values
    values["aws:principalisawsservice"] = ("false",)
    if principal.account is not None:
        values["aws:principalaccount"] = (principal.account,)
    if kind is PrincipalKind.ORGANIZATION:
        values["aws:principalorgid"], values["aws:principalorgpaths"] = _organization(principal.value)
    values.update(_names(principal))
    values["aws:principalarn"] = (_principal_arn(principal),)
    return values


_OF_SERVICE_CALLS: Final = (
    "sourceaccount",
    "sourcearn",
    "sourceorgid",
    "sourceorgpaths",
    "principalservicename",
    "principalservicenameslist",
)
"""Keys of calls that a service principal makes itself."""


def _names(principal: Principal) -> dict[str, ContextValue]:
    """Type, name and unique id (IAM User Guide, "IAM policy elements: Variables", table of principal key values)."""
    kind, who = principal.kind, spell(principal.value)
    if kind is PrincipalKind.USER:
        name: ContextValue = _not_known("aws:username") if principal.name is None else (principal.name,)
        return {
            "aws:principaltype": ("User",),
            "aws:username": name,
            "aws:userid": (join_text(("AIDA", _unique_id(who))),),
        }
    if kind not in (PrincipalKind.ROLE, PrincipalKind.SESSION):
        return {}
    issued = Unknown(f"session of {who}", "when the session was made is not known before it is made")
    values: dict[str, ContextValue] = {"aws:username": ABSENT, "aws:tokenissuetime": (issued,)}
    arn = parse_arn(principal.value)
    if principal.name is not None:
        session = principal.session_name
        if session is None:
            session = Unknown(f"session name of {who}", "the session's name is not known")
        values["aws:principaltype"] = ("AssumedRole",)
        values["aws:userid"] = (join_text(("AROA", _unique_id(who), ":", session)),)
    elif isinstance(arn, Arn) and leading(arn.resource).startswith("federated-user/"):
        parts = split_text(arn.resource, "/", 1)
        values["aws:principaltype"] = ("FederatedUser",)
        if parts is not None and len(parts) == 2:
            values["aws:userid"] = (join_text((arn.account, ":", parts[1])),)
    return values


def _unique_id(who: str) -> Unknown:
    return Unknown(f"unique id of {who}", "the unique id of an identity is not visible", UNIQUE_ID)


def _principal_arn(principal: Principal) -> TextLike:
    """``aws:PrincipalArn``: for a session the ARN of its role, for an account that of some identity of it."""
    if principal.kind in (PrincipalKind.ROLE, PrincipalKind.USER):
        return principal.value
    if principal.account is None:
        return _not_known("aws:PrincipalArn")
    arn = parse_arn(principal.value)
    if isinstance(arn, Arn) and leading(arn.resource).startswith("federated-user/"):
        return principal.value
    start: list[TextLike] = [
        "arn:",
        arn.partition if isinstance(arn, Arn) else "aws",
        ":iam::",
        principal.account,
        ":",
    ]
    if principal.kind is PrincipalKind.SESSION and principal.name is not None:
        path = Unknown(
            f"path of role {spell(principal.name)}",
            "a session's ARN does not tell its role's path",
            replace(PATH, minimum=0),
        )
        return join_text([*start, "role/", path, principal.name])
    because = f"which identity of account {spell(principal.account)} asks is not known"
    return join_text([*start, Unknown(f"identity of {spell(principal.account)}", because)])


def _organization(value: TextLike) -> tuple[ContextValue, ContextValue]:
    parts = split_text(value, "/", 1)
    organization = _not_known("aws:PrincipalOrgID") if parts is None else parts[0]
    rest = Unknown("request:aws:PrincipalOrgPaths", "where in the organization the caller's account is, is not known")
    beneath = (
        join_text([value, rest]) if parts is not None and len(parts) == 2 else join_text([organization, "/", rest])
    )
    return (organization,), (beneath,)


def _via_s3(region: TextLike, bucket_arn: TextLike) -> ContextValue:
    """In China the names of services end in ``.amazonaws.com.cn``; which form KMS uses there is left open."""
    usual = join_text(("s3.", region, ".amazonaws.com"))
    arn, place = parse_arn(bucket_arn), known(region)
    partition = known(arn.partition) if isinstance(arn, Arn) else None
    elsewhere = not place.startswith("cn-") if place is not None else partition not in (None, "aws-cn")
    if elsewhere:
        return (usual,)
    because = Unknown("names of services in China", "the bucket may be in a Region of China")
    return OneOf(((usual,), (join_text((usual, ".cn")),)), because)


def _maybe_absent(value: ContextValue) -> ContextValue:
    """For a service that acts as itself: S3 forwards its request too, or it calls KMS directly."""
    because = Unknown("request:kms:ViaService", "whether the service calls KMS itself is not known")
    options = value.options if isinstance(value, OneOf) else (value,) if isinstance(value, tuple) else ()
    return OneOf((*options, ABSENT), because)


def _encryption_context(bucket_arn: TextLike, object_arn: TextLike, bucket_key: Truth) -> ContextValue:
    if bucket_key is Truth.YES:
        return (bucket_arn,)
    if bucket_key is Truth.NO:
        return (object_arn,)
    because = Unknown("S3 Bucket Key", "whether the bucket uses an S3 Bucket Key is not known")
    return OneOf(((object_arn,), (bucket_arn,)), because)
