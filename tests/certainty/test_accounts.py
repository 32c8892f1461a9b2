"""Which account a provider configuration is for: by evidence, and by presumptions that are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    CALLER,
    CLOSED_KEY,
    DECRYPT,
    GET,
    OBJECTS,
    OUTSIDE,
    OWN_DECRYPT,
    OWN_GET,
    OWN_ROOT,
    OWNER,
    PARTNER,
    READER,
    THIRD,
    Case,
    account,
    allow,
    document,
    findings,
    hold,
    provider,
    role,
    root,
    table,
    undetermined,
)
from tests.cli.support import check, write

OWN_KEY = document(allow("kms:*", principal=OWN_ROOT))
IDENTITY = (f"identity-s3 {READER}", f"identity-kms {READER}")
KEY_POLICY = f"key-policy {READER}"
ROLE_ARN = "${aws_iam_role.reader.arn}"
BY_REFERENCE = document(allow("s3:GetObject", OBJECTS, ROLE_ARN))
MINTED = "arn:aws:iam::${account of aws.partner}:role/reader"


def assume(*arns: str) -> str:
    return "\n".join(f"assume_role {{\n    role_arn = {arn}\n  }}" for arn in arns)


def role_of(number: str, name: str = "deploy") -> str:
    return f'"arn:aws:iam::{number}:role/{name}"'


def one_provider(body: str) -> str:
    """A root with one provider configuration: the key is for its own account, a literal role may read the bucket."""
    return root(owner=provider(body), partner="", consumer="", key=OWN_KEY, more=CALLER)


def two_providers(owner: str, partner: str, key: str = OWN_KEY, more: str = CALLER) -> str:
    """A root in which the bucket policy names the role by its address."""
    return root(owner=owner, partner=partner, key=key, bucket_policy=BY_REFERENCE, more=more)


EVIDENCE = [
    Case(
        "one allowed account is evidence",
        one_provider(account(OWNER)),
        findings=(f"KP001 {READER} high",),
    ),
    Case("the account of the principal itself makes it no outsider", one_provider(account(PARTNER))),
    Case(
        "nothing said is presumed to be another account than a literal",
        one_provider(""),
        findings=(f"KP001 {READER} medium",),
        said=("presumed", "--account"),
    ),
    Case(
        "several allowed accounts may be any of them",
        one_provider(f'allowed_account_ids = ["{PARTNER}", "{OWNER}"]'),
        undetermined=(KEY_POLICY, *IDENTITY),
    ),
    Case(
        "allowed accounts by a choice may be either",
        one_provider(f'allowed_account_ids = var.flag ? ["{PARTNER}"] : ["{OWNER}"]'),
        undetermined=(KEY_POLICY, *IDENTITY),
    ),
    Case(
        "a role that is assumed by a choice may be of either account",
        one_provider(assume(f"var.flag ? {role_of(PARTNER)} : {role_of(OWNER)}")),
        undetermined=(KEY_POLICY, *IDENTITY),
    ),
    Case(
        "a role that is assumed perhaps may leave the account",
        one_provider(
            f'dynamic "assume_role" {{\nfor_each = var.text == "" ? [] : [1]\ncontent {{\n'
            f"role_arn = {role_of(PARTNER)}\n}}\n}}"
        ),
        undetermined=(KEY_POLICY, *IDENTITY),
    ),
    Case(
        "a role that is assumed by a variable is of an unknown account",
        one_provider(assume("var.text")),
        undetermined=(KEY_POLICY, *IDENTITY),
    ),
    Case(
        "the last role of a chain counts",
        one_provider(assume(role_of(THIRD, "hub"), role_of(PARTNER))),
    ),
    Case(
        "the first roles of a chain do not count",
        one_provider(assume(role_of(PARTNER, "hub"), role_of(OWNER))),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "an account for the default provider outranks the code",
        one_provider(account(OWNER)),
        arguments=("--account", PARTNER),
    ),
]

TWO = [
    Case(
        "two configurations for the same known Region are presumed to be two accounts",
        two_providers(provider(), provider(alias="partner")),
        findings=(f"KP001 {MINTED} medium",),
        said=("presumed", "aws.partner"),
    ),
    Case(
        "a configuration whose account is an unknown variable is no literal's other",
        two_providers(
            provider(account(OWNER)),
            provider(assume("var.text"), "partner"),
            document(ADMINISTRATOR, allow("kms:Decrypt", principal=ACCOUNT)),
        ),
        undetermined=(f"key-policy {MINTED}",),
    ),
    Case(
        "a role whose account nothing says may be of the account that the key policy names",
        two_providers(
            provider(account(OWNER)),
            provider(alias="partner"),
            document(ADMINISTRATOR, allow("kms:Decrypt", principal=ACCOUNT)),
        ),
        undetermined=(f"key-policy {MINTED}",),
    ),
    Case(
        "a role of the same name in another account gives nothing",
        root(
            consumer=role(OWN_GET) + role(allow("kms:Decrypt", "*", None), provider=None, label="namesake"),
        ),
        findings=(f"ID002 {READER} medium",),
    ),
    Case(
        "a role of the same name in another account takes nothing",
        root(
            consumer=role(OWN_GET, OWN_DECRYPT)
            + role(allow("s3:ListBucket", "*", None), provider=None, label="namesake"),
        ),
    ),
]

PARTITIONS = [
    Case(
        "GovCloud with an unknown Region is not taken for aws",
        root(
            owner=provider(account(OWNER), region=None),
            partner="",
            consumer="",
            key=document(
                allow("kms:*", principal=f"arn:aws-us-gov:iam::{OWNER}:root"),
                allow("kms:Decrypt", principal=READER.replace("arn:aws:", "arn:aws-us-gov:")),
            ),
            bucket_policy=document(
                allow(
                    "s3:GetObject",
                    "arn:aws-us-gov:s3:::acme-shared-data/*",
                    READER.replace("arn:aws:", "arn:aws-us-gov:"),
                )
            ),
        ),
        undetermined=tuple(
            f"{gate} {READER.replace('arn:aws:', 'arn:aws-us-gov:')}"
            for gate in ("bucket-policy", "identity-s3", "identity-kms")
        ),
    ),
    Case(
        "GovCloud with a known Region is read",
        root(
            owner=provider(account(OWNER), region='"us-gov-west-1"'),
            partner=provider(account(PARTNER), "partner", '"us-gov-west-1"'),
            key=document(
                allow("kms:*", principal=f"arn:aws-us-gov:iam::{OWNER}:root"),
                allow("kms:Decrypt", principal=READER.replace("arn:aws:", "arn:aws-us-gov:")),
            ),
            bucket_policy=document(
                allow(
                    "s3:GetObject",
                    "arn:aws-us-gov:s3:::acme-shared-data/*",
                    READER.replace("arn:aws:", "arn:aws-us-gov:"),
                )
            ),
        ),
    ),
    Case(
        "GovCloud roles with an unknown Region may be the ones that the key policy names",
        root(
            owner=provider(account(OWNER), region=None),
            partner=provider(account(PARTNER), "partner", None),
            key=document(
                allow("kms:*", principal=f"arn:aws-us-gov:iam::{OWNER}:root"),
                allow("kms:Decrypt", principal=READER.replace("arn:aws:", "arn:aws-us-gov:")),
            ),
            bucket_policy=BY_REFERENCE,
        ),
        undetermined=(f"key-policy arn:${{provider.aws.partner.partition}}:iam::{PARTNER}:role/reader",),
    ),
    Case(
        "where nothing speaks of other partitions an unknown Region is of aws",
        root(
            owner=provider(account(OWNER), region=None),
            partner=provider(account(PARTNER), "partner", None),
            key=CLOSED_KEY,
            bucket_policy=BY_REFERENCE,
        ),
        findings=(f"KP001 {READER} high",),
    ),
]


@table(EVIDENCE)
def test_the_account_is_the_one_that_the_evidence_says(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(TWO)
def test_two_configurations_are_two_accounts_only_where_something_says_so(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(PARTITIONS)
def test_the_partition_follows_from_the_region(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


def test_two_configurations_of_unknown_regions_are_not_called_different(tmp_path: Path) -> None:
    code = two_providers(provider(region="var.text"), provider(alias="partner", region="var.other"))
    ran = check(write(tmp_path, {"main.tf": code + 'variable "other" {}\n'}))
    assert findings(ran) == []
    assert undetermined(ran) == [f"key-policy {MINTED}"]


def test_an_alias_that_is_named_after_its_region_is_the_same_account(tmp_path: Path) -> None:
    reader = role(OWN_GET, OWN_DECRYPT, provider="aws.eu-west-1")
    code = root(
        owner=provider(),
        partner=provider(alias="eu-west-1"),
        consumer=reader,
        key=OWN_KEY,
        bucket_policy=BY_REFERENCE,
        more=CALLER,
    )
    ran = check(write(tmp_path, {"main.tf": code}))
    assert (findings(ran), undetermined(ran)) == ([], [])


def test_a_key_policy_with_a_partner_as_administrator_is_no_evidence_of_the_account(tmp_path: Path) -> None:
    key = document(allow("kms:*", principal=OWN_ROOT), allow("kms:*", principal=ACCOUNT))
    code = root(
        owner=provider(),
        partner="",
        consumer="",
        key=key,
        bucket_policy=document(GET, allow("s3:GetObject", OBJECTS, OUTSIDE)),
        more=CALLER,
    )
    ran = check(write(tmp_path, {"main.tf": code}))
    assert findings(ran) == [f"HY002 {ACCOUNT} medium", f"KP001 {OUTSIDE} medium"]
    assert undetermined(ran) == sorted(IDENTITY)
    assert ran.json["workspaces"][0]["accounts"]["aws"]["id"] is None


def test_a_key_policy_with_one_literal_administrator_is_evidence_of_the_account(tmp_path: Path) -> None:
    ran = check(write(tmp_path, {"main.tf": root(owner=provider(), key=CLOSED_KEY)}))
    assert findings(ran) == [f"KP001 {READER} high"]
    assert ran.json["workspaces"][0]["accounts"]["aws"]["id"] == OWNER


def test_the_account_on_the_command_line_outranks_the_code_and_says_so(tmp_path: Path) -> None:
    code = root(key=document(allow("kms:*", principal=OWN_ROOT), DECRYPT), more=CALLER)
    ran = check(write(tmp_path, {"main.tf": code}), "--account", THIRD)
    accounts = ran.json["workspaces"][0]["accounts"]
    assert (accounts["aws"]["id"], accounts["aws.partner"]["id"]) == (THIRD, PARTNER)
    assert (findings(ran), undetermined(ran)) == ([], [])


def test_two_accounts_of_which_only_a_part_is_known_are_told_apart_by_their_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = "".join(
        f'provider "aws" {{\n  alias = "{alias}"\n  region = "eu-west-1"\n  assume_role {{\n'
        f'    role_arn = "arn:aws:iam::11112222${{var.rest}}:role/{alias}"\n  }}\n}}\n'
        for alias in ("one", "other")
    )
    text = 'variable "rest" {}\n' + providers
    text += "".join(
        f'resource "aws_kms_key" "{alias}" {{\n  provider = aws.{alias}\n}}\n' for alias in ("one", "other")
    )
    write(tmp_path, {"main.tf": text})
    monkeypatch.chdir(tmp_path)
    ran = check(".")
    assert (ran.code, ran.json["errors"]) == (0, [])
