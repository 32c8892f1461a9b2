"""AWS managed policies, as far as they speak of S3, KMS and STS.

The table beside this file is data with its source and date in it; ``tools/reduce_managed_policies.py`` makes
it.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import Any

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.unknown import Unknown


def managed_policy(arn: TextLike) -> Document | Unknown | None:
    """What an AWS managed policy says about S3, KMS and STS (statements on other services are left out).

    ``None``: not the ARN of an AWS managed policy. An ``Unknown``: it is one that is not in the table, or it
    cannot be told whether it is one.
    """
    parsed = parse_arn(arn)
    if not isinstance(parsed, Arn):
        return parsed
    account, resource = known(parsed.account), known(parsed.resource)
    service = known(parsed.service)
    if (service is not None and service != "iam") or (account is not None and account != "aws"):
        return None
    if account is None or resource is None or service is None:
        if not isinstance(parsed.account, Unknown) or parsed.account.shape.admits("aws"):
            return Unknown(f"policy {spell(arn)}", f"which managed policy {spell(arn)} is cannot be told")
        return None
    if not resource.startswith("policy/"):
        return None
    name = resource.rsplit("/", 1)[-1]
    document = _document(name)
    if document is not None:
        return document
    because = f"the AWS managed policy {name} is not in the table of {table_date()}"
    return Unknown(f"managed policy {name}", because)


def managed_policy_version(name: str) -> str | None:
    """The version (``v12``) of the policy of that name in the table."""
    policy = _table()["policies"].get(name)
    return None if policy is None else str(policy["version"])


def table_date() -> str:
    """The day on which the table was current (``YYYY-MM-DD``)."""
    return str(_table()["date"])


@lru_cache(maxsize=256)
def _document(name: str) -> Document | None:
    policy = _table()["policies"].get(name)
    return None if policy is None else parse_document(policy["document"])


@cache
def _table() -> dict[str, Any]:
    import json

    path = os.path.join(os.path.dirname(__file__), "managed_policies.json")
    with open(path, encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    return table
