"""Actions of intents, AWS managed policies, and what to ask about."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.iam.cases import BUCKET, FREE, A, B, C, allow, caller, deny, kms_request, policy, s3_request
from tf_kms_guard.iam.actions import CROSS_ACCOUNT_KMS_ACTIONS, NEEDS, OPERATIONS, Intent, intents_of, s3_action_of
from tf_kms_guard.iam.candidates import named_principals, sample_resource
from tf_kms_guard.iam.decide import Request, Verdict, decide_identity_policies
from tf_kms_guard.iam.document import Document
from tf_kms_guard.iam.managed import managed_policy, managed_policy_version, table_date
from tf_kms_guard.values.text import join_text, spell
from tf_kms_guard.values.unknown import Unknown

ROOT = Path(__file__).parents[2]
TABLE, TOOL = ROOT / "tf_kms_guard" / "iam" / "managed_policies.json", ROOT / "tools" / "reduce_managed_policies.py"
READ, WRITE, REPLICATE = Intent.READ, Intent.WRITE, Intent.REPLICATE


@pytest.mark.parametrize(
    ("operation", "on_source", "on_target"),
    [
        ("GetObject", {"s3:GetObject", "kms:Decrypt"}, set()),
        ("HeadObject", {"s3:GetObject"}, set()),
        ("PutObject", set(), {"s3:PutObject", "kms:GenerateDataKey"}),
        ("multipart upload", set(), {"s3:PutObject", "kms:GenerateDataKey", "kms:Decrypt"}),
        ("CopyObject", {"s3:GetObject", "kms:Decrypt"}, {"s3:PutObject", "kms:GenerateDataKey"}),
        ("multipart copy", {"s3:GetObject", "kms:Decrypt"}, {"s3:PutObject", "kms:GenerateDataKey", "kms:Decrypt"}),
        (
            "replication",
            {"s3:GetObjectVersionForReplication", "kms:Decrypt"},
            {"s3:ReplicateObject", "kms:Encrypt"},
        ),
    ],
)
def test_an_operation_needs_actions_on_objects_and_on_their_keys(
    operation: str, on_source: set[str], on_target: set[str]
) -> None:
    found = OPERATIONS[operation]
    assert {*found.reads, *found.decrypts} == on_source
    assert {*found.writes, *found.encrypts} == on_target


def test_intents_need_what_their_operations_need() -> None:
    assert (NEEDS[READ].s3_action, NEEDS[READ].kms_actions, NEEDS[READ].sometimes) == (
        "s3:GetObject",
        ("kms:Decrypt",),
        (),
    )
    assert (NEEDS[WRITE].s3_action, NEEDS[WRITE].kms_actions) == ("s3:PutObject", ("kms:GenerateDataKey",))
    assert NEEDS[WRITE].sometimes == ("kms:Decrypt",)
    assert NEEDS[REPLICATE].kms_actions == ("kms:Encrypt",)


@pytest.mark.parametrize(
    ("actions", "intents"),
    [
        (["s3:GetObject"], {READ}),
        (["s3:GetObject*"], {READ}),
        (["s3:Get*"], {READ}),
        (["s3:GetObjectVersion"], {READ}),
        (["S3:getobject"], {READ}),
        (["s3:PutObject"], {WRITE}),
        (["s3:*"], {READ, WRITE}),
        (["*"], {READ, WRITE}),
        (["s3:ReplicateObject"], {REPLICATE}),
        (["s3:Replicate*", "s3:GetObjectVersionForReplication"], {REPLICATE}),
        (["s3:ReplicateDelete"], set()),
        (["s3:ListBucket", "s3:GetObjectTagging", "s3:PutObjectAcl"], set()),
        ([FREE], set()),
        (None, set()),
        (FREE, set()),
    ],
)
def test_actions_state_intents(actions: Any, intents: set[Intent]) -> None:
    assert intents_of(actions) == intents


def test_what_an_intent_needs() -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys"."""
    assert (NEEDS[READ].s3_action, NEEDS[READ].kms_actions) == ("s3:GetObject", ("kms:Decrypt",))
    assert (NEEDS[WRITE].s3_action, NEEDS[WRITE].kms_actions) == ("s3:PutObject", ("kms:GenerateDataKey",))
    assert (NEEDS[REPLICATE].s3_action, NEEDS[REPLICATE].kms_actions) == (
        "s3:ReplicateObject",
        ("kms:Encrypt",),
    )
    assert NEEDS[WRITE].sometimes == ("kms:Decrypt",)
    assert s3_action_of(READ, ["s3:GetObjectVersion"]) == "s3:GetObjectVersion"
    assert s3_action_of(READ, ["s3:GetObject*"]) == s3_action_of(READ) == "s3:GetObject"
    assert s3_action_of(WRITE, ["s3:*"]) == "s3:PutObject"


