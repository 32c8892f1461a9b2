"""What of a key's own arguments decides whether S3 can use it, and to which other keys it is related.

S3 uses symmetric encryption keys only (S3 User Guide, "Using SSE-KMS"), and no key that is disabled or has no material
(KMS Developer Guide, "Key states of AWS KMS keys").
"""

from __future__ import annotations

from typing import Final

from tf_kms_guard.estate.model import Hindrance
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.texts import as_text, as_truth
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

REPLICA_TYPES: Final = ("aws_kms_replica_key", "aws_kms_replica_external_key")
_EXTERNAL_TYPES: Final = ("aws_kms_external_key", "aws_kms_replica_external_key")


def multi_region(reading: Reading, resource: ResourceInstance) -> Truth:
    """Whether other Regions may have a key of the same id."""
    if resource.type in REPLICA_TYPES:
        return Truth.YES
    return as_truth(reading.value(resource, "multi_region"), Truth.NO)


def primary_arn(reading: Reading, resource: ResourceInstance) -> TextLike | None:
    """The ARN of the key that a replica is one of; ``None`` for all others."""
    return reading.text(resource, "primary_key_arn") if resource.type in REPLICA_TYPES else None


def hindrance(resource: ResourceInstance) -> Hindrance | None:
    """Why S3 cannot use a key, whatever conditions turn out to be; ``None`` where nothing surely keeps it from that."""
    for argument in ("customer_master_key_spec", "key_spec"):
        spec = _fixed(resource, argument)
        if spec not in (None, "SYMMETRIC_DEFAULT"):
            words = f"is of type {spec}, and S3 uses symmetric encryption keys only"
            return Hindrance(words, resource.span_of(argument), f"create a key without {argument}")
    usage = _fixed(resource, "key_usage")
    if usage not in (None, "ENCRYPT_DECRYPT"):
        words = f"is for {usage}, and S3 uses keys for ENCRYPT_DECRYPT only"
        return Hindrance(words, resource.span_of("key_usage"), "create a key without key_usage")
    for argument in ("is_enabled", "enabled"):
        if as_truth(resource.attribute(argument), Truth.YES) is Truth.NO:
            return Hindrance("is disabled", resource.span_of(argument), f"enable it: leave out {argument}")
    return None


def _fixed(resource: ResourceInstance, argument: str) -> str | None:
    """A property that never changes: as it is set, else as a plan or state found it."""
    value = resource.attribute(argument)
    return known(as_text(resource.in_force(argument) if isinstance(value, NotSet) else value))


def material(reading: Reading, resource: ResourceInstance) -> Unknown | None:
    """Why it is not known whether a key has key material: it is imported, and nothing here says that it was."""
    if resource.type not in _EXTERNAL_TYPES or not isinstance(reading.value(resource, "key_material_base64"), NotSet):
        return None
    if known(as_text(resource.in_force("key_state"))) == "Enabled":
        return None
    return Unknown(
        f"material of {resource.address}",
        f"whether key material was imported into {resource.address} is not known",
        settle="check a plan or the state, which tell its key_state",
        origin=resource.span,
    )
