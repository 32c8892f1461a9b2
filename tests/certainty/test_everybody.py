"""Of an account only some identities are asked about: the outcome is the same as if every one of them were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certainty.roots import OWNER_PROVIDER, PARTNER_PROVIDER, allow, deny, document
from tests.cli.support import OWNER, PARTNER
from tf_kms_guard.cli.run import RunOptions, builder_of, read_target
from tf_kms_guard.cli.targets import Target
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.contenders import Member, members
from tf_kms_guard.estate.model import Bucket, Estate
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.estate.passages import furthest
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth

ROLES = ("reader", "team/writer", "Reader2")
ROOT = f"arn:aws:iam::{PARTNER}:root"
OBJECTS = [f"arn:aws:s3:::{name}" for name in ("one/*", "one/a/*", "two/*", "two/b/*", "*", "o*/c/*", "one/*.csv")]
WHO = [
    ROOT,
    *(f"arn:aws:iam::{PARTNER}:role/{name}" for name in (*ROLES, "gone")),
    f"arn:aws:sts::{PARTNER}:assumed-role/reader/x",
    "AROAIIIIIIIIIIIIIIIII",
    "${var.who}",
    "*",
]
CONDITIONS: list[dict[str, dict[str, str]] | None] = [
    None,
    None,
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/team/*"}},
    {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/read*"}},
    {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/reader"}},
    {"StringEquals": {"aws:PrincipalAccount": PARTNER}},
    {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
    {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::*/a/*"}},
]
EVERYTHING = allow("s3:* kms:*", "*", None)
"""What most roles have, so that the owner's side decides who comes furthest."""


@st.composite
def statements(draw: st.DrawFn, actions: list[str], resources: list[str], *, named: bool) -> str:
    """One statement of a policy, with a principal where ``named``."""
    make = draw(st.sampled_from((allow, allow, allow, allow, deny)))
    more: dict[str, object] = {"Condition": draw(st.sampled_from(CONDITIONS))} if named else {}
    if not named or draw(st.integers(0, 9)):
        principal = draw(st.sampled_from(WHO)) if named else None
    else:
        principal, more["NotPrincipal"] = None, {"AWS": [ROOT, draw(st.sampled_from(WHO[1:4]))]}
    return make(draw(st.sampled_from(actions)), draw(st.sampled_from(resources)), principal, **more)


@st.composite
def roots(draw: st.DrawFn) -> str:
    """A root module with two buckets, their keys, and roles of the other account."""
    objects = ["s3:GetObject", "s3:PutObject", "s3:GetObject s3:PutObject", "s3:*"]
    keys = ["kms:Decrypt", "kms:GenerateDataKey", "kms:*"]
    parts = [OWNER_PROVIDER, PARTNER_PROVIDER, 'variable "who" {}']
    administrator = allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root")
    for name in ("one", "two"):
        own = [f"arn:aws:s3:::{name}/{keys}" for keys in ("*", "*", "a/*", "*.csv", "${aws:username}/*")]
        own = [one.replace("${aws", "$${aws") for one in own]
        meant = [allow("s3:GetObject s3:PutObject", draw(st.sampled_from(own[:3])), ROOT)]
        policy = document(*meant, *draw(st.lists(statements(objects, own, named=True), max_size=3)))
        key = document(administrator, *draw(st.lists(statements(keys, ["*"], named=True), max_size=3)))
        parts.append(f"""
resource "aws_s3_bucket" "{name}" {{ bucket = "{name}" }}
resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = {policy}
}}
resource "aws_kms_key" "{name}" {{ policy = {key} }}
resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    bucket_key_enabled = {draw(st.sampled_from(("true", "false", "false")))}
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.{name}.arn
    }}
  }}
}}
""")
    if draw(st.booleans()):
        parts.append(f"""
resource "aws_kms_grant" "one" {{
  key_id            = aws_kms_key.one.arn
  grantee_principal = "{draw(st.sampled_from(WHO[1:4]))}"
  operations        = ["Decrypt", "GenerateDataKey"]
}}
""")
    for number, role in enumerate(ROLES):
        path, _, name = role.rpartition("/")
        own = draw(st.lists(statements([*objects, *keys], [*OBJECTS, "*"], named=False), max_size=3))
        own += draw(st.sampled_from(([], [EVERYTHING], [EVERYTHING])))
        parts.append(f"""
resource "aws_iam_role" "r{number}" {{
  provider           = aws.partner
  name               = "{name}"
  path               = "/{path + "/" if path else ""}"
  assume_role_policy = "{{}}"
}}
resource "aws_iam_role_policy" "r{number}" {{
  provider = aws.partner
  role     = aws_iam_role.r{number}.id
  policy   = {document(*own)}
}}
""")
    return "\n".join(parts)


