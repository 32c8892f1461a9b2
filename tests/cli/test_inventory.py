"""The inventory shows what was read: resolved, and with its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.inventories import (
    DATA_KEY,
    EXAMPLES,
    OK,
    SAMPLES,
    inventory,
    place,
    strings,
    values,
    workspace,
)
from tests.cli.support import RULES, guard, program, write

# ---- the sample in which every gate is open


def test_accounts_come_with_their_evidence() -> None:
    accounts = workspace(OK)["accounts"]
    assert [(a["provider"], a["id"], a["region"], a["evidence"], place(a["location"])) for a in accounts] == [
        ("aws.owner", "111122223333", "eu-west-1", "assume_role", "providers.tf:16"),
        ("aws.consumer", "444455556666", "eu-west-1", "assume_role", "providers.tf:25"),
    ]


def test_a_bucket_comes_with_its_encryption_and_the_key_as_resolved() -> None:
    (bucket,) = workspace(OK)["buckets"]
    assert (bucket["address"], bucket["name"], place(bucket["location"])) == (
        "aws_s3_bucket.data",
        "acme-shared-data",
        "bucket.tf:1",
    )
    assert (bucket["account"]["id"], bucket["region"], bucket["exists"]) == (
        "111122223333",
        "eu-west-1",
        "yes",
    )
    encryption = bucket["encryption"]
    assert (encryption["state"], encryption["algorithm"], encryption["bucket_key"]) == (
        "set",
        "aws:kms",
        "no",
    )
    assert encryption["source"] == "aws_s3_bucket_server_side_encryption_configuration.data"
    assert place(encryption["location"]) == "bucket.tf:25"
    assert encryption["key"] == {
        "form": "arn",
        "written": DATA_KEY,
        "key": "aws_kms_key.data",
        "alias": None,
        "arn": DATA_KEY,
        "account": "111122223333",
        "region": "eu-west-1",
        "unknown": None,
    }


def test_a_bucket_policy_is_resolved_statement_by_statement() -> None:
    policy = workspace(OK)["buckets"][0]["policy"]
    assert (policy["state"], policy["source"], policy["form"]) == (
        "set",
        "aws_s3_bucket_policy.data",
        "document",
    )
    assert (place(policy["location"]), policy["version"], policy["incomplete"]) == (
        "bucket.tf:65",
        "2012-10-17",
        None,
    )
    read, refuse = policy["statements"]
    assert (read["sid"], read["effect"], place(read["location"])) == (
        "LetTheReaderFindAndReadObjects",
        "Allow",
        "bucket.tf:31",
    )
    assert [(p["kind"], p["value"], p["account"]) for p in read["principals"]] == [
        ("role", "arn:aws:iam::444455556666:role/reader", "444455556666")
    ]
    assert sorted((a["value"], place(a["location"])) for a in read["actions"]) == [
        ("s3:GetObject", "bucket.tf:33"),
        ("s3:ListBucket", "bucket.tf:33"),
    ]
    assert sorted(values(read["resources"])) == [
        "arn:aws:s3:::acme-shared-data",
        "arn:aws:s3:::acme-shared-data/*",
    ]
    assert (read["conditions"], read["not_actions"]) == ([], None)
    assert (refuse["effect"], values(refuse["principals"]), place(refuse["location"])) == (
        "Deny",
        ["*"],
        "bucket.tf:42",
    )
    (condition,) = refuse["conditions"]
    assert (
        condition["operator"],
        condition["key"],
        values(condition["values"]),
        place(condition["location"]),
    ) == (
        "Bool",
        "aws:SecureTransport",
        ["false"],
        "bucket.tf:56",
    )


def test_a_key_comes_with_its_policy_and_aliases() -> None:
    shown = workspace(OK)
    (key,) = shown["keys"]
    assert (key["address"], key["arn"], place(key["location"])) == ("aws_kms_key.data", DATA_KEY, "kms.tf:35")
    assert (key["aliases"], key["grants"]) == (["aws_kms_alias.data"], [])
    assert (key["policy"]["source"], place(key["policy"]["location"])) == ("aws_kms_key.data", "kms.tf:40")
    own, reader = key["policy"]["statements"]
    assert (values(own["principals"]), values(own["actions"])) == (
        ["arn:aws:iam::111122223333:root"],
        ["kms:*"],
    )
    assert values(reader["principals"]) == ["arn:aws:iam::444455556666:role/reader"]
    assert values(reader["conditions"][0]["values"]) == ["s3.eu-west-1.amazonaws.com"]
    (alias,) = shown["aliases"]
    assert (alias["name"], alias["key"], place(alias["location"])) == (
        "alias/shared-data",
        "aws_kms_key.data",
        "kms.tf:43",
    )


def test_a_role_comes_with_all_its_policies() -> None:
    (role,) = workspace(OK)["identities"]
    assert (role["kind"], role["address"], role["arn"]) == (
        "role",
        "aws_iam_role.reader",
        "arn:aws:iam::444455556666:role/reader",
    )
    assert (role["closed"], role["unknown"], role["boundary"], role["exclusive"]) == (
        "yes",
        None,
        None,
        False,
    )
    (policy,) = role["policies"]
    assert (policy["source"], place(policy["location"])) == ("aws_iam_role_policy.reader", "consumer.tf:41")
    allowed = [(values(s["actions"]), values(s["resources"]), place(s["location"])) for s in policy["statements"]]
    assert allowed == [
        (["s3:ListBucket"], ["arn:aws:s3:::acme-shared-data"], "consumer.tf:20"),
        (["s3:GetObject"], ["arn:aws:s3:::acme-shared-data/*"], "consumer.tf:25"),
        (["kms:Decrypt"], [DATA_KEY], "consumer.tf:30"),
    ]


def test_what_is_not_known_is_explained_once() -> None:
    assert workspace(OK)["unknowns"] == [
        {
            "name": "aws_kms_key.data.key_id",
            "minted": True,
            "because": "AWS assigns the key id of aws_kms_key.data",
            "settle": None,
            "location": None,
        }
    ]


def test_the_text_reads_like_this() -> None:
    ran = program("inventory", ".", cwd=OK)
    assert ran.code == 0
    assert ran.out.startswith(
        """\
