"""The AWS provider's functions on ARNs: ``provider::aws::arn_parse``, ``arn_build`` and ``trim_iam_role_path``.

They depend on nothing but their arguments, so that they need no provider. What the provider's configuration is
called does not matter either; a function of another provider, or one that is not here, gives a free value.
Source: the functions' pages in the AWS provider's documentation, and how the AWS SDK for Go takes an ARN apart:
``arn:``, then five more parts at ``:``, of which the last may hold further colons.
"""

from __future__ import annotations

from typing import Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import Kind, NotKnown, Parameter, function, refuse_huge
from tf_kms_guard.terraform.functions.searching import starts_with
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, join_text, known, pieces_of, split_text
from tf_kms_guard.values.truth import Truth

_TEXT: Final = Parameter.TEXT
_LONGEST: Final = 100_000
_PARTS: Final = ("partition", "service", "region", "account_id", "resource")


@function("provider::aws::arn_parse", Kind.SEARCHING, _TEXT)
def arn_parse(arn: TextLike) -> Value:
    """The parts of an ARN, each with the holes that lie in it."""
    return dict(zip(_PARTS, _parts(arn), strict=True))


@function("provider::aws::arn_build", Kind.STRUCTURAL, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT)
def arn_build(partition: TextLike, service: TextLike, region: TextLike, account: TextLike, resource: TextLike) -> Value:
    """The ARN of these parts. Nothing about them is checked."""
    return join_text(["arn:", partition, ":", service, ":", region, ":", account, ":", resource])


@function("provider::aws::trim_iam_role_path", Kind.SEARCHING, _TEXT)
def trim_iam_role_path(arn: TextLike) -> Value:
    """The ARN of a role without the path before its name."""
    partition, service, region, account, resource = _parts(arn)
    for part, wanted in ((service, "iam"), (region, "")):
        if known(part) is None:
            raise NotKnown(arn)
        if known(part) != wanted:
            raise EvaluationError("this is no ARN of an IAM role")
    is_role = starts_with(resource, "role/")
    if is_role is Truth.UNKNOWN:
        raise NotKnown(arn)
    if is_role is Truth.NO:
        raise EvaluationError("this is no ARN of an IAM role")
    refuse_huge(sum(len(piece) for piece in pieces_of(resource) if isinstance(piece, str)), _LONGEST)
    path = split_text(resource, "/")
    if path is None:
        raise NotKnown(arn)
    return join_text(["arn:", partition, ":iam::", account, ":role/", path[-1]])


def _parts(arn: TextLike) -> list[TextLike]:
    """Partition, service, region, account and resource. Raises :class:`NotKnown` or ``EvaluationError``."""
    is_arn = starts_with(arn, "arn:")
    if is_arn is Truth.NO:
        raise EvaluationError("an ARN starts with arn:")
    parts = split_text(arn, ":", 5)
    if is_arn is Truth.UNKNOWN or parts is None:
        raise NotKnown(arn)
    if len(parts) < 6:
        raise EvaluationError("an ARN has six parts")
    return parts[1:]
