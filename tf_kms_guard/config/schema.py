"""The one schema of ``.tf-kms-guard.hcl``: what is read and checked, what ``init`` writes, and the reference page.

A block's arguments have the names of the fields of its record in ``model.py``.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from tf_kms_guard.config import kinds, model
from tf_kms_guard.config.kinds import Kind


class Argument(Struct, frozen=True):
    """An argument: its name, the values it takes, what it means, and an example of a value, in HCL."""

    name: str
    kind: Kind
    meaning: str
    example: str
    required: bool = False


class BlockType(Struct, frozen=True):
    """A type of block: its one label, its arguments, and the record it becomes in a field of the configuration.

    ``unique``: whether two blocks may not have one label. ``shown``: the names of the arguments in the example.
    """

    name: str
    field: str
    record: Any
    label: Kind
    label_name: str
    label_example: str
    meaning: str
    arguments: tuple[Argument, ...]
    shown: tuple[str, ...]
    unique: bool = True


ARGUMENTS: Final = (
    Argument(
        "fail_on",
        kinds.choice("error", "warning", "note", "undetermined", "never"),
        "From when the exit code is 1, as with `--fail-on`.",
        '"warning"',
    ),
    Argument(
        "min_severity",
        kinds.choice("error", "warning", "note"),
        "Findings that are milder are left out, as with `--min-severity`.",
        '"warning"',
    ),
    Argument(
        "min_confidence",
        kinds.choice("high", "medium", "low"),
        "Findings that are less sure are left out, as with `--min-confidence`.",
        '"high"',
    ),
    Argument(
        "exclude",
        kinds.PATTERNS,
        "Root modules that are not checked where they are found in a tree or for a file, as with `--exclude`. "
        "One that is named on the command line is checked all the same.",
        '["sandbox/**"]',
    ),
    Argument("format", kinds.FORMATS, "How and where to report, as with `--format`.", '["text", "json=report.json"]'),
)
"""What stands outside of blocks."""

ACCOUNT: Final = BlockType(
    "account",
    "accounts",
    model.NamedAccount,
    kinds.NAME,
    "NAME",
    "prod",
    "An account of yours. Its name stands beside its id in every message, and for its id elsewhere in this file.",
    (
        Argument("id", kinds.ACCOUNT_ID, "The account's id, twelve digits in quotes.", '"111122223333"', required=True),
        Argument(
            "organization",
            kinds.ORGANIZATION,
            "The organization it is a member of, for policies that speak of `aws:PrincipalOrgID` and the like.",
            '"o-a1b2c3d4e5"',
        ),
        Argument(
            "ou_paths",
            kinds.OU_PATHS,
            "Where it is in the organization, as `aws:PrincipalOrgPaths` spells it.",
            '["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"]',
        ),
    ),
    ("id", "organization"),
)

WORKSPACE: Final = BlockType(
    "workspace",
    "workspaces",
    model.WorkspaceSettings,
    kinds.PATTERN,
    "PATTERN",
    "envs/prod",
    "What is so in the root modules, plans and states whose path the pattern fits. Where several blocks fit, the later "
    "one counts, argument by argument, and in objects key by key. A plan or state is meant by its own path or by that "
    "of its directory, and what it says itself of variables and workspace counts. Where the label is a path without "
    "wildcards, names that the root module does not have are errors.",
    (
        Argument("account", kinds.ACCOUNT, "The account of the provider configuration `aws`: `--account`.", '"prod"'),
        Argument(
            "accounts",
            kinds.ACCOUNTS,
            "The accounts of named provider configurations: `--account NAME=…`.",
            '{ "aws.replica" = "444455556666" }',
        ),
        Argument("region", kinds.REGION, "The Region of the provider configuration `aws`: `--region`.", '"eu-west-1"'),
        Argument(
            "regions",
            kinds.REGIONS,
            "The Regions of named provider configurations: `--region NAME=…`.",
            '{ "aws.replica" = "eu-central-1" }',
        ),
        Argument("var_files", kinds.FILES, "Files of variables: `--var-file`.", '["envs/prod/prod.tfvars"]'),
        Argument(
            "variables", kinds.VARIABLES, "Values of variables, after those of files: `--var`.", '{ stage = "prod" }'
        ),
        Argument("workspace", kinds.WORKSPACE, "The value of `terraform.workspace`: `--workspace`.", '"prod"'),
        Argument(
            "assume",
            kinds.ADDRESSES,
            "Values of anything that is not known: `--assume`.",
            '{ "data.aws_kms_key.shared.arn" = "arn:aws:kms:eu-west-1:444455556666:key/0example" }',
        ),
    ),
    ("account", "region", "var_files"),
)

RULE: Final = BlockType(
    "rule",
    "rules",
    model.RuleSettings,
    kinds.RULE,
    "RULE",
    "KR001",
    "Switches a rule off or changes how severe its findings are; a rule may have several blocks, and the later one "
    "counts. A rule that `--select` names runs all the same.",
    (
        Argument("enabled", kinds.TRUTH, "`false` switches the rule off.", "false"),
        Argument("severity", kinds.choice("error", "warning", "note"), "The severity of its findings.", '"note"'),
        Argument(
            "paths",
            kinds.PATTERNS,
            "Where: in root modules and in files that these patterns fit, or below. Without it, everywhere.",
            '["legacy/**"]',
        ),
        Argument("reason", kinds.TEXT, "Why; it is shown with findings of changed severity.", '"moves away in March"'),
    ),
    ("enabled", "paths", "reason"),
    unique=False,
)

EXTERNAL_KEY: Final = BlockType(
    "external_key",
    "external_keys",
    model.ExternalKey,
    kinds.NAME,
    "NAME",
    "shared",
    "A KMS key that no Terraform here declares. A bucket that encrypts with it is judged by its policy. What a root "
    "module declares outranks the block, and a policy that one sets on the key does too.",
    (
        Argument(
            "arn",
            kinds.KEY_ARN,
            "Its ARN.",
            '"arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
            required=True,
        ),
        Argument(
            "policy",
            kinds.FILE,
            "A file with its policy, as `aws kms get-key-policy` prints it, or the policy alone. Without it the key "
            "policy is not known.",
            '"policies/key.json"',
        ),
        Argument(
            "aliases",
            kinds.ALIASES,
            "The names of its aliases, by which encryption and data sources may call it.",
            '["alias/shared"]',
        ),
    ),
    ("arn", "policy"),
)

EXTERNAL_BUCKET: Final = BlockType(
    "external_bucket",
    "external_buckets",
    model.ExternalBucket,
    kinds.NAME,
    "NAME",
    "hub",
    "A bucket that no Terraform here declares. Roles and users that the code declares, and external ones, are judged "
    "by its policy and key; other principals that its policy names are not.",
    (
        Argument("arn", kinds.BUCKET_ARN, "Its ARN.", '"arn:aws:s3:::acme-hub"', required=True),
        Argument("account", kinds.ACCOUNT, "The account that owns it.", '"prod"'),
        Argument("region", kinds.REGION, "Its Region; without it that of `key`.", '"eu-west-1"'),
        Argument(
            "policy",
            kinds.FILE,
            "A file with its policy, as `aws s3api get-bucket-policy` prints it, or the policy alone. Without it the "
            "bucket policy is not known.",
            '"policies/hub.json"',
        ),
        Argument(
            "key",
            kinds.KEY_ARN,
            "The ARN of the key that it encrypts with by default.",
            '"arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
        ),
        Argument(
            "encryption",
            kinds.choice("aws:kms", "aws:kms:dsse", "AES256"),
            "Its default encryption; `aws:kms` where `key` is given; without a key that means the AWS managed one.",
            '"aws:kms"',
        ),
        Argument("bucket_key", kinds.TRUTH, "Whether it uses an S3 Bucket Key; without it, that is not known.", "true"),
    ),
    ("arn", "account", "policy"),
)

EXTERNAL_ROLE: Final = BlockType(
    "external_role",
    "external_roles",
    model.ExternalRole,
    kinds.NAME,
    "NAME",
    "reader",
    "A role that no Terraform here declares, for buckets whose policy names it, or that its policies name.",
    (
        Argument("arn", kinds.ROLE_ARN, "Its ARN.", '"arn:aws:iam::444455556666:role/reader"', required=True),
        Argument(
            "policies",
            kinds.FILES,
            "Files with its permissions, as `aws iam get-role-policy`, `get-policy-version` and "
            "`list-attached-role-policies` print them, or policies alone.",
            '["policies/reader.json"]',
        ),
        Argument(
            "permissions_boundary",
            kinds.FILE,
            "A file with its permissions boundary, as `aws iam get-policy-version` prints it.",
            '"policies/boundary.json"',
        ),
        Argument(
            "complete",
            kinds.TRUTH,
            "`true`: these are all policies that it has, so that what they do not allow is denied. Without it, that is "
            "not known.",
            "true",
        ),
    ),
    ("arn", "policies", "complete"),
)

BLOCKS: Final = (ACCOUNT, WORKSPACE, RULE, EXTERNAL_KEY, EXTERNAL_BUCKET, EXTERNAL_ROLE)
"""The types of blocks. Accounts come first: the others name them."""


def example(block: BlockType) -> str:
    """A block as an example, formatted as ``terraform fmt`` does."""
    shown = [argument for argument in block.arguments if argument.name in block.shown]
    width = max(len(argument.name) for argument in shown)
    lines = [f"  {argument.name:{width}} = {argument.example}" for argument in shown]
    return "\n".join([f'{block.name} "{block.label_example}" {{', *lines, "}"])