.: 1 bucket, 1 key, 1 alias, 0 grants, 1 role, 0 users

Account of provider aws.owner
  id          111122223333
  evidence    assume_role (providers.tf:16)
  region      eu-west-1

Account of provider aws.consumer
  id          444455556666
  evidence    assume_role (providers.tf:25)
  region      eu-west-1

Bucket aws_s3_bucket.data (bucket.tf:1)
  name        acme-shared-data
  account     111122223333 (aws.owner: assume_role), eu-west-1
  encryption  SSE-KMS (aws:kms), without a bucket key, set by
              aws_s3_bucket_server_side_encryption_configuration.data
              (bucket.tf:25)
  key         aws_kms_key.data, named by its key ARN
    written
        arn:aws:kms:eu-west-1:111122223333:key/${aws_kms_key.data.key_id}
  policy      set by aws_s3_bucket_policy.data (bucket.tf:65)
    Allow "LetTheReaderFindAndReadObjects" (bucket.tf:31)
      principals  arn:aws:iam::444455556666:role/reader (providers.tf:30)
"""
    )
    assert ran.out.endswith(
        """\
What is not known
  ${aws_kms_key.data.key_id}
    AWS assigns the key id of aws_kms_key.data
"""
    )


# ---- the examples of the rules


def test_no_key_named_means_the_key_that_aws_manages() -> None:
    choice = workspace(RULES / "KC001" / "bad-no-key")["buckets"][0]["encryption"]["key"]
    assert (choice["form"], choice["written"], choice["key"], choice["arn"]) == (
        "aws-managed",
        None,
        None,
        None,
    )


def test_a_bucket_without_encryption_has_what_s3_does() -> None:
    (bucket,) = workspace(RULES / "KC001" / "good-sse-s3")["buckets"]
    assert (bucket["encryption"]["algorithm"], bucket["encryption"]["key"]) == ("AES256", None)


def test_an_alias_is_followed_to_its_key() -> None:
    shown = workspace(RULES / "KR001" / "bad-alias-arn")
    choice = shown["buckets"][0]["encryption"]["key"]
    assert choice["form"] == "alias-arn"
    assert choice["written"] == "arn:aws:kms:eu-west-1:111122223333:alias/shared-data"
    assert (choice["alias"], choice["key"], choice["arn"]) == (
        "aws_kms_alias.data",
        "aws_kms_key.data",
        DATA_KEY,
    )


def test_a_key_without_a_policy_has_the_one_that_kms_makes() -> None:
    policy = workspace(RULES / "KP002" / "bad-no-policy")["keys"][0]["policy"]
    assert (policy["state"], policy["source"], policy["form"]) == ("default", None, None)
    (statement,) = policy["statements"]
    assert values(statement["principals"]) == ["arn:aws:iam::111122223333:root"]
    assert (values(statement["actions"]), statement["location"]) == (["kms:*"], None)


def test_a_grant_belongs_to_its_key() -> None:
    shown = workspace(RULES / "KP001" / "good-grant")
    assert shown["keys"][0]["grants"] == ["aws_kms_grant.reader"]
    (grant,) = shown["grants"]
    assert (grant["key"], grant["grantee_principal"]) == (
        "aws_kms_key.data",
        "arn:aws:iam::444455556666:role/reader",
    )
    assert (values(grant["operations"]), grant["constrained"]) == (["Decrypt", "DescribeKey"], False)


def test_an_aws_managed_policy_says_its_version() -> None:
    (policy,) = workspace(RULES / "ID001" / "good-administrator")["identities"][0]["policies"]
    assert (policy["name"], policy["aws_managed"], policy["form"]) == ("AdministratorAccess", "v1", None)
    assert policy["source"] == "aws_iam_role_policy_attachment.reader"
    assert [(values(s["actions"]), s["location"]) for s in policy["statements"]] == [(["*"], None)]


# ---- every root


@pytest.mark.parametrize("directory", [*SAMPLES, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_has_a_valid_inventory(directory: Path) -> None:
    shown = workspace(directory)
    names = [entry["name"] for entry in shown["unknowns"]]
    assert len(names) == len(set(names))
    holes = {part.split("}")[0] for text in strings(shown) for part in text.split("${")[1:]}
    assert holes - {"aws:PrincipalAccount"} <= set(names)
    assert all(len(line) <= 80 for line in guard("inventory", directory).out.splitlines())


# ---- targets, errors and wrong usage


def test_several_targets_are_shown_one_after_the_other() -> None:
    shown = inventory(SAMPLES[0], OK)["workspaces"]
    assert [Path(entry["source"]).name for entry in shown] == [SAMPLES[0].name, "ok"]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_shown(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "good.tf": 'resource "aws_s3_bucket" "data" {\n  bucket = "data"\n}\n',
            "bad.tf": "locals {\n  a =\n}\n",
        },
    )
    data = inventory(tmp_path, code=2)
    assert [bucket["name"] for bucket in data["workspaces"][0]["buckets"]] == ["data"]
    (error,) = data["errors"]
    assert (error["kind"], Path(error["file"]).name, error["line"]) == ("syntax", "bad.tf", 2)
    ran = guard("inventory", tmp_path)
    assert ran.code == 2
    assert "What could not be read" in ran.out
    assert "bad.tf:2:" in ran.out


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    data = inventory(tmp_path / "nowhere", code=2)
    assert (data["workspaces"], data["errors"][0]["kind"]) == ([], "input")


def test_a_file_that_no_root_uses_shows_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    ran = guard("inventory", write(tmp_path, {"notes.json": "{}"}) / "notes.json")
    assert (ran.code, ran.out) == (0, "")
    assert "nothing was read" in ran.err


def test_an_unknown_format_is_wrong_usage() -> None:
    ran = guard("inventory", "--format", "xml", OK)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "tf-kms-guard: --format xml: choose one of text, json\n"


def test_a_variable_that_nothing_declares_is_wrong_usage() -> None:
    ran = guard("inventory", "--var", "nothing=1", OK)
    assert (ran.code, ran.out) == (2, "")
    assert "--var nothing" in ran.err
