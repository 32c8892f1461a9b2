"""What cannot be read is undetermined: it is never taken for absent, false or different."""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import (
    ADMINISTRATOR,
    CLOSED_KEY,
    DECRYPT,
    GET,
    OBJECTS,
    OPEN_BUCKET,
    OPEN_KEY,
    OWN_GET,
    OWNER,
    PARTNER,
    PRINCIPALS,
    READER,
    Case,
    all_gates,
    allow,
    block,
    deny,
    document,
    documented_key,
    hold,
    role,
    root,
    table,
)
from tests.cli.support import check, shared_bucket, write


def unread(argument: str) -> str:
    return f'module "elsewhere" {{\n  source = "example/somewhere/aws"\n  {argument}\n}}\n'


KEY_POLICY = f"key-policy {READER}"
NOT_READ = "module.elsewhere is not read"
UNKNOWN_MODULES = [
    Case(
        "an unread module that is given the bucket may write its policy",
        root(bucket_policy=None, more=unread("bucket = aws_s3_bucket.data.id")),
        undetermined=(f"bucket-policy {READER}", "bucket-policy whoever the bucket policy names"),
        said=(NOT_READ,),
    ),
    Case(
        "without one the bucket has no policy",
        root(bucket_policy=None, more=unread("name = var.text")),
        findings=(f"BP001 {READER} high",),
    ),
    Case(
        "an unread module that is given the key may write its policy",
        root(key=None, more=unread("key = aws_kms_key.data.key_id")),
        undetermined=(KEY_POLICY,),
        said=(NOT_READ,),
    ),
    Case("without one the key has the default policy", root(key=None), findings=(f"KP002 {READER} high",)),
    Case("an empty policy is none", root(key='""'), findings=(f"KP002 {READER} high",)),
    Case(
        "an unread module that is given the role may write its policies",
        root(consumer=role(OWN_GET), more=unread("role = aws_iam_role.reader.name")),
        undetermined=(f"identity-kms {READER}",),
        said=(NOT_READ,),
    ),
    Case(
        "without one the role has no permission for the key",
        root(consumer=role(OWN_GET)),
        findings=(f"ID002 {READER} medium",),
    ),
    Case(
        "an unread module of which there is no instance writes nothing",
        root(key=None, more=unread("count = 0\n  key = aws_kms_key.data.key_id")),
        findings=(f"KP002 {READER} high",),
    ),
]

OWN_ONLY, LETS_IN = f"[{ADMINISTRATOR}]", f"[{ADMINISTRATOR}, {DECRYPT}]"


def with_statements(expression: str) -> str:
    return f"jsonencode({{ Statement = {expression} }})"


def by_environment(values: dict[str, str], variable: str) -> str:
    return "{" + ", ".join(f"{name} = {value}" for name, value in values.items()) + f"}}[{variable}]"


ENVIRONMENTS = {f"e{number}": OWN_ONLY for number in range(1, 8)} | {"e8": LETS_IN}
COUNTS = by_environment({f"e{number}": "0" if number == 1 else "1" for number in range(1, 9)}, "var.text")
MANY_WORLDS = root(
    bucket=f'variable "second" {{}}\nresource "aws_s3_bucket" "data" {{\n  count  = {COUNTS}\n  bucket = "acme"\n}}',
    encrypted="""
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  count  = COUNTS
  bucket = aws_s3_bucket.data[0].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}""".replace("COUNTS", COUNTS),
    key=with_statements(
        "concat("
        + by_environment(ENVIRONMENTS, "var.text")
        + ", "
        + by_environment(
            {
                f"c{number}": f"[{allow('kms:Decrypt', principal=f'arn:aws:iam::99990000111{number}:root')}]"
                for number in range(4)
            },
            "var.second",
        )
        + ")"
    ),
    bucket_policy=None,
    consumer="",
    more='resource "aws_s3_bucket_policy" "data" {\n  bucket = "acme"\n'
    f"  policy = {document(allow('s3:GetObject', 'arn:aws:s3:::acme/*'))}\n}}",
)

