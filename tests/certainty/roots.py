"""Small root modules in a compact form, and what must be said about them.

Every root shares a base: account 111122223333 owns a bucket that is encrypted with a KMS key, account 444455556666
has a role that reads it, and every gate is open. A case replaces a piece of it. ``Case`` holds a sentence about
behaviour, the root, and the expectation, which is worked out by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import OWNER, PARTNER, Ran, check, write

THIRD = "777788889999"
READER = f"arn:aws:iam::{PARTNER}:role/reader"
ACCOUNT = f"arn:aws:iam::{PARTNER}:root"
OUTSIDE = f"arn:aws:iam::{THIRD}:root"

OBJECTS = "${aws_s3_bucket.data.arn}/*"
KEY_ARN = "${aws_kms_key.data.arn}"


def provider(body: str = "", alias: str | None = None, region: str | None = '"eu-west-1"') -> str:
    """A provider configuration; ``region`` is an expression."""
    lines = [f'alias = "{alias}"' if alias else "", f"region = {region}" if region else "", body]
    return 'provider "aws" {\n' + "\n".join(line for line in lines if line) + "\n}\n"


def account(number: str) -> str:
    """What a provider configuration says to be for one account."""
    return f'allowed_account_ids = ["{number}"]'


def statement(effect: str, actions: str, resource: str = "*", principal: str | None = READER, **more: Any) -> str:
    """A statement in HCL; ``more`` are further elements."""
    elements: dict[str, Any] = {"Effect": effect, "Action": actions.split(), "Resource": resource}
    if principal is not None:
        elements["Principal"] = principal if principal == "*" else {"AWS": principal}
    elements.update(more)
    return json.dumps({name: value for name, value in elements.items() if value is not None})


def allow(actions: str, resource: str = "*", principal: str | None = READER, **more: Any) -> str:
    """An Allow statement."""
    return statement("Allow", actions, resource, principal, **more)


def deny(actions: str, resource: str = "*", principal: str | None = READER, **more: Any) -> str:
    """A Deny statement."""
    return statement("Deny", actions, resource, principal, **more)


def document(*statements: str) -> str:
    """A policy of statements, as an HCL expression."""
    return 'jsonencode({ Version = "2012-10-17", Statement = [' + ", ".join(statements) + "] })"


ADMINISTRATOR = allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root")
DECRYPT = allow("kms:Decrypt")
GET = allow("s3:GetObject", OBJECTS)
OWN_GET = allow("s3:GetObject", OBJECTS, None)
OWN_DECRYPT = allow("kms:Decrypt", KEY_ARN, None)

OPEN_KEY = document(ADMINISTRATOR, DECRYPT)
CLOSED_KEY = document(ADMINISTRATOR)
OPEN_BUCKET = document(GET)

OWNER_PROVIDER = provider(account(OWNER))
PARTNER_PROVIDER = provider(account(PARTNER), "partner")
VARIABLES = """
variable "text" {}
variable "flag" { type = bool }
variable "list" { type = list(string) }
"""
BUCKET = 'resource "aws_s3_bucket" "data" { bucket = "acme-shared-data" }'
CALLER = 'data "aws_caller_identity" "me" {}\n'
OWN_ROOT = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"


def encryption(
    inner: str = 'sse_algorithm = "aws:kms"\nkms_master_key_id = aws_kms_key.data.arn', rule: str = ""
) -> str:
    """The encryption of the bucket by default."""
    return f"""
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {{
  bucket = aws_s3_bucket.data.id
  rule {{
    {rule}
    apply_server_side_encryption_by_default {{
      {inner}
    }}
  }}
}}
"""


def role(*statements: str, name: str = "reader", provider: str | None = "aws.partner", label: str | None = None) -> str:
    """A role with an inline policy of statements."""
    label, place = label or name, f"provider = {provider}" if provider else ""
    policy = f"""
resource "aws_iam_role_policy" "{label}" {{
  {place}
  role   = aws_iam_role.{label}.id
  policy = {document(*statements)}
}}
"""
    return f"""
