"""Objects that the configuration itself writes into its buckets, and what they choose for themselves.

An object may choose another key than its bucket's default, or an ACL (S3 API Reference, PutObject and CopyObject).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.encryption import KeyDirectory, aws_managed_keys, key_choice
from tf_kms_guard.estate.model import Algorithm, Alias, Bucket, Key, KeyChoice, KeyForm
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import sameness
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth

OBJECT_TYPES: Final = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")


class StoredObject(Struct, frozen=True, eq=False):
    """An object that the configuration writes.

    ``algorithm`` and ``key_choice`` are its own, ``None`` where it leaves them to the bucket; ``acl`` likewise.
    ``customer_key``: whether it brings a key of its own (SSE-C). ``presence``: YES, or UNKNOWN where that hangs on a
    condition. ``span`` is its first line, ``key_span`` and ``acl_span`` are where it makes these choices.
    """

    workspace: str
    address: str
    bucket: TextLike
    key: TextLike
    algorithm: Algorithm | None
    key_choice: KeyChoice | None
    acl: TextLike | None
    customer_key: bool
    presence: Truth
    span: Span
    key_span: Span
    acl_span: Span

    @property
    def block(self) -> str:
        """The address without the key of ``count`` or ``for_each``: all that one block of code writes."""
        return self.address.partition("[")[0] if self.address.endswith("]") else self.address


class StoredObjects:
    """The objects of workspaces by the bucket that they surely are in; read when somebody asks."""

    __slots__ = ("_aliases", "_by_bucket", "_keys", "_reading")

    def __init__(self, reading: Reading, keys: Sequence[Key], aliases: Sequence[Alias]) -> None:
        """``reading`` is of the world in which no condition is settled: what hangs on one is not known."""
        self._reading = reading
        self._keys = keys
        self._aliases = aliases
        self._by_bucket: dict[tuple[str, Hashable], list[StoredObject]] | None = None

    def of(self, bucket: Bucket) -> Sequence[StoredObject]:
        """The objects that the bucket's own workspace surely writes there, or does so on a condition."""
        if self._by_bucket is None:
            self._by_bucket = self._read()
        return self._by_bucket.get((bucket.workspace, sameness(bucket.name, self._reading.world)), ())

    def _read(self) -> dict[tuple[str, Hashable], list[StoredObject]]:
        reading = self._reading
        resources = list(reading.of_type(*OBJECT_TYPES))
        found: dict[tuple[str, Hashable], list[StoredObject]] = {}
        if not resources:
            return found
        directory = KeyDirectory(self._keys, self._aliases, reading.world, aws_managed_keys(reading))
        for resource in resources:
            one = _object(reading, resource, directory)
            found.setdefault((one.workspace, sameness(one.bucket, reading.world)), []).append(one)
        return found


def _object(reading: Reading, resource: ResourceInstance, directory: KeyDirectory) -> StoredObject:
    algorithm, choice = _encryption(reading, resource, directory)
    by_key = reading.text(resource, "kms_key_id") is not None
    return StoredObject(
        reading.place(resource)[0],
        resource.address,
        reading.attribute(resource, "bucket"),
        reading.attribute(resource, "key"),
        algorithm,
        choice,
        reading.text(resource, "acl"),
        not isinstance(reading.value(resource, "customer_key"), NotSet),
        reading.presence(resource),
        resource.span,
        resource.span_of("kms_key_id" if by_key else "server_side_encryption"),
        resource.span_of("acl"),
    )


def _encryption(
    reading: Reading, resource: ResourceInstance, directory: KeyDirectory
) -> tuple[Algorithm | None, KeyChoice | None]:
    """What an object chooses for itself; a key alone is sent as ``aws:kms`` (provider, ``object.go``)."""
    key, text = reading.text(resource, "kms_key_id"), reading.text(resource, "server_side_encryption")
    algorithm = Algorithm.SSE_KMS if key is not None else None
    if text is not None:
        algorithm = next((one for one in Algorithm if one.value == known(text)), Algorithm.UNKNOWN)
    if key is not None:
        return algorithm, key_choice(reading, key, resource, directory)
    if algorithm in (Algorithm.SSE_KMS, Algorithm.DSSE_KMS):
        account = reading.account(resource)
        return algorithm, KeyChoice(KeyForm.AWS_MANAGED, None, None, account.id, account.region)
    return algorithm, None
