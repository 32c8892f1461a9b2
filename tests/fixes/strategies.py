"""Hostile statements: any text in any place."""

from __future__ import annotations

from hypothesis import strategies as st

from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.unknown import Unknown

_PIECES = [
    "${",
    "$${",
    "$$${",
    "%{",
    "%%{",
    "$",
    "%",
    "{",
    "}",
    "&{",
    "~}",
    "${~",
    '"',
    "\\",
    "EOF",
    "<<EOF\n",
]
_PIECES += ["\n", "\r\n", "\t", "\x00", "\x1b[31m", "\u202e", "\ufeff", "\ud800", "\x85", "\u2028"]
_PIECES += ["#", "//", "/*", "=", "😀", "é", "e\u0301", "日本"]
_FORBIDDEN = "\ue000\ue001"

characters = st.text(st.characters(exclude_characters=_FORBIDDEN), max_size=8)
texts = st.lists(st.sampled_from(_PIECES) | characters, max_size=5).map("".join)

_REFERENCES = [
    "aws_kms_key.data.arn",
    'aws_s3_bucket.b["x y/z"].arn',
    "aws_s3_bucket.b[0].id",
    "data.aws_caller_identity.current.account_id",
    "var.partner_account_id",
    "module.lake.key_arn",
    'module.lake["a"].aws_kms_key.data.arn',
    "provider.aws.account_id",
    'join(",", var.x)',
]
holes = (st.sampled_from(_REFERENCES) | texts.filter(bool)).map(lambda identity: Unknown(identity, "a test"))
values = st.lists(texts | holes, min_size=1, max_size=4).map(join_text)


lists = values | st.lists(values, max_size=4)
leaves = values | st.booleans() | st.integers() | st.none()
principals = st.just("*") | st.dictionaries(texts, lists, max_size=3)
conditions = st.dictionaries(
    texts, st.dictionaries(texts, lists | st.booleans() | st.integers(), max_size=3), max_size=3
)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": lists, "Resource": lists},
    optional={"Sid": values, "Principal": principals, "NotPrincipal": principals, "Condition": conditions},
)
anything = st.dictionaries(
    texts,
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)),
)
