"""The policy statements that would open a gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.model import Bucket, KeyChoice
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.values.text import TextLike, join_text, known
from tf_kms_guard.values.unknown import Unknown

_SIDS = {
    "kms:Decrypt": "Decrypt",
    "kms:GenerateDataKey": "GenerateDataKey",
    "kms:Encrypt": "Encrypt",
    "s3:GetObject": "Read",
    "s3:GetObjectVersion": "Read",
    "s3:PutObject": "Write",
    "s3:ReplicateObject": "Replicate",
}


def allow(
    actions: Sequence[str],
    resources: Sequence[TextLike],
    principal: TextLike | None = None,
    organization: TextLike | None = None,
) -> dict[str, Any]:
    """An Allow statement; texts may have holes, which are shown as references."""
    statement: dict[str, Any] = {"Sid": sid_of(actions), "Effect": "Allow"}
    if organization is not None:
        statement["Principal"] = {"AWS": "*"}
    elif principal is not None:
        statement["Principal"] = {"AWS": principal}
    statement["Action"] = list(actions)
    statement["Resource"] = resources[0] if len(resources) == 1 else list(resources)
    if organization is not None:
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    return statement


def sid_of(actions: Sequence[str]) -> str:
    """A Sid of letters and digits only, as every kind of policy accepts it."""
    words = dict.fromkeys(_SIDS.get(action, "Use") for action in actions)
    return "Allow" + "And".join(words)


def for_outsider(access: Access, actions: Sequence[str], resources: Sequence[TextLike]) -> dict[str, Any]:
    """An Allow statement for an outsider, in a bucket or key policy."""
    principal = access.outsider.principal
    if principal.kind is PrincipalKind.ORGANIZATION:
        return allow(actions, resources, organization=principal.value)
    return allow(actions, resources, principal=principal_reference(access))


def to_access_points(bucket: Bucket, account: TextLike) -> dict[str, Any]:
    """The statement that leaves requests by access points of an account to their policies (S3 User Guide)."""
    return {
        "Sid": "DelegateToAccessPoints",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": [reference(f"{bucket.address}.arn"), objects_of(bucket)],
        "Condition": {"StringEquals": {"s3:DataAccessPointAccount": account}},
    }


def principal_reference(access: Access) -> TextLike:
    """The outsider's ARN; a reference to it where it is declared here and not wholly known."""
    value, identity = access.outsider.principal.value, access.outsider.identity
    return value if identity is None or known(value) is not None else reference(f"{identity.address}.arn")


def key_reference(choice: KeyChoice | None) -> TextLike:
    """The ARN of a bucket's key, or a reference to it."""
    if choice is not None and choice.key is not None and not choice.key.outside:
        return reference(f"{choice.key.address}.arn")
    if choice is not None and choice.arn is not None:
        return choice.arn
    return reference("the ARN of the bucket's key")


def objects_of(bucket: Bucket) -> TextLike:
    """The ARN pattern of a bucket's objects."""
    return join_text((bucket.arn if bucket.outside else reference(f"{bucket.address}.arn"), "/*"))


def reference(address: str) -> Unknown:
    """A reference to an attribute of something declared here, as a hole of a statement."""
    return Unknown(address, f"{address} is a reference")


def module_of(address: str) -> str:
    """The path of the module that declares something: ``module.lake`` of ``module.lake.aws_kms_key.data``."""
    path: list[str] = []
    rest = address
    while rest.startswith("module."):
        name, _, rest = rest.removeprefix("module.").partition(".")
        while name.count("[") > name.count("]") and rest:  # an instance key may hold dots
            more, _, rest = rest.partition(".")
            name = f"{name}.{more}"
        path.append(f"module.{name}")
    return ".".join(path)
