"""The accounts that a plan or state betrays: who it was made by, and the ARNs of what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from tf_kms_guard.terraform.plan.model import Recorded
from tf_kms_guard.terraform.plan.overlay import Overlay, instance_at
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace

_OWN: Final = frozenset(
    (
        "aws_kms_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_alias",
        "aws_iam_role",
        "aws_iam_user",
        "aws_iam_policy",
        "aws_iam_instance_profile",
        "aws_sns_topic",
        "aws_sqs_queue",
        "aws_lambda_function",
        "aws_dynamodb_table",
        "aws_cloudwatch_log_group",
    )
)
"""Managed resources that always live in the account of their provider configuration, and whose ARN names it."""

_FOUND: Final = frozenset(("aws_iam_role", "aws_iam_user"))
"""Data sources that look into the account of their provider configuration alone."""

_REGIONAL: Final = frozenset(("aws_kms_key", "aws_kms_alias", "aws_s3_bucket"))

_DIGITS: Final = 12


def recorded_accounts(workspace: Workspace) -> Mapping[str, tuple[str, str]]:
    """By provider name the account id that a plan or state knows, and the words for how.

    A provider configuration for which it names several accounts is left out.
    """
    overlay = workspace.overlay
    if overlay is None:
        return {}
    found: dict[str, dict[str, str]] = {}
    for recorded, account in _betrayals(overlay):
        instance = instance_at(workspace.root, recorded.module)
        key = (recorded.mode, recorded.type, recorded.name)
        if instance is not None and key in instance.module.resources:
            provider = instance.provider_of(key, instance.module.resources[key].block)
            found.setdefault(provider.name, {}).setdefault(account, f"{recorded.address} in {overlay.record.path}")
    return {name: next(iter(ids.items())) for name, ids in found.items() if len(ids) == 1}


def recorded_regions(workspace: Workspace) -> Mapping[str, Collection[str]]:
    """By provider name the Regions of the buckets and keys that a plan or state knows."""
    found: dict[str, set[str]] = {}
    overlay = workspace.overlay
    for one in () if overlay is None else overlay.evidence():
        instance = None
        if one.mode == "managed" and one.type in _REGIONAL and one.values is not None:
            instance = instance_at(workspace.root, one.module)
        key = (one.mode, one.type, one.name)
        if instance is None or key not in instance.module.resources:
            continue
        assert one.values is not None
        provider = instance.provider_of(key, instance.module.resources[key].block)
        found.setdefault(provider.name, set()).update(_regions_in(one.values))
    return found


def _regions_in(values: Mapping[str, Value]) -> Iterator[str]:
    """The Region of a resource: as it is recorded, and as its ARN names it."""
    region, arn = values.get("region"), values.get("arn")
    if isinstance(region, str):
        yield region
    fields = arn.split(":") if isinstance(arn, str) else []
    if len(fields) > 5 and fields[3]:
        yield fields[3]


def _betrayals(overlay: Overlay) -> Iterator[tuple[Recorded, str]]:
    """What betrays an account, and which; who asks for its own identity first."""
    everything = list(overlay.evidence())
    callers = [one for one in everything if one.mode == "data" and one.type == "aws_caller_identity"]
    for one in callers:
        account = None if one.values is None else one.values.get("account_id")
        if _is_account(account):
            yield one, str(account)
    for one in everything:
        if one.type in (_OWN if one.mode == "managed" else _FOUND):
            for values in (one.values, one.before):
                arn = None if values is None else values.get("arn")
                fields = arn.split(":") if isinstance(arn, str) else []
                if len(fields) > 5 and _is_account(fields[4]):
                    yield one, fields[4]


def _is_account(value: object) -> bool:
    return isinstance(value, str) and len(value) == _DIGITS and value.isascii() and value.isdigit()
