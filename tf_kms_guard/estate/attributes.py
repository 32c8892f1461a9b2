"""The attributes that the AWS provider computes, as far as their parts are known (AWS provider documentation).

ARNs are built of partition, Region, account and name, so that what is known inside them stays known; ids that
AWS assigns are minted unknowns with the shape that AWS gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tf_kms_guard.estate.accounts import Account, Accounts
from tf_kms_guard.estate.policy_documents import minified, rendered
from tf_kms_guard.estate.references import WHOLE
from tf_kms_guard.estate.template_file import rendered_template
from tf_kms_guard.estate.texts import account_in, as_text, minted, text_or
from tf_kms_guard.iam.shapes import BUCKET_NAME, KMS_KEY_ID, NAME, PATH, UNIQUE_ID
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, join_text, known, leading, pieces_of, shaped, split_text
from tf_kms_guard.values.unknown import Shape, Unknown

AWS_MANAGED_S3_KEY: Final = "alias/aws/s3"
_MANAGED_KEY: Final = "the key of alias/aws/s3"


class AwsSchema:
    """Answers what the AWS provider would set an attribute to."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.elsewhere: Callable[[ResourceInstance, str], Value | NotSet] | None = None
        """What another workspace that is judged together with this one declares, for data sources."""

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        """The value of an attribute that the provider makes; ``NOT_SET`` where nothing is known of it."""
        if resource.type == "template_file":
            return rendered_template(resource) if attribute == "rendered" else NOT_SET
        if resource.mode == "data" and self.elsewhere is not None:
            found = self.elsewhere(resource, attribute)
            if not isinstance(found, NotSet):
                return found
        table = _DATA if resource.mode == "data" else _MANAGED
        rules = table.get(resource.type)
        if rules is None:
            if resource.type.startswith("aws_s3_bucket_") and attribute in ("id", "bucket"):
                return resource.attribute("bucket")
            return NOT_SET
        rule = rules.get(attribute)
        return NOT_SET if rule is None else rule(resource, self.account(resource))

    def fills(self, resource_type: str, argument: str) -> bool:
        """Whether the provider shows what AWS has for an argument or block that a configuration does not set."""
        return argument in _FILLED.get(resource_type, ())

    def takes(self, argument: str) -> tuple[Callable[[Value], bool], str | None] | None:
        """For an argument that takes nothing but one whole thing, or a list of such: how to tell that thing."""
        return WHOLE.get(argument)

    def account(self, resource: ResourceInstance) -> Account:
        """The account and Region that a resource lives in; since provider 6 it may set its own Region."""
        account = self.accounts.of(resource.provider)
        region = as_text(resource.attribute("region"))
        if region is None:
            return account
        partition = self.accounts.partition_of(account.provider, region)
        return Account(account.provider, account.id, region, account.evidence, account.evidence_span, partition)


Rule = Callable[[ResourceInstance, Account], "Value | NotSet"]


def is_aws_managed_key(text: TextLike) -> bool:
    """Whether a key ARN or id is that of ``alias/aws/s3``."""
    return any(isinstance(piece, Unknown) and _MANAGED_KEY in piece.identity for piece in pieces_of(text))


def _text(resource: ResourceInstance, name: str) -> TextLike | None:
    return as_text(resource.attribute(name))


def _argument(name: str) -> Rule:
    return lambda resource, _: resource.attribute(name)


def _minted(resource: ResourceInstance, attribute: str, what: str, shape: Shape, *, unique: bool = False) -> Unknown:

    return minted(f"{resource.address}.{attribute}", f"AWS assigns {what} of {resource.address}", shape, unique=unique)


# ---- buckets


def bucket_name(resource: ResourceInstance, _: Account) -> TextLike:
    """The name of a bucket; a generated one is minted (bucket names are unique in a partition)."""
    name = _text(resource, "bucket")
    if name is not None:
        return shaped(name, BUCKET_NAME)
    generated = _minted(resource, "bucket", "the name", BUCKET_NAME, unique=True)
    prefix = _text(resource, "bucket_prefix")
    return generated if prefix is None else join_text((prefix, generated))


