"""What is outside Terraform and described in the configuration: keys, buckets, roles, and organizations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import BUCKET, OWNER_PROVIDER, READER, allow, document
from tests.cli.support import OWNER, PARTNER, Ran, check, write
from tests.joined.test_two_accounts import MAY_DECRYPT, MAY_READ, RIGHT, reader
from tf_kms_guard.config.discovery import FILE_NAME

KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ADMINISTRATOR = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
DECRYPT = {"Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:Decrypt", "Resource": "*"}
GET = {
    "Effect": "Allow",
    "Principal": {"AWS": READER},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::acme-shared-data/*",
}
OWN_GET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-shared-data/*"}
OWN_DECRYPT = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": f"arn:aws:kms:eu-west-1:{OWNER}:key/*"}

EXTERNAL_KEY = f"""
external_key "lake" {{
  arn     = "{KEY}"
  policy  = "key.json"
  aliases = ["alias/lake"]
}}
"""
EXTERNAL_BUCKET = f"""
external_bucket "data" {{
  arn     = "arn:aws:s3:::acme-shared-data"
  account = "{OWNER}"
  policy  = "bucket.json"
  key     = "{KEY}"
}}
"""
EXTERNAL_ROLE = f"""
external_role "reader" {{
  arn      = "{READER}"
  policies = ["role.json"]
  complete = true
}}
"""
ENCRYPTED = f"""
{OWNER_PROVIDER}
{BUCKET}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {{
  bucket = aws_s3_bucket.data.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "{KEY}"
    }}
  }}
}}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {document(allow("s3:GetObject", "${aws_s3_bucket.data.arn}/*"))}
}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def printed(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def run(here: Path, config: str, roots: dict[str, str], files: dict[str, Any]) -> Ran:
    texts = {name: value if isinstance(value, str) else printed(value) for name, value in files.items()}
    write(here, {FILE_NAME: config, **texts, **{f"{name}/main.tf": text for name, text in roots.items()}})
    return check(*roots)


def silent(ran: Ran) -> bool:
    report = ran.json
    return (report["findings"], report["undetermined"], report["errors"]) == ([], [], [])


def gates(ran: Ran) -> set[str]:
    return {one["gate"] for one in ran.json["undetermined"]}


# ---- a key outside


FORMS = {
    "kms get-key-policy": lambda text: {"Policy": printed(text), "PolicyName": "default"},
    "the policy alone": lambda text: text,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_policy_of_an_external_key_opens_the_gate(here: Path, form: str) -> None:
    key = FORMS[form](policy(ADMINISTRATOR, DECRYPT))
    ran = run(here, EXTERNAL_KEY, {"owner": ENCRYPTED, "reader": RIGHT[1]}, {"key.json": key})
    assert silent(ran)


@pytest.mark.parametrize("form", FORMS)
def test_the_policy_of_an_external_key_closes_it_and_is_the_place(here: Path, form: str) -> None:
    key = FORMS[form](policy(ADMINISTRATOR, {**DECRYPT, "Action": "kms:Encrypt"}))
    ran = run(here, EXTERNAL_KEY, {"owner": ENCRYPTED, "reader": RIGHT[1]}, {"key.json": key})
    (found,) = ran.json["findings"]
    assert (found["rule"], found["confidence"], found["key"]) == ("KP003", "medium", "external_key.lake")
    assert (found["workspace"], found["resource"]) == (FILE_NAME, "external_key.lake")
    line = 12 if form == "the policy alone" else 2
    assert (found["location"]["file"], found["location"]["line"]) == ("key.json", line)
    assert any("things outside Terraform are as .tf-kms-guard.hcl describes them" in why for why in found["why"])
    assert f"account of external_key.lake is {OWNER} (its ARN, .tf-kms-guard.hcl:2)" in found["why"]
    assert f"in account {OWNER}" in str(found["fix"])
    assert [one["kind"] for one in ran.json["workspaces"]] == ["hcl", "hcl", "config"]


def test_without_its_policy_the_key_gate_is_not_known_and_says_where_to_give_it(here: Path) -> None:
    config = EXTERNAL_KEY.replace('  policy  = "key.json"\n', "")
    ran = run(here, config, {"owner": ENCRYPTED, "reader": RIGHT[1]}, {})
    (one,) = ran.json["undetermined"]
    assert (one["gate"], one["because"]) == ("key-policy", "the key policy of external_key.lake is not given")
    assert one["settle"] == 'policy = "…" in external_key "lake"'


def test_its_alias_is_found_by_name_and_by_a_data_source(here: Path) -> None:
    by_data = ENCRYPTED.replace(f'"{KEY}"', "data.aws_kms_alias.lake.target_key_arn") + (
        'data "aws_kms_alias" "lake" { name = "alias/lake" }\n'
    )
    files = {"key.json": policy(ADMINISTRATOR, DECRYPT)}
    assert silent(run(here, EXTERNAL_KEY, {"owner": by_data, "reader": RIGHT[1]}, files))
    elsewhere = by_data.replace('region = "eu-west-1"', 'region = "eu-central-1"')
    anywhere = RIGHT[1].replace("kms:eu-west-1", "kms:*")
    assert gates(run(here, EXTERNAL_KEY, {"owner": elsewhere, "reader": anywhere}, files)) == {"key-policy"}


def test_a_policy_that_terraform_sets_on_it_outranks_the_file(here: Path) -> None:
    more = f"""
resource "aws_kms_key_policy" "lake" {{
  key_id = "{KEY}"
  policy = {document(allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root"), allow("kms:Decrypt"))}
}}
"""
    files = {"key.json": policy(ADMINISTRATOR)}
    assert silent(run(here, EXTERNAL_KEY, {"owner": ENCRYPTED + more, "reader": RIGHT[1]}, files))


# ---- a bucket outside


def test_from_the_role_an_external_bucket_lets_it_in(here: Path) -> None:
    files = {"key.json": policy(ADMINISTRATOR, DECRYPT), "bucket.json": {"Policy": json.dumps(policy(GET))}}
    ran = run(here, EXTERNAL_KEY + EXTERNAL_BUCKET, {"reader": RIGHT[1]}, files)
    assert silent(ran)
    assert ran.json["summary"]["outsiders"] == 1


@pytest.mark.parametrize(
    ("key", "bucket", "own", "found"),
    [
        ((ADMINISTRATOR,), (GET,), (MAY_READ, MAY_DECRYPT), ("KP001", FILE_NAME, "external_key.lake")),
        ((ADMINISTRATOR, DECRYPT), (), (MAY_READ, MAY_DECRYPT), ("BP001", FILE_NAME, "external_bucket.data")),
        ((ADMINISTRATOR, DECRYPT), (GET,), (MAY_READ,), ("ID002", "reader", "aws_iam_role.reader")),
        ((ADMINISTRATOR, DECRYPT), (GET,), (MAY_DECRYPT,), ("ID001", "reader", "aws_iam_role.reader")),
    ],
)
def test_each_closed_gate_is_one_error(
    here: Path, key: Any, bucket: Any, own: Any, found: tuple[str, str, str]
) -> None:
    files = {"key.json": policy(*key), "bucket.json": policy(*bucket)}
    ran = run(here, EXTERNAL_KEY + EXTERNAL_BUCKET, {"reader": reader(*own)}, files)
    assert [(f["rule"], f["workspace"], f["resource"]) for f in ran.json["findings"]] == [found]


def test_of_an_external_bucket_only_those_are_judged_whose_policies_are_here(here: Path) -> None:
    others = {**GET, "Principal": {"AWS": [f"arn:aws:iam::77778888999{n}:role/other" for n in range(9)]}}
    files = {"key.json": policy(ADMINISTRATOR, DECRYPT), "bucket.json": policy(GET, others)}
    ran = run(here, EXTERNAL_KEY + EXTERNAL_BUCKET, {"reader": RIGHT[1]}, files)
    assert silent(ran)
    assert ran.json["summary"]["outsiders"] == 1


def test_an_external_bucket_nobody_uses_here_says_nothing(here: Path) -> None:
    config = EXTERNAL_BUCKET.replace(f'key     = "{KEY}"', 'encryption = "aws:kms"').replace(
        'policy  = "bucket.json"', ""
    )
    assert silent(run(here, config, {"root": OWNER_PROVIDER}, {}))


# ---- a role outside


def test_an_external_role_is_judged_by_its_files(here: Path) -> None:
    files = {
        "key.json": policy(ADMINISTRATOR, DECRYPT),
        "role.json": {"RoleName": "reader", "PolicyName": "data", "PolicyDocument": policy(OWN_GET, OWN_DECRYPT)},
    }
    assert silent(run(here, EXTERNAL_KEY + EXTERNAL_ROLE, {"owner": ENCRYPTED}, files))
    files["role.json"]["PolicyDocument"] = policy(OWN_GET)
    (found,) = run(here, EXTERNAL_KEY + EXTERNAL_ROLE, {"owner": ENCRYPTED}, files).json["findings"]
    assert (found["rule"], found["workspace"], found["resource"]) == ("ID002", FILE_NAME, "external_role.reader")
    assert found["location"]["file"] == FILE_NAME
    incomplete = EXTERNAL_ROLE.replace("  complete = true\n", "")
    ran = run(here, EXTERNAL_KEY + incomplete, {"owner": ENCRYPTED}, files)
    assert ran.json["findings"] == []
    assert gates(ran) == {"identity-kms"}
    assert ran.json["undetermined"][0]["settle"] == 'complete = true in external_role "reader", if it has no others'


def test_attached_policies_are_found_by_their_arn(here: Path) -> None:
    attached = {
        "AttachedPolicies": [
            {"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
            {"PolicyName": "keys", "PolicyArn": f"arn:aws:iam::{PARTNER}:policy/keys"},
        ]
    }
    version = {"PolicyVersion": {"Document": policy(OWN_DECRYPT), "VersionId": "v2", "IsDefaultVersion": True}}
    config = EXTERNAL_KEY + EXTERNAL_ROLE.replace('"role.json"', '"role.json", "version.json"')
    files = {"key.json": policy(ADMINISTRATOR, DECRYPT), "role.json": attached, "version.json": version}
    assert silent(run(here, config, {"owner": ENCRYPTED}, files))
    ran = run(here, EXTERNAL_KEY + EXTERNAL_ROLE, {"owner": ENCRYPTED}, files)
    assert (ran.json["findings"], gates(ran)) == ([], {"identity-s3", "identity-kms"})
    assert f"attaches arn:aws:iam::{PARTNER}:policy/keys" in ran.json["undetermined"][0]["because"]


def test_a_permissions_boundary_bounds_it(here: Path) -> None:
    config = EXTERNAL_KEY + EXTERNAL_ROLE.replace("complete", 'permissions_boundary = "boundary.json"\n  complete')
    files = {
        "key.json": policy(ADMINISTRATOR, DECRYPT),
        "role.json": policy(OWN_GET, OWN_DECRYPT),
        "boundary.json": {
            "PolicyVersion": {"Document": policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})}
        },
    }
    ran = run(here, config, {"owner": ENCRYPTED}, files)
    assert [(f["rule"], f["resource"]) for f in ran.json["findings"]] == [("ID004", "external_role.reader")]


# ---- what contradicts


def test_what_is_declared_counts_and_the_block_is_told_to_go(here: Path) -> None:
    files = {"role.json": policy(), "key.json": policy(ADMINISTRATOR, DECRYPT)}
    ran = run(here, EXTERNAL_KEY + EXTERNAL_ROLE, {"owner": ENCRYPTED, "reader": RIGHT[1]}, files)
    assert ran.json["findings"] == []
    (error,) = ran.json["errors"]
    assert (error["file"], error["line"]) == (FILE_NAME, 8)
    assert "which aws_iam_role.reader in reader declares: what is declared counts" in error["message"]


@pytest.mark.parametrize(
    ("config", "files", "line"),
    [
        (EXTERNAL_KEY + EXTERNAL_KEY.replace('"lake" {', '"other" {'), {"key.json": policy(ADMINISTRATOR)},
         f'{FILE_NAME}:9: external_key "other" has the ARN of "lake" in line 2: make them one'),
        (EXTERNAL_KEY, {"key.json": '{\n  "Policy": [\n'},
         "key.json:3: this is no valid JSON: expected a value, not the end of the text"),
        (EXTERNAL_KEY, {"key.json": {"KeyMetadata": {}}},
         "key.json:1: this is neither a policy nor what the AWS CLI prints of one: it has no Statement"),
        (EXTERNAL_ROLE, {"role.json": {"PolicyNames": ["data"]}},
         "role.json:1: this is aws iam list-role-policies, names alone: give what aws iam get-role-policy prints"),
        (EXTERNAL_KEY.replace("alias/lake", "lake"), {"key.json": policy(ADMINISTRATOR)},
         f'{FILE_NAME}:5: aliases: "lake" is no alias: write it like alias/shared'),
        (f'account "a" {{ id = "{OWNER[1:]}" }}', {},
         f'{FILE_NAME}:1: id: an account id has 12 digits, "{OWNER[1:]}" has 11 digits'),
    ],
    ids=["two of one ARN", "truncated", "no policy", "names alone", "no alias", "eleven digits"],
)  # fmt: skip
def test_a_mistake_is_one_line(here: Path, config: str, files: dict[str, Any], line: str) -> None:
    ran = run(here, config, {"owner": ENCRYPTED}, files)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip().removeprefix("error: ").removeprefix("tf-kms-guard: ") == line


# ---- organizations


ORGANIZATION = "o-a1b2c3d4e5"
BY_ORGANIZATION = allow(
    "s3:GetObject",
    "arn:aws:s3:::acme-shared-data/*",
    "*",
    Condition={"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
)


def accounts(partner: str | None, paths: str = "") -> str:
    membership = "" if partner is None else f'  organization = "{partner}"\n{paths}'
    return f'account "lake" {{\n  id = "{OWNER}"\n}}\naccount "partner" {{\n  id = "{PARTNER}"\n{membership}}}\n'


@pytest.mark.parametrize(
    ("organization", "found"), [(ORGANIZATION, []), ("o-zzzzzzzzzz", ["CO005"]), (None, "undetermined")]
)
def test_a_statement_by_organization_is_decided_by_the_account(
    here: Path, organization: str | None, found: list[str] | str
) -> None:
    """The role names the bucket itself; the bucket policy names its organization."""
    owner = RIGHT[0].replace(document(allow("s3:GetObject", "${aws_s3_bucket.data.arn}/*")), document(BY_ORGANIZATION))
    assert owner != RIGHT[0]
    ran = run(here, accounts(organization), {"owner": owner, "reader": RIGHT[1]}, {})
    mine = [f["rule"] for f in ran.json["findings"] if f["principal"]["value"] == READER]
    open_ = {u["gate"] for u in ran.json["undetermined"] if u["principal"] == READER}
    assert (mine, open_) == (([], {"bucket-policy"}) if found == "undetermined" else (found, set()))


def test_paths_of_organizational_units_count(here: Path) -> None:
    path = f"{ORGANIZATION}/r-ab12/ou-ab12-11111111/"
    by_path = BY_ORGANIZATION.replace('"StringEquals"', '"ForAnyValue:StringLike"').replace(
        "PrincipalOrgID", "PrincipalOrgPaths"
    )
    by_path = by_path.replace(f'"{ORGANIZATION}"', f'"{path}*"')
    owner = RIGHT[0].replace(document(allow("s3:GetObject", "${aws_s3_bucket.data.arn}/*")), document(by_path))
    inside = accounts(ORGANIZATION, f'  ou_paths = ["{path}"]\n')
    ran = run(here, inside, {"owner": owner, "reader": RIGHT[1]}, {})
    assert [f for f in ran.json["findings"] if f["principal"]["value"] == READER] == []
    outside = inside.replace("11111111", "22222222")
    ran = run(here, outside, {"owner": owner, "reader": RIGHT[1]}, {})
    assert [f["rule"] for f in ran.json["findings"] if f["principal"]["value"] == READER] == ["CO005"]


def test_the_organization_of_the_owner_counts_for_what_the_role_may_reach(here: Path) -> None:
    condition = {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}}
    mine = reader(MAY_READ, allow("kms:Decrypt", f"arn:aws:kms:eu-west-1:{OWNER}:key/*", None, Condition=condition))
    config = f'account "lake" {{\n  id = "{OWNER}"\n  organization = "{ORGANIZATION}"\n}}\n'
    assert silent(run(here, config, {"owner": RIGHT[0], "reader": mine}, {}))
    other = config.replace(ORGANIZATION, "o-zzzzzzzzzz")
    ran = run(here, other, {"owner": RIGHT[0], "reader": mine}, {})
    assert [f["rule"] for f in ran.json["findings"]] == ["ID003"]
