"""S3's own definition of a public policy, which Block Public Access goes by.

S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of 'public'": a policy
is taken for public unless every Allow is for fixed principals, or for fixed values of one of the listed
condition keys. A fixed value has neither a wildcard nor a policy variable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Condition, Document, Effect, Statement
from tf_kms_guard.iam.judgement import Judgement, distinct, listed
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.iam.quantities import network
from tf_kms_guard.values.text import TextLike, known, pieces_of, spell
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown

_FIXING: Final = frozenset(
    (
        "aws:principalorgid",
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "aws:userid",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    )
)
_ARNS: Final = frozenset(("aws:sourcearn", "s3:dataaccesspointarn"))
_POSITIVE: Final = frozenset(
    ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress")
)
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""The ranges of RFC 1918: they take no part in what is too broad."""


def is_public(documents: Iterable[Document], *, access_point: bool = False) -> Judgement:
    """Whether S3 takes the policy of a bucket (or of an access point) for public, and by which statement.

    What narrows an Allow to everyone in a way that the definition does not list (``aws:PrincipalArn``, a tag)
    makes the answer unknown. In an access point's own policy ``s3:DataAccessPointArn`` narrows nothing.
    """
    found: list[Judgement] = []
    for document in documents:
        found += (_statement(statement, access_point) for statement in document.statements)
        if document.incomplete is not None:
            found.append(Judgement(Truth.UNKNOWN, "a part of the policy is not known", (document.incomplete,)))
    truth = any_of(one.truth for one in found)
    if truth is Truth.NO:
        return Judgement(truth, "every statement is for fixed principals or values")
    deciding = [one for one in found if one.truth is truth]
    unknowns = distinct(unknown for one in deciding for unknown in one.unknowns) if truth is Truth.UNKNOWN else ()
    return Judgement(truth, deciding[0].reason, unknowns)


def _statement(statement: Statement, access_point: bool) -> Judgement:
    if statement.effect is Effect.DENY:
        return Judgement(Truth.NO)
    everyone = _for_everyone(statement)
    narrowed = _narrowed(statement, access_point)
    truth = everyone & ~narrowed
    if statement.uncertain or statement.effect is None:
        truth &= Truth.UNKNOWN
    name = "a statement without a Sid" if statement.sid is None else f'statement "{spell(statement.sid)}"'
    keys = [] if isinstance(statement.conditions, Unknown) else [spell(c.key) for c in statement.conditions]
    words = f"{name} {'allows' if everyone is Truth.YES else 'may allow'} everyone"
    if keys:
        words += (
            f", and S3 does not say whether {listed(keys)} narrows it enough"
            if truth is not Truth.YES
            else (f"; {listed(keys)} has no fixed value")
        )
    if truth is not Truth.UNKNOWN:
        return Judgement(truth, words)
    own = (*statement.unread, *([statement.existence] if statement.existence is not None else []))
    return Judgement(truth, words, own or (Unknown(words, words, origin=statement.origin),))


def _for_everyone(statement: Statement) -> Truth:
    if statement.not_principals is not None:
        return Truth.YES
    if not isinstance(statement.principals, tuple):
        return Truth.UNKNOWN
    return any_of(_everyone(principal) for principal in statement.principals)


def _everyone(named: Principal) -> Truth:
    if named.kind is PrincipalKind.FEDERATED:  # a web identity provider has the world for its users
        return Truth.YES if named.account is None else Truth.UNKNOWN
    if named.kind is PrincipalKind.UNKNOWN:
        return Truth.UNKNOWN
    return Truth.of(named.kind is PrincipalKind.PUBLIC)


def _narrowed(statement: Statement, access_point: bool) -> Truth:
    """Whether a condition limits it to fixed values."""
    if isinstance(statement.conditions, Unknown):
        return Truth.UNKNOWN
    return any_of(_fixes(condition, access_point) for condition in statement.conditions)


def _fixes(condition: Condition, access_point: bool) -> Truth:
    key, operator = known(condition.key), condition.operator.removeprefix("ForAnyValue:")
    if key is None or key.lower() not in _FIXING or operator not in _POSITIVE:
        return Truth.UNKNOWN
    if access_point and key.lower() == "s3:dataaccesspointarn":
        return Truth.NO
    if isinstance(condition.values, Unknown) or not condition.values:
        return Truth.UNKNOWN
    return all_of(_fixed(key.lower(), value) for value in condition.values)


def _fixed(key: str, value: TextLike) -> Truth:
    text = known(value)
    if text is None and any(isinstance(p, Unknown) and p.shape.admits("*") for p in pieces_of(value)):
        return Truth.UNKNOWN
    if key == "aws:sourceip":
        return Truth.UNKNOWN if text is None else _narrow_range(text)
    if not _varies(value):
        return Truth.YES
    if key in _ARNS and isinstance(arn := parse_arn(value), Arn) and not _varies(arn.account):
        # for access points a wildcard in the name is documented as fixed; for other ARNs nothing is said
        return Truth.YES if key == "s3:dataaccesspointarn" else Truth.UNKNOWN
    return Truth.UNKNOWN if key == "aws:userid" else Truth.NO


def _varies(value: TextLike) -> bool:
    return any(isinstance(p, str) and ("*" in p or "?" in p or "${" in p) for p in pieces_of(value))


def _narrow_range(text: str) -> Truth:
    """IPv4 ranges broader than /8 and IPv6 ranges broader than /32 are public."""
    block = network(text)
    if block is None:
        return Truth.UNKNOWN
    from ipaddress import IPv4Network

    private = isinstance(block, IPv4Network) and any(block.subnet_of(IPv4Network(one)) for one in _PRIVATE)
    return Truth.of(private or block.prefixlen >= (32 if block.version == 6 else 8))
