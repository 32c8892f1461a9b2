"""KMS grants: they only ever allow, one grantee, some operations, one key.

KMS Developer Guide, "Grants in AWS KMS"; KMS API Reference, CreateGrant and GrantConstraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.context import Absence, Context, OneOf
from tf_kms_guard.iam.decide import Request
from tf_kms_guard.iam.judgement import Judgement, distinct, holes_in, listed
from tf_kms_guard.iam.naming import names
from tf_kms_guard.iam.principal import PrincipalKind, describe, parse_principal
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, join_text, known, spell, split_text
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown


class Constraint(Struct, frozen=True, eq=False):
    """What a grant asks of the encryption context. ``exact``: EncryptionContextEquals, else …Subset."""

    pairs: Mapping[str, TextLike]
    exact: bool


class KeyGrant(Struct, frozen=True, eq=False):
    """One grant. ``key``: the key's ARN or id. ``name``: what people call it (an address).

    ``constraint``: ``None`` if there is none, an ``Unknown`` if it cannot be read. ``presence``: whether the
    grant is there at all.
    """

    name: str
    key: TextLike
    grantee: TextLike | Unknown
    operations: tuple[TextLike, ...] | Unknown
    constraint: Constraint | Unknown | None = None
    presence: Truth = Truth.YES
    origin: Span | None = None


_WITH_CONTEXT: Final = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt")
"""Operations that take an encryption context begin with one of these; a constraint binds only them."""
_CONTEXT_KEY: Final = "kms:encryptioncontext:"


def judge_grants(grants: Iterable[KeyGrant], request: Request, world: World) -> Judgement:
    """Whether some grant lets the caller of a KMS request do what it asks for."""
    each = [judge_grant(grant, request, world) for grant in grants]
    truth = any_of(one.truth for one in each)
    deciding = [one for one in each if one.truth is truth]
    reason = "; ".join(one.reason for one in deciding if one.reason) or "there is no grant"
    return Judgement(truth, reason, distinct(unknown for one in deciding for unknown in one.unknowns))


def lacks(grant: KeyGrant, request: Request, world: World) -> str | None:
    """What keeps a grant that is for this key and may be for the caller from covering the request, for people.

    ``None``: nothing does for certain, or it is for another key or somebody else.
    """
    for_it = (_key(grant, request, world), _grantee(grant, request, world), Judgement(grant.presence))
    if any(part.truth is Truth.NO for part in for_it):
        return None
    limits = (_operation(grant, request, world), _constraint(grant, request, world))
    return "; ".join(limit.reason for limit in limits if limit.truth is Truth.NO and limit.reason) or None


def judge_grant(grant: KeyGrant, request: Request, world: World) -> Judgement:
    """Whether one grant does so; the reason names what it lacks."""
    parts = (
        _key(grant, request, world),
        _grantee(grant, request, world),
        _operation(grant, request, world),
        _constraint(grant, request, world),
        Judgement(grant.presence, "whether it is there is not known" if grant.presence is Truth.UNKNOWN else None),
    )
    truth = all_of(part.truth for part in parts)
    if truth is Truth.YES:
        return Judgement(truth, f"grant {grant.name} covers it")
    deciding = [part for part in parts if part.truth is truth]
    reason = f"grant {grant.name} {'; '.join(part.reason for part in deciding if part.reason)}"
    unknowns = distinct(unknown for part in deciding for unknown in part.unknowns)
    if truth is Truth.UNKNOWN and not unknowns:
        unknowns = (Unknown(f"grant {grant.name}", reason, origin=grant.origin),)
    return Judgement(truth, reason, unknowns)


def _key(grant: KeyGrant, request: Request, world: World) -> Judgement:
    arn = parse_arn(request.resource)
    parts = split_text(arn.resource, "/", 1) if isinstance(arn, Arn) else None
    truth = equal(grant.key, request.resource, world)
    if parts is not None and len(parts) == 2:
        truth |= equal(grant.key, parts[1], world)
    return Judgement(truth, f"is for key {spell(grant.key)}", _when(truth, grant.key, request.resource))


def _grantee(grant: KeyGrant, request: Request, world: World) -> Judgement:
    """Whether a grant to an account covers the identities of it is not documented."""
    named = parse_principal("AWS", grant.grantee)
    truth = names(named, request.principal, world)
    if named.kind is PrincipalKind.ACCOUNT:
        truth &= Truth.UNKNOWN
    reason = f"is for {describe(named)}"
    return Judgement(truth, reason, _when(truth, grant.grantee, request.principal.value))


def _operation(grant: KeyGrant, request: Request, world: World) -> Judgement:
    if isinstance(grant.operations, Unknown):
        return Judgement(Truth.UNKNOWN, "allows operations that are not known", (grant.operations,))
    truth = any_of(equal(join_text(("kms:", name)), request.action, world) for name in grant.operations)
    reason = f"allows {listed([spell(name) for name in grant.operations]) or 'nothing'}"
    tail = f", not {request.action.removeprefix('kms:')}" if truth is Truth.NO else ""
    return Judgement(truth, reason + tail, _when(truth, *grant.operations))


def _constraint(grant: KeyGrant, request: Request, world: World) -> Judgement:
    constraint = grant.constraint
    if constraint is None or not request.action.removeprefix("kms:").startswith(_WITH_CONTEXT):
        return Judgement(Truth.YES)
    if isinstance(constraint, Unknown):
        return Judgement(Truth.UNKNOWN, "has a constraint that is not known", (constraint,))
    pairs = constraint.pairs
    truths = [_holds(request.context, key, value, world) for key, value in pairs.items()]
    if constraint.exact:
        truths.append(_no_more(request.context, pairs))
    truth = all_of(truths)
    kind = "equal" if constraint.exact else "contain"
    wanted = listed([f"{key} = {spell(value)}" for key, value in pairs.items()])
    return Judgement(truth, f"asks that the encryption context {kind} {wanted}", _when(truth, *pairs.values()))


def _holds(context: Context, key: str, wanted: TextLike, world: World) -> Truth:
    """Whether the encryption context has the pair."""
    given = context.get(_CONTEXT_KEY + key)
    if isinstance(given, Unknown):
        return Truth.UNKNOWN & _over_keys(context, lambda keys: any_of(_same(one, key) for one in keys))
    options = given.options if isinstance(given, OneOf) else (given,)
    return _agreed(_is(option, wanted, world) for option in options)


def _is(option: tuple[TextLike, ...] | Absence, wanted: TextLike, world: World) -> Truth:
    if isinstance(option, Absence):
        return Truth.NO
    return any_of(equal(one, wanted, world) for one in option)


def _no_more(context: Context, allowed: Iterable[str]) -> Truth:
    """Whether the encryption context has no other keys than these."""
    return _over_keys(context, lambda keys: all_of(any_of(_same(one, key) for key in allowed) for one in keys))


def _over_keys(context: Context, judge: Callable[[tuple[TextLike, ...]], Truth]) -> Truth:
    """What holds of the keys of the encryption context, whichever they are."""
    given = context.get("kms:EncryptionContextKeys")
    if isinstance(given, Unknown):
        return Truth.UNKNOWN
    options = given.options if isinstance(given, OneOf) else (given,)
    return _agreed(judge(() if isinstance(option, Absence) else option) for option in options)


def _same(one: TextLike, key: str) -> Truth:
    text = known(one)
    return Truth.UNKNOWN if text is None else Truth.of(text == key)


def _agreed(truths: Iterable[Truth]) -> Truth:
    each = list(truths)
    return each[0] if all(truth is each[0] for truth in each) else Truth.UNKNOWN


def _when(truth: Truth, *texts: TextLike) -> tuple[Unknown, ...]:
    return holes_in(*texts) if truth is Truth.UNKNOWN else ()