def _built(text: str) -> EstateBuilder:
    with TemporaryDirectory() as place:
        (Path(place) / "main.tf").write_text(text, encoding="utf-8")
        builder = builder_of([read_target(Target(Path(place)), RunOptions(), ModuleReader())])
        builder.estate({})
    return builder


def _everybody(bucket: Bucket, outsider: Outsider, estate: Estate, world: World) -> Iterator[Member]:
    """What ``members`` leaves out nobody of."""
    yield from members(bucket, outsider, estate, world)
    for identity in estate.identities:
        account = identity.principal.account
        assert account is not None
        assert outsider.principal.account is not None
        if equal(account, outsider.principal.account, world) is not Truth.NO:
            yield identity.principal, identity


_READER = f"arn:aws:iam::{PARTNER}:role/reader"
_BY_CONDITION: list[dict[str, dict[str, str]]] = [
    {"ArnEquals": {"aws:PrincipalArn": _READER}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/re*"}},
    {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/team/*"}},
    {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
]


@pytest.mark.parametrize(
    "statement",
    [
        allow("kms:*", principal=_READER),
        allow("kms:*", principal="AROAIIIIIIIIIIIIIIIII"),
        *(allow("kms:*", principal=ROOT, Condition=condition) for condition in _BY_CONDITION),
        allow("kms:*", principal=ROOT, Condition={"StringLike": {"kms:EncryptionContext:aws:s3:arn": "*/a/*"}}),
    ],
)
def test_a_role_is_asked_about_that_the_key_lets_in_and_not_its_whole_account(statement: str) -> None:
    builder = _built(f"""
{OWNER_PROVIDER}
{PARTNER_PROVIDER}
resource "aws_s3_bucket" "one" {{ bucket = "one" }}
resource "aws_s3_bucket_policy" "one" {{
  bucket = aws_s3_bucket.one.id
  policy = {document(allow("s3:GetObject", "arn:aws:s3:::one/*", ROOT))}
}}
resource "aws_kms_key" "one" {{
  policy = {document(allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root"), statement)}
}}
resource "aws_s3_bucket_server_side_encryption_configuration" "one" {{
  bucket = aws_s3_bucket.one.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.one.arn
    }}
  }}
}}
resource "aws_iam_role" "reader" {{
  provider           = aws.partner
  name               = "reader"
  assume_role_policy = "{{}}"
}}
resource "aws_iam_role_policy" "reader" {{
  provider = aws.partner
  role     = aws_iam_role.reader.id
  policy   = {document(allow("s3:GetObject", "arn:aws:s3:::one/a/*", None), allow("kms:*", "*", None))}
}}
""")
    estate = builder.estate({})
    (bucket,) = estate.buckets
    account = next(one for one in builder.outsiders(bucket, estate) if one.principal.kind is PrincipalKind.ACCOUNT)
    place = (bucket, account, estate, estate.world, Intent.READ)
    way = furthest(*place, members(bucket, account, estate, estate.world))
    assert spell(way.principal.value) == _READER


@given(roots())
@settings(max_examples=50, deadline=None)
def test_nobody_who_is_left_out_comes_further(text: str) -> None:
    builder = _built(text)
    estate = builder.estate({})
    accounts = 0
    for bucket in estate.buckets:
        for outsider in builder.outsiders(bucket, estate):
            if outsider.principal.kind is not PrincipalKind.ACCOUNT:
                continue
            accounts += 1
            for world in (estate.world, estate.world.certain()):
                for intent in (Intent.READ, Intent.WRITE):
                    place = (bucket, outsider, estate, world, intent)
                    asked = furthest(*place, members(bucket, outsider, estate, world))
                    told = furthest(*place, _everybody(bucket, outsider, estate, world))
                    assert spell(asked.principal.value) == spell(told.principal.value)
                    assert spell(asked.object_key) == spell(told.object_key)
                    for one, other in zip(asked.gates, told.gates, strict=True):
                        assert (one.gate, one.verdict, one.foreign) == (other.gate, other.verdict, other.foreign)
    assert accounts >= 2