def _bucket_arn(resource: ResourceInstance, account: Account) -> TextLike:
    return join_text(("arn:", account.partition, ":s3:::", bucket_name(resource, account)))


def _region(_: ResourceInstance, account: Account) -> TextLike:
    return account.region


def _access_point_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    name = _text(resource, "name")
    if name is None:
        return NOT_SET
    owner = _access_point_account(resource, account)
    return join_text(("arn:", account.partition, ":s3:", account.region, ":", owner, ":accesspoint/", name))


def _access_point_account(resource: ResourceInstance, account: Account) -> TextLike:
    owner = _text(resource, "account_id")
    return account.id if owner is None else owner


# ---- keys and aliases


def _key_arn_of(key_id: TextLike, account: Account) -> TextLike:
    return join_text(("arn:", account.partition, ":kms:", account.region, ":", account.id, ":key/", key_id))


def _key_id(resource: ResourceInstance, _: Account) -> TextLike:
    return _minted(resource, "key_id", "the key id", KMS_KEY_ID, unique=True)


def _key_arn(resource: ResourceInstance, account: Account) -> TextLike:
    return _key_arn_of(_key_id(resource, account), account)


def _replica_key_id(resource: ResourceInstance, account: Account) -> TextLike:
    """A replica has the key id of its primary (KMS Developer Guide, "Multi-Region keys in AWS KMS")."""
    primary = _text(resource, "primary_key_arn")
    fields = None if primary is None else split_text(primary, "/", 1)
    return _key_id(resource, account) if fields is None or len(fields) < 2 else fields[1]


def _replica_key_arn(resource: ResourceInstance, account: Account) -> TextLike:
    return _key_arn_of(_replica_key_id(resource, account), account)


def alias_name(resource: ResourceInstance, _: Account) -> TextLike:
    """The name of an alias, ``alias/`` included."""
    name = _text(resource, "name")
    if name is not None:
        return name
    generated = _minted(resource, "name", "the name", NAME)
    prefix = _text(resource, "name_prefix")
    return join_text((text_or(prefix, "alias/"), generated))


def _alias_arn(resource: ResourceInstance, account: Account) -> TextLike:
    name = alias_name(resource, account)
    return join_text(("arn:", account.partition, ":kms:", account.region, ":", account.id, ":", name))


def _alias_target_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    target = _text(resource, "target_key_id")
    if target is None:
        return NOT_SET
    return target if account_in(target) is not None else _key_arn_of(target, account)


def _found_key(resource: ResourceInstance, name: TextLike) -> Unknown:
    """The key behind an alias or id that a data source looks up."""
    if _is_managed_alias(name):
        identity = f"{_MANAGED_KEY} in provider {resource.provider.name}"
        return minted(identity, "AWS made the key of alias/aws/s3", KMS_KEY_ID, unique=True)
    where = f"{resource.address}.key_id"
    return Unknown(where, f"the key that {resource.address} finds is not visible", KMS_KEY_ID, origin=resource.span)


def _is_managed_alias(name: TextLike) -> bool:
    text = known(name) or ""
    return text == AWS_MANAGED_S3_KEY or text.endswith(":" + AWS_MANAGED_S3_KEY)


def _data_alias_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    name = _text(resource, "name")
    if name is None:
        return NOT_SET
    return join_text(("arn:", account.partition, ":kms:", account.region, ":", account.id, ":", name))


def _data_alias_key_id(resource: ResourceInstance, _: Account) -> Value | NotSet:
    name = _text(resource, "name")
    return NOT_SET if name is None else _found_key(resource, name)


def _data_alias_key_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    name = _text(resource, "name")
    return NOT_SET if name is None else _key_arn_of(_found_key(resource, name), account)


def _is_alias(text: TextLike) -> bool:
    fields = split_text(text, ":", 5)
    return leading(text if fields is None or len(fields) < 6 else fields[5]).startswith("alias/")