OTHER_KEYS = [
    Case(
        "whether an expression of an unknown can be evaluated is unknown",
        root(key=with_statements(f"can(tonumber(var.text)) ? {OWN_ONLY} : {LETS_IN}")),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "whether an unknown matches a pattern is unknown",
        root(key=with_statements(f'can(regex("^prod", var.text)) ? {OWN_ONLY} : {LETS_IN}')),
        undetermined=(KEY_POLICY,),
    ),
    Case("more than sixteen worlds are not searched for a certain answer", MANY_WORLDS, undetermined=all_gates()),
    Case(
        "a dynamic condition that may be there restricts perhaps",
        root(
            **documented_key(
                block(
                    PRINCIPALS
                    + 'dynamic "condition" {\nfor_each = var.flag ? [1] : []\ncontent {\ntest = "StringEquals"\n'
                    f'variable = "kms:CallerAccount"\nvalues = ["{OWNER}"]\n}}\n}}'
                )
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a dynamic condition for each of an unknown list restricts perhaps",
        root(
            **documented_key(
                block(
                    PRINCIPALS + 'dynamic "condition" {\nfor_each = var.list\ncontent {\ntest = "StringEquals"\n'
                    'variable = "kms:CallerAccount"\nvalues = [condition.value]\n}\n}'
                )
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "dynamic principals that may be there are let in perhaps",
        root(
            **documented_key(
                block(
                    'dynamic "principals" {\nfor_each = var.flag ? [1] : []\ncontent {\ntype = "AWS"\n'
                    f'identifiers = ["{READER}"]\n}}\n}}'
                )
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "dynamic principals that may be there are denied perhaps",
        root(
            **documented_key(
                block(PRINCIPALS),
                block(
                    'dynamic "principals" {\nfor_each = var.flag ? [1] : []\ncontent {\ntype = "AWS"\n'
                    f'identifiers = ["{READER}"]\n}}\n}}',
                    effect="Deny",
                ),
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a source document that is unknown may let in",
        root(**documented_key(arguments="source_policy_documents = [var.text]")),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a source document that is unknown may deny",
        root(**documented_key(block(PRINCIPALS), arguments="source_policy_documents = [var.text]")),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a source document that may be unknown may let in",
        root(**documented_key(arguments='source_policy_documents = [var.flag ? var.text : "{}"]')),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a statement of unknown Sid may override the Deny",
        root(
            **documented_key(
                arguments="source_policy_documents = [data.aws_iam_policy_document.source.json]\n"
                "override_policy_documents = [data.aws_iam_policy_document.override.json]",
                more='data "aws_iam_policy_document" "source" {\n'
                + block(PRINCIPALS, effect="Deny", sid="Closed")
                + block(PRINCIPALS, sid="Open")
                + '}\ndata "aws_iam_policy_document" "override" {\n'
                + block('sid = var.text\nprincipals {\ntype = "AWS"\nidentifiers = ["*"]\n}', action="kms:Encrypt")
                + "}\n",
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "an unknown action may be the one that is needed",
        root(key=document(ADMINISTRATOR, allow("${var.text}"))),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "an unknown element of a statement may be its action",
        root(
            key=with_statements(
                f'[{ADMINISTRATOR}, {{ Effect = "Allow", Principal = {{ AWS = "{READER}" }}, '
                '(var.text) = "kms:Decrypt", Resource = "*" }]'
            )
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a Deny under an unknown condition key denies perhaps",
        root(key=document(ADMINISTRATOR, DECRYPT, deny("kms:*", Condition={"StringEquals": {"${var.text}": PARTNER}}))),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a second key policy whose key is unknown may be this key's",
        root(
            key=CLOSED_KEY,
            more=f'resource "aws_kms_key_policy" "second" {{\nkey_id = var.text\npolicy = {OPEN_KEY}\n}}',
        ),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a second bucket policy whose bucket is unknown may be this bucket's",
        root(
            bucket_policy=OPEN_BUCKET,
            more=f'resource "aws_s3_bucket_policy" "second" {{\nbucket = var.text\n'
            f"policy = {document(allow('s3:ListBucket', principal='*'))}\n}}",
        ),
        undetermined=(f"bucket-policy {READER}",),
    ),
    Case(
        "a key policy that Terraform does not change any more may say anything",
        root(key=CLOSED_KEY, key_more="lifecycle { ignore_changes = [policy] }"),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a key that Terraform does not change at all may have any policy",
        root(key=CLOSED_KEY, key_more="lifecycle { ignore_changes = all }"),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "ignored changes of something else hide nothing",
        root(key=CLOSED_KEY, key_more="lifecycle { ignore_changes = [tags] }"),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "a bucket policy that Terraform does not change any more may say anything",
        root(
            bucket_policy=document(deny("s3:PutObject", OBJECTS)),
            bucket_policy_more="lifecycle { ignore_changes = all }",
        ),
        undetermined=(f"bucket-policy {READER}",),
    ),
]

INTENTS = [
    Case(
        "an unknown bucket policy is said to be undetermined",
        root(bucket_policy="var.text", key=CLOSED_KEY, consumer=""),
        undetermined=("bucket-policy whoever the bucket policy names",),
    ),
    Case(
        "an unknown action of the bucket policy is said to be undetermined",
        root(bucket_policy=document(allow("${var.text}", OBJECTS)), key=CLOSED_KEY, consumer=""),
        undetermined=(f"bucket-policy {READER}",),
    ),
    Case(
        "a canonical user is said to be undetermined",
        root(
            bucket_policy=document(allow("s3:GetObject", OBJECTS, None, Principal={"CanonicalUser": "79a59d" * 10})),
            key=CLOSED_KEY,
            consumer="",
        ),
        undetermined=("bucket-policy " + "79a59d" * 10,),
    ),
    Case(
        "a federated principal is said to be undetermined",
        root(
            bucket_policy=document(
                allow("s3:GetObject", OBJECTS, None, Principal={"Federated": f"arn:aws:iam::{PARTNER}:saml-provider/x"})
            ),
            key=CLOSED_KEY,
            consumer="",
        ),
        undetermined=(f"bucket-policy arn:aws:iam::{PARTNER}:saml-provider/x",),
    ),
    Case(
        "an origin access identity of CloudFront is nobody's outsider",
        root(
            bucket_policy=document(
                allow("s3:GetObject", OBJECTS, "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1")
            ),
            key=CLOSED_KEY,
            consumer="",
        ),
    ),
    Case(
        "of several conditions on everybody the narrowest says who is meant",
        root(
            bucket_policy=document(
                allow(
                    "s3:GetObject",
                    OBJECTS,
                    "*",
                    Condition={
                        "StringEquals": {"aws:PrincipalAccount": [PARTNER, OWNER]},
                        "ArnLike": {"aws:PrincipalArn": READER},
                    },
                )
            ),
            key=CLOSED_KEY,
        ),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "conditions on everybody that leave only the own account mean no outsider",
        root(
            bucket_policy=document(
                allow(
                    "s3:GetObject",
                    OBJECTS,
                    "*",
                    Condition={
                        "StringEquals": {"aws:PrincipalAccount": [PARTNER, OWNER]},
                        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/*"},
                    },
                )
            ),
            key=CLOSED_KEY,
            consumer="",
        ),
    ),
]


@table(UNKNOWN_MODULES)
def test_what_an_unread_module_is_given_it_may_have_changed(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(OTHER_KEYS)
def test_a_policy_with_something_unknown_stays_undetermined(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(INTENTS)
def test_who_is_meant_is_said_as_far_as_it_is_known(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


def test_an_unknown_open_statement_is_not_lost_beside_a_known_one(tmp_path: Path) -> None:
    statements = document(ADMINISTRATOR, allow("kms:Decrypt", principal="${var.text}"))
    hold(Case("", root(key=statements, bucket_policy=document(GET)), undetermined=(KEY_POLICY,)), tmp_path)


def test_names_that_two_instances_of_a_module_make_of_one_list_are_not_the_same(tmp_path: Path) -> None:
    """The key policy names roles of another account than the bucket policy does: it does not let these in."""
    statement = 'Principal = { AWS = module.%s.arns }, Effect = "Allow", Action = "%s", Resource = "*"'
    names = (
        'variable "account" {}\nvariable "names" {}\n'
        'output "arns" { value = [for name in var.names : "arn:aws:iam::${var.account}:role/${name}"] }\n'
    )
    calls = "".join(
        f'module "{name}" {{\n  source = "./names"\n  account = "{account}"\n  names = var.list\n}}\n'
        for name, account in (("key", "777788889999"), ("bucket", PARTNER))
    )
    text = root(
        key=document(ADMINISTRATOR, "{ " + statement % ("key", "kms:Decrypt") + " }"),
        bucket_policy=document("{ " + statement % ("bucket", "s3:GetObject") + " }"),
        consumer="",
        more=calls,
    )
    write(tmp_path, {"main.tf": text, "names/main.tf": names})
    gates = {entry["gate"] for entry in check(tmp_path).json["undetermined"]}
    assert "key-policy" in gates
    assert check("--var", 'list=["reader"]', tmp_path).rules == ["KP007"]


UNKNOWN_SESSION = '"arn:aws:sts::444455556666:assumed-role/reader/${data.aws_caller_identity.partner.account_id}"'
REPLICATED_TO_AN_ACCOUNT_NOT_KNOWN = """
variable "account" {}
variable "bucket" {}

resource "aws_iam_role" "replication" {
  name               = "replication"
  assume_role_policy = "{}"
}

resource "aws_s3_bucket_replication_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  role   = aws_iam_role.replication.arn

  rule {
    status = "Enabled"

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket  = "arn:aws:s3:::${var.bucket}"
      account = var.account

      encryption_configuration {
        replica_kms_key_id = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      }
    }
  }
}
"""


def test_a_session_of_a_name_that_is_not_known_is_judged(tmp_path: Path) -> None:
    more = 'provider "aws" {\n  alias = "partner"\n}\ndata "aws_caller_identity" "partner" {\n  provider = aws.partner\n}\n'
    write(tmp_path, {"main.tf": shared_bucket(UNKNOWN_SESSION, UNKNOWN_SESSION) + more})
    ran = check(tmp_path)
    assert (ran.code, ran.err) == (0, "")


def test_a_replication_to_an_account_that_is_not_known_is_judged(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": shared_bucket() + REPLICATED_TO_AN_ACCOUNT_NOT_KNOWN})
    ran = check(tmp_path)
    assert ran.err == ""
    assert "aws_iam_role.replication" in [found["resource"] for found in ran.json["findings"]]
