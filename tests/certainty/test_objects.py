"""Which objects a gate is for: an error says that no object at all gets through."""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    DECRYPT,
    GET,
    KEY_ARN,
    OWN_DECRYPT,
    OWN_GET,
    PARTNER,
    READER,
    Case,
    allow,
    deny,
    document,
    encryption,
    findings,
    hold,
    role,
    root,
    table,
    undetermined,
)
from tests.cli.support import check, write


def below(*prefixes: str) -> list[str]:
    return ["${aws_s3_bucket.data.arn}/" + prefix for prefix in prefixes]


def object_policy(actions: str, *prefixes: str, principal: str | None = READER) -> str:
    return allow(actions, below(*prefixes)[0], principal) if len(prefixes) == 1 else many(actions, prefixes, principal)


def many(actions: str, prefixes: tuple[str, ...], principal: str | None = READER) -> str:
    return allow(actions, principal=principal, Resource=below(*prefixes))


BOTH_WAYS = document(ADMINISTRATOR, allow("kms:Decrypt kms:GenerateDataKey"))
IN_AND_OUT = document(object_policy("s3:GetObject", "in/*"), object_policy("s3:PutObject", "out/*"))
TEN = tuple(f"team{number}/*" for number in range(10))
OTHER_TEN = tuple(f"shop{number}/*" for number in range(10))
WHOLE_ACCOUNT = document(allow("s3:GetObject s3:PutObject", below("*")[0], ACCOUNT))


def context(pattern: str) -> dict[str, dict[str, dict[str, str]]]:
    return {"Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": pattern}}}


def role_in_partner(name: str) -> str:
    return f"arn:aws:iam::{PARTNER}:role/{name}"


