"""Made-up values for what AWS would assign, in the forms that AWS gives them.

Each has a seed, from which it follows: one seed, one value; two seeds, two values.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from tests.terraform_stub.values import UNKNOWN

DEFAULT_REGION: Final = "eu-south-2"
"""Where a provider configuration that names no Region is."""


@dataclass(frozen=True)
class Surroundings:
    """The account and Region of a provider configuration."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, rest: str, *, account: bool = True, region: bool = False) -> str:
        owner = self.account if account else ""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{owner}:{rest}"


def surroundings(config: dict[str, Any]) -> Surroundings:
    """What a provider configuration means: the account of ``assume_role``, else a single allowed one."""
    region = config.get("region")
    return Surroundings(_account(config), region if isinstance(region, str) else DEFAULT_REGION)


def _account(config: dict[str, Any]) -> str:
    for role in config.get("assume_role") or ():
        arn = role.get("role_arn")
        if isinstance(arn, str) and arn.count(":") >= 5:
            return arn.split(":")[4]
    allowed = config.get("allowed_account_ids")
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str):
        return allowed[0]
    credentials = {name: repr(value) for name, value in config.items() if name != "region"}
    return digits(json.dumps(credentials, sort_keys=True))


def digits(seed: str) -> str:
    """An account id."""
    return str(200_000_000_000 + int(_hash(seed), 16) % 700_000_000_000)


def key_id(seed: str) -> str:
    return str(uuid.UUID(_hash(seed)[:32], version=4))


def unique_id(prefix: str, seed: str) -> str:
    return prefix + _hash(seed)[:17].upper()


def _hash(seed: str) -> str:
    return sha256(seed.encode()).hexdigest()


Rule = Callable[[dict[str, Any], Surroundings, str], Any]
"""Makes an attribute up from the object that it is part of (as far as it is known), the surroundings and a seed."""


def _name(prefix: str) -> Rule:
    def rule(this: dict[str, Any], around: Surroundings, seed: str) -> str:
        return f"{this.get(prefix) or 'terraform-'}{int(_hash(seed), 16) % 10**26:026d}"

    return rule


def same(attribute: str) -> Rule:
    """The value of another attribute."""
    return lambda this, around, seed: this[attribute]


def _iam_arn(kind: str) -> Rule:
    return lambda this, around, seed: around.arn("iam", f"{kind}{this.get('path') or '/'}{this['name']}")


def _bucket_arn(this: dict[str, Any], around: Surroundings, seed: str) -> str:
    return around.arn("s3", this["bucket"], account=False)


def _alias_target(this: dict[str, Any], around: Surroundings, seed: str) -> str:
    target = this["target_key_id"]
    return target if target.startswith("arn:") else around.arn("kms", f"key/{target}", region=True)