def _data_key_id(resource: ResourceInstance, _: Account) -> Value | NotSet:
    given = _text(resource, "key_id")
    if given is None:
        return NOT_SET
    if _is_alias(given):
        return _found_key(resource, given)
    fields = split_text(given, "/", 1) if account_in(given) is not None else [given]
    return fields[-1] if fields else _found_key(resource, given)


def _data_key_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    given = _text(resource, "key_id")
    if given is None:
        return NOT_SET
    if account_in(given) is not None and not _is_alias(given):
        return given
    if isinstance(given, Unknown) and given.shape is not KMS_KEY_ID:
        return NOT_SET
    found = _data_key_id(resource, account)
    if isinstance(found, NotSet):
        return NOT_SET
    key_id = text_or(as_text(found), "")
    fields = split_text(given, ":", 5)
    if fields is None or len(fields) < 6:
        return _key_arn_of(key_id, account)
    there = [part for field in fields[:5] for part in (field, ":")]  # an alias's ARN: its key is in the same account
    return join_text((*there, "key/", key_id))


# ---- identities


def identity_name(resource: ResourceInstance, _: Account) -> TextLike:
    """The name of a role, user or policy."""
    name = _text(resource, "name")
    if name is not None:
        return name
    generated = _minted(resource, "name", "the name", NAME)
    prefix = _text(resource, "name_prefix")
    return generated if prefix is None else join_text((prefix, generated))


def _iam_arn(kind: str) -> Rule:
    def arn(resource: ResourceInstance, account: Account) -> TextLike:
        path = text_or(_text(resource, "path"), "/")
        name = identity_name(resource, account)
        return join_text(("arn:", account.partition, ":iam::", account.id, ":", kind, path, name))

    return arn


def _unique_id(resource: ResourceInstance, _: Account) -> TextLike:
    return _minted(resource, "unique_id", "the unique id", UNIQUE_ID, unique=True)


def _found_iam_arn(kind: str, argument: str) -> Rule:
    def arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
        name = _text(resource, argument)
        if name is None:
            return NOT_SET
        where = f"{resource.address}.path"
        path = Unknown(where, f"the path of {resource.address} is not visible", PATH, origin=resource.span)
        return join_text(("arn:", account.partition, ":iam::", account.id, ":", kind, path, name))

    return arn


def _found_policy_arn(resource: ResourceInstance, _: Account) -> Value | NotSet:
    return resource.attribute("arn")


# ---- who and where we are


def _account_id(_: ResourceInstance, account: Account) -> TextLike:
    return account.id


def _partition(_: ResourceInstance, account: Account) -> TextLike:
    return account.partition


def _dns_suffix(_: ResourceInstance, account: Account) -> TextLike:
    return "amazonaws.com.cn" if known(account.partition) == "aws-cn" else "amazonaws.com"


def _service_principal(resource: ResourceInstance, account: Account) -> Value | NotSet:
    """The principal of a service; in other partitions than ``aws`` some services have names of their own."""
    service = _text(resource, "service_name")
    if service is None or known(account.partition) != "aws":
        return NOT_SET
    return join_text((service, ".amazonaws.com"))


def _found_bucket_arn(resource: ResourceInstance, account: Account) -> Value | NotSet:
    name = _text(resource, "bucket")
    return NOT_SET if name is None else join_text(("arn:", account.partition, ":s3:::", name))


_OBJECT: Final = frozenset(("kms_key_id", "server_side_encryption", "bucket_key_enabled", "acl"))

_FILLED: Final[Mapping[str, frozenset[str]]] = {
    "aws_s3_bucket": frozenset(
        (
            "policy", "server_side_encryption_configuration", "acl", "grant", "versioning", "logging", "website",
            "lifecycle_rule", "replication_configuration", "cors_rule", "bucket_prefix", "object_lock_configuration",
        )
    ),
    "aws_s3_access_point": frozenset(("policy", "public_access_block_configuration")),
    "aws_kms_key": frozenset(("policy",)),
    "aws_kms_external_key": frozenset(("policy",)),
    "aws_kms_replica_key": frozenset(("policy",)),
    "aws_kms_replica_external_key": frozenset(("policy",)),
    "aws_s3_object": _OBJECT,
    "aws_s3_bucket_object": _OBJECT,
    "aws_s3_object_copy": _OBJECT,
    "aws_iam_role": frozenset(("inline_policy", "managed_policy_arns", "name_prefix")),
}  # fmt: skip
"""Arguments that are optional and computed (AWS provider schema): a state holds them whether they are set or not."""