def test_administration_of_keys_has_no_effect_across_accounts() -> None:
    """KMS Developer Guide, "Allowing users in other accounts to use a KMS key"."""
    assert {"kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"} <= CROSS_ACCOUNT_KMS_ACTIONS
    assert not {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:ListKeys"} & CROSS_ACCOUNT_KMS_ACTIONS


def verdict(name: str, request: Request) -> Verdict:
    document = managed_policy(f"arn:aws:iam::aws:policy/{name}")
    assert isinstance(document, Document)
    return decide_identity_policies([document], request).verdict


GET, PUT = s3_request(), s3_request(action="s3:PutObject")
DECRYPT, DATA_KEY, ENCRYPT = (kms_request(action=f"kms:{name}") for name in ("Decrypt", "GenerateDataKey", "Encrypt"))


@pytest.mark.parametrize(
    ("name", "get", "put", "decrypt", "data_key"),
    [
        ("AdministratorAccess", True, True, True, True),
        ("PowerUserAccess", True, True, True, True),
        ("AmazonS3FullAccess", True, True, False, False),
        ("AmazonS3ReadOnlyAccess", True, False, False, False),
        ("ReadOnlyAccess", True, False, False, False),
        ("SecurityAudit", False, False, False, False),
        ("job-function/ViewOnlyAccess", False, False, False, False),
        ("job-function/SupportUser", False, False, False, False),
        ("AWSKeyManagementServicePowerUser", False, False, False, False),
        ("job-function/SystemAdministrator", True, True, False, False),
        ("job-function/DatabaseAdministrator", None, None, False, False),
        ("job-function/DataScientist", None, None, False, False),
        ("AmazonAthenaFullAccess", None, None, False, False),
        ("service-role/AWSGlueServiceRole", None, None, False, False),
        ("service-role/AmazonElasticMapReduceforEC2Role", True, True, False, False),
        ("AmazonRedshiftAllCommandsFullAccess", None, None, False, False),
        ("AmazonSageMakerFullAccess", None, None, False, False),
        ("service-role/AWSLambdaBasicExecutionRole", False, False, False, False),
        ("service-role/AWSLambdaVPCAccessExecutionRole", False, False, False, False),
        ("AmazonSSMManagedInstanceCore", False, False, False, False),
        ("service-role/AmazonECSTaskExecutionRolePolicy", False, False, False, False),
        ("AWSBackupServiceRolePolicyForS3Backup", True, None, True, False),
        ("AWSBackupServiceRolePolicyForS3Restore", True, True, True, True),
    ],
)
def test_what_managed_policies_allow(name: str, get: Any, put: Any, decrypt: Any, data_key: Any) -> None:
    """Each against a role of another account; None: it depends on bucket or tags, not tested."""
    expected = {True: Verdict.ALLOWED, False: Verdict.DENIED}
    for request, answer in ((GET, get), (PUT, put), (DECRYPT, decrypt), (DATA_KEY, data_key)):
        if answer is not None:
            assert verdict(name, request) is expected[answer], request.action


def test_system_administrators_may_encrypt_and_not_decrypt() -> None:
    assert verdict("job-function/SystemAdministrator", ENCRYPT) is Verdict.ALLOWED
    assert verdict("job-function/SystemAdministrator", DECRYPT) is Verdict.DENIED


def test_a_managed_policy_that_is_not_in_the_table_is_not_known() -> None:
    unknown = managed_policy("arn:aws:iam::aws:policy/AmazonChimeFullAccess")
    assert isinstance(unknown, Unknown)
    assert unknown.because == f"the AWS managed policy AmazonChimeFullAccess is not in the table of {table_date()}"


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{B}:policy/data",
        "AdministratorAccess",
        "",
        "arn:aws:s3:::bucket",
        "arn:aws:iam::aws:role/x",
    ],
)
def test_other_arns_are_no_managed_policies(arn: str) -> None:
    assert managed_policy(arn) is None