def _default_key_policy(around: Surroundings) -> str:
    """What KMS puts where no policy is set."""
    root = f"arn:{around.partition}:iam::{around.account}:root"
    statement = {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": "kms:*", "Resource": "*"}]})


_KEY: Final[dict[str, Rule]] = {
    "key_id": lambda this, around, seed: f"mrk-{_hash(seed)[:32]}" if this.get("multi_region") else key_id(seed),
    "id": same("key_id"),
    "arn": lambda this, around, seed: around.arn("kms", f"key/{this['key_id']}", region=True),
    "policy": lambda this, around, seed: _default_key_policy(around),
}

_REPLICA: Final[dict[str, Rule]] = {
    **_KEY,
    "key_id": lambda this, around, seed: this["primary_key_arn"].rpartition("/")[2],
}
"""A replica has the id of its primary."""

_IDENTITY: Final[dict[str, Rule]] = {"name": _name("name_prefix"), "id": same("name")}

MANAGED: Final[dict[str, dict[str, Rule]]] = {
    "aws_s3_bucket": {
        "bucket": _name("bucket_prefix"),
        "id": same("bucket"),
        "arn": _bucket_arn,
        "bucket_domain_name": lambda this, around, seed: f"{this['bucket']}.s3.{around.suffix}",
        "bucket_regional_domain_name": lambda this, around, seed: (
            f"{this['bucket']}.s3.{around.region}.{around.suffix}"
        ),
        "bucket_region": lambda this, around, seed: around.region,
        "policy": lambda this, around, seed: "",
    },
    "aws_s3_access_point": {
        "account_id": lambda this, around, seed: around.account,
        "arn": lambda this, around, seed: around.arn("s3", f"accesspoint/{this['name']}", region=True),
    },
    "aws_s3_account_public_access_block": {
        "account_id": lambda this, around, seed: around.account,
        "id": same("account_id"),
    },
    "aws_kms_key": _KEY,
    "aws_kms_external_key": {
        "id": lambda this, around, seed: f"mrk-{_hash(seed)[:32]}" if this.get("multi_region") else key_id(seed),
        "arn": lambda this, around, seed: around.arn("kms", f"key/{this['id']}", region=True),
        "policy": lambda this, around, seed: _default_key_policy(around),
    },
    "aws_kms_replica_key": _REPLICA,
    "aws_kms_replica_external_key": _REPLICA,
    "aws_kms_alias": {
        "name": lambda this, around, seed: f"{this.get('name_prefix') or 'alias/'}{_hash(seed)[:26]}",
        "id": same("name"),
        "arn": lambda this, around, seed: around.arn("kms", this["name"], region=True),
        "target_key_arn": _alias_target,
    },
    "aws_iam_role": {
        **_IDENTITY,
        "arn": _iam_arn("role"),
        "unique_id": lambda this, around, seed: unique_id("AROA", seed),
        "managed_policy_arns": lambda this, around, seed: [],
    },
    "aws_iam_user": {
        **_IDENTITY,
        "arn": _iam_arn("user"),
        "unique_id": lambda this, around, seed: unique_id("AIDA", seed),
    },
    "aws_iam_group": {
        **_IDENTITY,
        "arn": _iam_arn("group"),
        "unique_id": lambda this, around, seed: unique_id("AGPA", seed),
    },
    "aws_iam_policy": {
        **_IDENTITY,
        "arn": _iam_arn("policy"),
        "id": _iam_arn("policy"),
        "policy_id": lambda this, around, seed: unique_id("ANPA", seed),
    },
    "aws_cloudtrail": {
        "id": same("name"),
        "arn": lambda this, around, seed: around.arn("cloudtrail", f"trail/{this['name']}", region=True),
    },
    "aws_iam_service_linked_role": {
        "name": lambda this, around, seed: f"AWSServiceRoleFor{this['aws_service_name'].split('.')[0].title()}",
        "path": lambda this, around, seed: f"/aws-service-role/{this['aws_service_name']}/",
        "arn": _iam_arn("role"),
        "id": same("arn"),
        "unique_id": lambda this, around, seed: unique_id("AROA", seed),
    },
    "aws_iam_role_policy": {
        "name": _name("name_prefix"),
        "id": lambda this, around, seed: f"{this['role']}:{this['name']}",
    },
    "aws_iam_user_policy": {
        "name": _name("name_prefix"),
        "id": lambda this, around, seed: f"{this['user']}:{this['name']}",
    },
}


def _found_key(this: dict[str, Any], around: Surroundings) -> str:
    """The id of the key that a data source finds."""
    given = this["key_id"].rsplit(":", 1)[-1]
    if given.startswith("alias/"):
        return key_id(f"{around} {given}")
    return given.removeprefix("key/")


def _found_key_arn(this: dict[str, Any], around: Surroundings, seed: str) -> str:
    given = this["key_id"]
    if given.startswith("arn:") and ":key/" in given:
        return given
    return around.arn("kms", f"key/{_found_key(this, around)}", region=True)


DATA: Final[dict[str, dict[str, Rule]]] = {
    "aws_caller_identity": {
        "account_id": lambda this, around, seed: around.account,
        "id": lambda this, around, seed: around.account,
        "arn": lambda this, around, seed: around.arn("iam", "user/deployer"),
        "user_id": lambda this, around, seed: unique_id("AIDA", around.account),
    },
    "aws_region": {
        "region": lambda this, around, seed: around.region,
        "name": lambda this, around, seed: this.get("region") or around.region,
        "id": lambda this, around, seed: this.get("region") or around.region,
    },
    "aws_partition": {
        "partition": lambda this, around, seed: around.partition,
        "id": lambda this, around, seed: around.partition,
        "dns_suffix": lambda this, around, seed: around.suffix,
        "reverse_dns_prefix": lambda this, around, seed: ".".join(reversed(around.suffix.split("."))),
    },
    "aws_s3_bucket": {
        "arn": _bucket_arn,
        "id": same("bucket"),
        "bucket_domain_name": lambda this, around, seed: f"{this['bucket']}.s3.{around.suffix}",
        "bucket_region": lambda this, around, seed: around.region,
    },
    "aws_kms_alias": {
        "arn": lambda this, around, seed: around.arn("kms", this["name"], region=True),
        "id": lambda this, around, seed: around.arn("kms", this["name"], region=True),
        "target_key_id": lambda this, around, seed: key_id(f"{around} {this['name']}"),
        "target_key_arn": lambda this, around, seed: around.arn("kms", f"key/{this['target_key_id']}", region=True),
    },
    "aws_kms_key": {
        "arn": _found_key_arn,
        "id": lambda this, around, seed: _found_key(this, around),
        "aws_account_id": lambda this, around, seed: around.account,
    },
    "aws_iam_role": {
        "path": lambda this, around, seed: "/found/",
        "arn": lambda this, around, seed: around.arn("iam", f"role/found/{this['name']}"),
        "id": same("name"),
        "unique_id": lambda this, around, seed: unique_id("AROA", seed),
        "assume_role_policy": lambda this, around, seed: json.dumps({"Version": "2012-10-17", "Statement": []}),
    },
    "aws_iam_user": {
        "path": lambda this, around, seed: "/found/",
        "arn": lambda this, around, seed: around.arn("iam", f"user/found/{this['user_name']}"),
        "id": same("user_name"),
    },
    "aws_iam_policy": {
        "name": lambda this, around, seed: this["arn"].rsplit("/", 1)[-1],
        "arn": lambda this, around, seed: around.arn("iam", f"policy/{this['name']}"),
        "id": lambda this, around, seed: this["arn"],
        "policy": lambda this, around, seed: json.dumps({"Version": "2012-10-17", "Statement": []}),
    },
}


def generic(name: str, type_: Any, around: Surroundings, seed: str) -> Any:
    """A value for an attribute without a rule, by its type."""
    if name == "region":
        return around.region
    if name.endswith("_prefix"):
        return ""
    match type_:
        case "string":
            return f"made-up-{name}-{_hash(seed)[:12]}"
        case "number":
            return 0
        case "bool":
            return False
        case ["list" | "set", _]:
            return []
        case ["map", _]:
            return {}
    return None


def is_known(value: Any) -> bool:
    """Whether no part of a value is unknown."""
    if value is UNKNOWN:
        return False
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    return all(is_known(item) for item in value) if isinstance(value, list) else True