resource "aws_iam_role" "{label}" {{
  {place}
  name               = "{name}"
  assume_role_policy = "{{}}"
}}
{policy if statements else ""}"""


READING_ROLE = role(OWN_GET, OWN_DECRYPT)


def root(
    *,
    key: str | None = OPEN_KEY,
    key_more: str = "",
    bucket_policy: str | None = OPEN_BUCKET,
    bucket_policy_more: str = "",
    consumer: str = READING_ROLE,
    bucket: str = BUCKET,
    encrypted: str = encryption(),
    owner: str = OWNER_PROVIDER,
    partner: str = PARTNER_PROVIDER,
    more: str = "",
) -> str:
    """The base with some of its pieces replaced. ``key`` and ``bucket_policy`` are expressions, or None for none."""
    pieces = [VARIABLES, owner, partner, bucket, encrypted, consumer, more]
    argument = "" if key is None else f"policy = {key}"
    pieces.append(f'resource "aws_kms_key" "data" {{\n{argument}\n{key_more}\n}}')
    if bucket_policy is not None:
        pieces.append(
            'resource "aws_s3_bucket_policy" "data" {\nbucket = aws_s3_bucket.data.id\n'
            f"policy = {bucket_policy}\n{bucket_policy_more}\n}}"
        )
    return "\n".join(pieces) + "\n"


def documented_key(*blocks: str, arguments: str = "", more: str = "") -> dict[str, str]:
    """The key's policy as a data source: the owner's statement, and ``blocks``."""
    administrator = f"""
  statement {{
    actions   = ["kms:*"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["arn:aws:iam::{OWNER}:root"]
    }}
  }}
"""
    source = f'data "aws_iam_policy_document" "key" {{\n{arguments}\n{administrator}\n{"".join(blocks)}\n}}\n{more}'
    return {"key": "data.aws_iam_policy_document.key.json", "more": source}


PRINCIPALS = f"""
    principals {{
      type        = "AWS"
      identifiers = ["{READER}"]
    }}
"""


def block(inner: str, effect: str = "Allow", sid: str = "", action: str = "kms:Decrypt") -> str:
    """A statement of a policy document data source."""
    name = f'sid = "{sid}"' if sid else ""
    return (
        f'  statement {{\n    {name}\n    effect = "{effect}"\n'
        f'    actions = ["{action}"]\n    resources = ["*"]\n{inner}\n  }}\n'
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, a root module, and what must be said: ``RULE principal confidence`` and ``gate principal``."""

    sentence: str
    root: str
    findings: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """Texts that the report has to contain."""
    perhaps: tuple[str, ...] = ()
    """Gates that some objects pass and some do not: to leave them undetermined is as right as to say nothing."""


def table(cases: list[Case]) -> pytest.MarkDecorator:
    """The cases as parameters of a test, each under its sentence."""
    return pytest.mark.parametrize("case", cases, ids=[case.sentence.replace(" ", "_") for case in cases])


def findings(ran: Ran) -> list[str]:
    """The findings of a report in JSON, as a case spells them."""
    return sorted(
        f"{one['rule']} {one['principal'] and one['principal']['value']} {one['confidence']}"
        for one in ran.json["findings"]
    )


def undetermined(ran: Ran) -> list[str]:
    """What a report in JSON leaves undetermined, as a case spells it."""
    return sorted(f"{one['gate']} {one['principal']}" for one in ran.json["undetermined"])


def hold(case: Case, directory: Path) -> None:
    """Check a case: exactly the findings and the undetermined gates that it names, and every text that it asks for."""
    ran = check(write(directory, {"main.tf": case.root}), *case.arguments)
    left_open = [gate for gate in undetermined(ran) if gate not in case.perhaps]
    assert (findings(ran), left_open) == (sorted(case.findings), sorted(case.undetermined))
    assert [error for error in ran.json["errors"] if error["kind"] == "syntax"] == []
    assert [text for text in case.said if text not in ran.out] == []


def all_gates(principal: str = READER) -> tuple[str, ...]:
    """All four gates of a principal, undetermined."""
    return tuple(f"{gate} {principal}" for gate in ("bucket-policy", "key-policy", "identity-s3", "identity-kms"))