def test_a_managed_policy_whose_name_is_not_known_is_not_known() -> None:
    assert isinstance(managed_policy(join_text(("arn:aws:iam::aws:policy/", FREE))), Unknown)
    assert isinstance(managed_policy(FREE), Unknown)


def test_the_partition_of_a_managed_policy_does_not_matter() -> None:
    assert isinstance(managed_policy("arn:aws-cn:iam::aws:policy/AdministratorAccess"), Document)
    partition = Unknown("data.aws_partition.current.partition", "not known")
    assert isinstance(
        managed_policy(join_text(("arn:", partition, ":iam::aws:policy/AmazonS3FullAccess"))),
        Unknown | Document,
    )


def test_the_table_has_versions_a_source_and_a_date() -> None:
    assert managed_policy_version("AmazonS3FullAccess") == "v2"
    assert managed_policy_version("PowerUserAccess") == "v12"
    assert managed_policy_version("Nothing") is None
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert re.fullmatch(r"npm package \S+ [\d.]+ \(licence \w+\)", table["source"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table["date"])
    assert table["date"] == table_date()
    assert len(table["policies"]) >= 60


def test_every_policy_of_the_table_is_read_without_a_problem() -> None:
    for name in json.loads(TABLE.read_text(encoding="utf-8"))["policies"]:
        document = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        assert isinstance(document, Document)
        assert (document.problems, document.incomplete) == ((), None), name


def test_the_table_is_made_by_a_tool_from_a_package(tmp_path: Path) -> None:
    """The tool keeps the version in force, what is said of S3, KMS and STS, and NotAction whole."""
    versions = {
        "v1": {"document": {"Version": "2012-10-17", "Statement": []}},
        "v2": {
            "document": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["ec2:*", "s3:Get*"], "Resource": "*"},
                    {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
                    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                ],
            }
        },
    }
    policy = {"latestVersionId": "v2", "lastUpdatedDate": "2026-01-02T03:04:05Z", "versions": versions}
    names = json.loads(TABLE.read_text(encoding="utf-8"))["policies"]
    (tmp_path / "dist").mkdir()
    (tmp_path / "package.json").write_text('{"name": "some-package", "version": "1.2.3", "license": "MIT"}')
    (tmp_path / "dist" / "managedPolicies.json").write_text(json.dumps(dict.fromkeys(names, policy)))
    command = [sys.executable, str(TOOL), str(tmp_path)]
    made = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert (made["source"], made["date"]) == ("npm package some-package 1.2.3 (licence MIT)", "2026-01-02")
    assert made["policies"].keys() == names.keys()
    assert made["policies"]["AdministratorAccess"]["version"] == "v2"
    assert made["policies"]["AdministratorAccess"]["document"]["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"},
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    ]


def test_everybody_whom_allows_name_is_found_once() -> None:
    role, user = f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{B}:user/ann"
    by_condition = allow("*", Condition={"ArnLike": {"aws:PrincipalArn": [user, f"arn:aws:iam::{B}:role/x*"]}})
    document = policy(allow({"AWS": [role, A]}), allow({"AWS": role}), by_condition, deny({"AWS": C}))
    found = [spell(principal.value) for principal in named_principals([document])]
    assert found == [role, f"arn:aws:iam::{A}:root", "*", user]


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (f"{BUCKET}/*", f"{BUCKET}/object"),
        (f"{BUCKET}/reports/*", f"{BUCKET}/reports/object"),
        (f"{BUCKET}/v?/x", f"{BUCKET}/vx/x"),
        (join_text((FREE, "/*")), "${var.x}/object"),
        (BUCKET, BUCKET),
    ],
)
def test_a_sample_is_covered_by_its_pattern(pattern: Any, sample: str) -> None:
    assert spell(sample_resource(pattern)) == sample


def test_some_role_of_an_account_passes_both_policies() -> None:
    """A bucket policy that names the account and a key policy that names a role of it go together."""
    bucket = policy(allow({"AWS": B}, "s3:GetObject", f"{BUCKET}/*"))
    _, role = named_principals([bucket, policy(allow({"AWS": f"arn:aws:iam::{B}:role/reader"}))])
    assert spell(role.value) == spell(caller().value)