CASES = [
    Case("the base is open", root()),
    Case(
        "reading some objects and writing others is open",
        root(
            key=BOTH_WAYS,
            bucket_policy=IN_AND_OUT,
            consumer=role(
                object_policy("s3:GetObject", "in/*", principal=None),
                object_policy("s3:PutObject", "out/*", principal=None),
                allow("kms:Decrypt kms:GenerateDataKey", KEY_ARN, None),
            ),
        ),
    ),
    Case(
        "who writes other objects than it reads still needs the data key",
        root(
            bucket_policy=IN_AND_OUT,
            consumer=role(
                allow("s3:GetObject s3:PutObject", below("*")[0], None),
                allow("kms:Decrypt kms:GenerateDataKey", KEY_ARN, None),
            ),
        ),
        findings=(f"KP003 {READER} high",),
    ),
    Case(
        "an account reads by one role and writes by another",
        root(
            key=document(
                ADMINISTRATOR,
                allow("kms:Decrypt", principal=role_in_partner("reading")),
                allow("kms:GenerateDataKey", principal=role_in_partner("writing")),
            ),
            bucket_policy=WHOLE_ACCOUNT,
            consumer="",
        ),
    ),
    Case(
        "an account that reads by one role and may write by none is denied",
        root(
            key=document(ADMINISTRATOR, allow("kms:Decrypt", principal=role_in_partner("reading"))),
            bucket_policy=WHOLE_ACCOUNT,
            consumer="",
        ),
        findings=(f"KP001 {ACCOUNT} high",),
    ),
    Case(
        "ten prefixes that are the same ten are open",
        root(
            bucket_policy=document(many("s3:GetObject", TEN)),
            consumer=role(many("s3:GetObject", TEN, None), OWN_DECRYPT),
        ),
    ),
    Case(
        "one common prefix of ten is enough to be no error",
        root(
            bucket_policy=document(many("s3:GetObject", TEN)),
            consumer=role(many("s3:GetObject", (*OTHER_TEN[:9], TEN[9]), None), OWN_DECRYPT),
        ),
        perhaps=(f"identity-s3 {READER}",),
    ),
    Case(
        "roles of an account that only the bucket policy lets in are stopped by the key policy, not by the bucket's",
        root(
            bucket_policy=document(
                allow(
                    "s3:GetObject",
                    below("*")[0],
                    ACCOUNT,
                    Condition={"ArnLike": {"aws:PrincipalArn": role_in_partner("other-*")}},
                )
            ),
            consumer="",
        ),
        findings=(f"KP001 {ACCOUNT} high",),
        perhaps=(f"bucket-policy {ACCOUNT}",),
    ),
    Case(
        "patterns that meet in some object are open",
        root(
            bucket_policy=document(object_policy("s3:GetObject", "data/*")),
            consumer=role(object_policy("s3:GetObject", "*.csv", principal=None), OWN_DECRYPT),
        ),
    ),
    Case(
        "a Deny of every object but some is no denial of all",
        root(
            bucket_policy=document(
                GET, deny("s3:GetObject", principal="*", Resource=None, NotResource=below("public/*"))
            )
        ),
        perhaps=(f"bucket-policy {READER}",),
    ),
    Case(
        "a Deny of the role of every object but some is no denial of all",
        root(
            consumer=role(
                OWN_GET, OWN_DECRYPT, deny("s3:*", principal=None, Resource=None, NotResource=below("public/*"))
            )
        ),
        perhaps=(f"identity-s3 {READER}",),
    ),
    Case(
        "a Deny of a prefix is no denial of all",
        root(bucket_policy=document(GET, deny("s3:GetObject", below("secret/*")[0], "*"))),
        perhaps=(f"bucket-policy {READER}",),
    ),
    Case(
        "a Deny of every object is one",
        root(bucket_policy=document(GET, deny("s3:GetObject", below("*")[0], "*"))),
        findings=(f"BP004 {READER} high",),
    ),
    Case(
        "a key policy for the encryption context of a prefix is no denial of all",
        root(key=document(ADMINISTRATOR, allow("kms:Decrypt", **context("arn:aws:s3:::acme-shared-data/team/*")))),
        perhaps=(f"key-policy {READER}",),
    ),
    Case(
        "a role's permission for the encryption context of a prefix is no denial of all",
        root(consumer=role(OWN_GET, allow("kms:Decrypt", KEY_ARN, None, **context(below("team/*")[0])))),
        perhaps=(f"identity-kms {READER}",),
    ),
    Case(
        "an encryption context of the prefix that is shared is open",
        root(
            key=document(ADMINISTRATOR, allow("kms:Decrypt", **context("arn:aws:s3:::acme-shared-data/team/*"))),
            bucket_policy=document(object_policy("s3:GetObject", "team/*")),
            consumer=role(object_policy("s3:GetObject", "team/*", principal=None), OWN_DECRYPT),
        ),
    ),
    Case(
        "an encryption context of another bucket is a denial",
        root(key=document(ADMINISTRATOR, allow("kms:Decrypt", **context("arn:aws:s3:::acme-other-data/*")))),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "SSE-S3 buckets are silent even where a policy mentions a key",
        root(key=document(ADMINISTRATOR), consumer="", encrypted=encryption('sse_algorithm = "AES256"')),
    ),
    Case(
        "an algorithm that is not known is no SSE-S3 and no KMS",
        root(
            key=document(ADMINISTRATOR),
            encrypted=encryption(
                'sse_algorithm = var.flag ? "aws:kms" : "AES256"\nkms_master_key_id = aws_kms_key.data.arn'
            ),
        ),
        undetermined=(f"key-policy {READER}",),
    ),
    Case(
        "buckets with a prefix for a name are told apart",
        root(
            bucket='resource "aws_s3_bucket" "data" { bucket_prefix = "acme-" }\n'
            'resource "aws_s3_bucket" "logs" { bucket_prefix = "acme-" }\n'
            'resource "aws_s3_bucket_policy" "logs" {\nbucket = aws_s3_bucket.logs.id\n'
            f"policy = {document(deny('s3:*', '${aws_s3_bucket.logs.arn}/*', '*'))}\n}}",
            key=document(ADMINISTRATOR),
        ),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "a role that may use another bucket of the same prefix may not use this one",
        root(
            bucket='resource "aws_s3_bucket" "data" { bucket_prefix = "acme-" }\n'
            'resource "aws_s3_bucket" "logs" { bucket_prefix = "acme-" }\n',
            key=document(ADMINISTRATOR, DECRYPT),
            consumer=role(allow("s3:GetObject", "${aws_s3_bucket.logs.arn}/*", None), OWN_DECRYPT),
        ),
        findings=(f"ID001 {READER} medium",),
        said=("presumed: no policy is attached to aws_iam_role.reader elsewhere",),
    ),
]


APART = root(
    bucket_policy=document(object_policy("s3:GetObject", "in/*")),
    consumer=role(object_policy("s3:GetObject", "out/*", principal=None), OWN_DECRYPT),
)


@table(CASES)
def test_the_objects_that_get_through_decide(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


def test_prefixes_that_meet_in_no_object_are_never_called_open(tmp_path: Path) -> None:
    ran = check(write(tmp_path, {"main.tf": APART}))
    assert set(findings(ran)) <= {f"ID001 {READER} medium", f"BP001 {READER} high"}
    assert findings(ran) or undetermined(ran) == [f"identity-s3 {READER}"]