_KEY: Final[Mapping[str, Rule]] = {"key_id": _key_id, "id": _key_id, "arn": _key_arn}

_REPLICA: Final[Mapping[str, Rule]] = {"key_id": _replica_key_id, "id": _replica_key_id, "arn": _replica_key_arn}


def _trail_arn(resource: ResourceInstance, account: Account) -> TextLike:
    name = text_or(_text(resource, "name"), "")
    return join_text(("arn:", account.partition, ":cloudtrail:", account.region, ":", account.id, ":trail/", name))


def _service_role_arn(resource: ResourceInstance, account: Account) -> TextLike:
    """The role that a service uses in an account; its name is the service's to choose."""
    service = text_or(_text(resource, "aws_service_name"), "")
    name: TextLike = _minted(resource, "name", "the name", NAME)
    if known(service) == "config.amazonaws.com":  # AWS Config Developer Guide, "Using service-linked roles"
        name = "AWSServiceRoleForConfig"
    start = ("arn:", account.partition, ":iam::", account.id, ":role/aws-service-role/")
    return join_text((*start, service, "/", name))


_MANAGED: Final[Mapping[str, Mapping[str, Rule]]] = {
    "aws_iam_service_linked_role": {"arn": _service_role_arn},
    "aws_cloudtrail": {"arn": _trail_arn},
    "aws_s3_bucket": {"id": bucket_name, "bucket": bucket_name, "arn": _bucket_arn, "region": _region},
    "aws_s3_access_point": {
        "arn": _access_point_arn,
        "name": _argument("name"),
        "account_id": _access_point_account,
    },
    "aws_kms_key": _KEY,
    "aws_kms_external_key": _KEY,
    "aws_kms_replica_key": _REPLICA,
    "aws_kms_replica_external_key": _REPLICA,
    "aws_kms_alias": {
        "arn": _alias_arn,
        "name": alias_name,
        "id": alias_name,
        "target_key_arn": _alias_target_arn,
        "target_key_id": _argument("target_key_id"),
    },
    "aws_iam_role": {"arn": _iam_arn("role"), "name": identity_name, "id": identity_name, "unique_id": _unique_id},
    "aws_iam_user": {"arn": _iam_arn("user"), "name": identity_name, "id": identity_name, "unique_id": _unique_id},
    "aws_iam_policy": {"arn": _iam_arn("policy"), "id": _iam_arn("policy"), "name": identity_name},
}

_DATA: Final[Mapping[str, Mapping[str, Rule]]] = {
    "aws_caller_identity": {"account_id": _account_id, "id": _account_id},
    "aws_region": {"name": _region, "id": _region, "region": _region},
    "aws_partition": {"partition": _partition, "id": _partition, "dns_suffix": _dns_suffix},
    "aws_s3_bucket": {"arn": _found_bucket_arn, "id": _argument("bucket"), "bucket": _argument("bucket")},
    "aws_kms_alias": {
        "arn": _data_alias_arn,
        "name": _argument("name"),
        "id": _data_alias_arn,
        "target_key_id": _data_alias_key_id,
        "target_key_arn": _data_alias_key_arn,
    },
    "aws_kms_key": {"arn": _data_key_arn, "id": _data_key_id, "key_id": _argument("key_id")},
    "aws_iam_role": {"arn": _found_iam_arn("role", "name"), "id": _argument("name"), "name": _argument("name")},
    "aws_iam_user": {"arn": _found_iam_arn("user", "user_name"), "id": _argument("user_name")},
    "aws_iam_policy": {"arn": _found_policy_arn},
    "aws_service_principal": {"name": _service_principal},
    "aws_iam_policy_document": {"json": rendered, "minified_json": minified},
}
