"""Buckets, their policies and their default encryption."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from tf_kms_guard.estate.bucket_settings import read_settings
from tf_kms_guard.estate.encryption import KeyDirectory, aws_managed_keys, key_choice
from tf_kms_guard.estate.model import Algorithm, Alias, Bucket, Encryption, Key, PolicySlot, SlotState
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.slots import Claim, claim_by, in_force, slot_of
from tf_kms_guard.estate.texts import as_text, as_texts, as_truth, surely_set
from tf_kms_guard.iam.document import Document
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_CONFIGURATION: Final = "aws_s3_bucket_server_side_encryption_configuration"
_INLINE: Final = "server_side_encryption_configuration"
_DEFAULT: Final = "apply_server_side_encryption_by_default"


def read_buckets(
    reading: Reading, keys: Sequence[Key], aliases: Sequence[Alias], before: Sequence[Bucket] = ()
) -> tuple[Bucket, ...]:
    """The buckets that the workspace declares; ``before``: as read before any condition was settled."""
    directory = KeyDirectory(keys, aliases, reading.world, aws_managed_keys(reading))
    same_keys = {id(key) for key in keys}
    known_already = {bucket.place: bucket for bucket in before if _has_key_of(bucket, same_keys)}
    return tuple(
        reading.kept(known_already.get(reading.place(resource))) or _bucket(reading, resource, directory)
        for resource in reading.of_type("aws_s3_bucket")
    )


def _has_key_of(bucket: Bucket, keys: Set[int]) -> bool:
    """Whether the key that a bucket was read with is, as it is, one of those with the identities ``keys``."""
    choice = bucket.encryption.key
    return choice is None or (choice.alias is None and (choice.key is None or id(choice.key) in keys))


def _bucket(reading: Reading, resource: ResourceInstance, directory: KeyDirectory) -> Bucket:
    with reading.watching() as conditions:
        account = reading.account(resource)
        name, arn = reading.attribute(resource, "bucket"), reading.attribute(resource, "arn")
        policy = _policy(reading, resource, name)
        found = _encryptions(reading, resource, name)
        encryption = _effective(reading, resource, found, directory)
        settings = read_settings(reading, resource, name)
        refuses = _refuses_customer_keys(reading, found)
    return Bucket(
        reading.place(resource)[0],
        resource.address,
        name,
        arn,
        account,
        account.region,
        encryption,
        policy,
        resource.span,
        reading.presence_of(resource),
        conditions,
        settings.other_way,
        settings.points,
        settings.restrictions,
        settings.ownership,
        refuses,
    )


def _policy(reading: Reading, resource: ResourceInstance, name: TextLike) -> PolicySlot:
    claims: list[Claim] = []
    value = reading.value(resource, "policy")
    if not isinstance(value, NotSet) and known(value) != "":
        claims.append(Claim(resource, "policy", value, reading.policies))
    for policy, linked in reading.links("aws_s3_bucket_policy", "bucket").to(resource, name):
        claim = claim_by(reading, policy, linked)
        if claim is not None:
            claims.append(claim)
    absent = PolicySlot(SlotState.ABSENT, Document(), resource.span, resource.address)
    if not claims:
        absent = in_force(reading, resource, absent, "aws_s3_bucket_policy")
    return slot_of(claims, absent, "the bucket policy", reading.given_away(resource, name))


class _Found:
    """One encryption configuration that is, or may be, the bucket's."""

    __slots__ = ("certain", "rules", "source", "span", "untold")

    def __init__(self, source: str, of: ResourceInstance | BlockInstance, certain: bool) -> None:
        self.source = source
        self.span = of.span
        self.rules = of.blocks("rule")
        self.untold = of.untold("rule")
        self.certain = certain


def _encryptions(reading: Reading, resource: ResourceInstance, name: TextLike) -> list[_Found]:
    found = [
        _Found(resource.address, block, reading.presence(block) is Truth.YES)
        for block in resource.blocks(_INLINE)
        if reading.presence(block) is not Truth.NO
    ]
    for configuration, linked in reading.links(_CONFIGURATION, "bucket").to(resource, name):
        presence = reading.presence(configuration)
        if presence is not Truth.NO:
            certain = linked is Truth.YES and presence is Truth.YES
            found.append(_Found(configuration.address, configuration, certain))
    if not found and not reading.will_be_gone(resource, _CONFIGURATION):
        blocks = resource.blocks_in_force(_INLINE)
        return [_Found(resource.address, block, certain=True) for block in blocks]
    return found


def _refuses_customer_keys(reading: Reading, found: Sequence[_Found]) -> Truth:
    """Whether the bucket refuses SSE-C; what is not set is AWS's to choose, by the age of bucket and account."""
    if len(found) != 1 or not found[0].certain:
        return Truth.UNKNOWN
    blocked = [as_texts(reading.value(rule, "blocked_encryption_types")) for rule in found[0].rules]
    types = [] if not blocked or isinstance(blocked[0], Unknown) else [known(one) for one in blocked[0]]
    return Truth.YES if "SSE-C" in types else Truth.NO if "NONE" in types else Truth.UNKNOWN


def _effective(
    reading: Reading,
    resource: ResourceInstance,
    found: list[_Found],
    directory: KeyDirectory,
) -> Encryption:
    certain = [entry for entry in found if entry.certain]
    if len(found) == 1 and certain:
        return _encryption(reading, resource, certain[0], directory)
    given_away = None if found else reading.given_away(resource, reading.attribute(resource, "bucket"))
    if given_away is not None:
        return Encryption(Algorithm.UNKNOWN, None, Truth.UNKNOWN, resource.span, resource.address, given_away)
    if not found:
        # New objects have been encrypted with SSE-S3 by default since January 2023 (S3 User Guide).
        return Encryption(Algorithm.SSE_S3, None, Truth.NO, resource.span, resource.address)
    entry = found[0]
    words = " and ".join(item.source for item in found)
    message = f"{words} may set it" if len(certain) < 2 else f"{words} both set it"
    because = Unknown(
        f"{resource.address}.encryption", f"the encryption of {resource.address}: {message}", origin=entry.span
    )
    return Encryption(Algorithm.UNKNOWN, None, Truth.UNKNOWN, entry.span, entry.source, because)


def _encryption(reading: Reading, resource: ResourceInstance, found: _Found, directory: KeyDirectory) -> Encryption:
    if found.untold is not None:
        return Encryption(Algorithm.UNKNOWN, None, Truth.UNKNOWN, found.span, found.source, found.untold)
    rules = [rule for rule in found.rules if reading.presence(rule) is not Truth.NO]
    defaults = [
        default for rule in rules for default in rule.blocks(_DEFAULT) if reading.presence(default) is not Truth.NO
    ]
    if not defaults and not rules:
        return Encryption(Algorithm.SSE_S3, None, Truth.NO, found.span, found.source)
    if not defaults:
        return Encryption(
            Algorithm.SSE_S3,
            None,
            as_truth(reading.value(rules[0], "bucket_key_enabled"), Truth.NO),
            found.span,
            found.source,
        )
    rule, default = rules[0], defaults[0]
    bucket_key = as_truth(reading.value(rule, "bucket_key_enabled"), Truth.NO)
    algorithm_text = reading.text(default, "sse_algorithm")
    algorithm = _ALGORITHMS.get(known(algorithm_text) or "", Algorithm.UNKNOWN)
    span = default.span_of("kms_master_key_id")
    if "kms_master_key_id" not in default.body.attributes:
        span = default.span_of("sse_algorithm")
    uncertain = reading.presence(rule) is Truth.UNKNOWN or reading.presence(default) is Truth.UNKNOWN
    if algorithm is Algorithm.UNKNOWN or uncertain or len(defaults) > 1:
        because = Unknown(f"{default.path}.sse_algorithm", "the encryption algorithm is not known", origin=span)
        if isinstance(algorithm_text, Unknown):
            because = algorithm_text
        return Encryption(Algorithm.UNKNOWN, None, bucket_key, span, found.source, because)
    if algorithm is Algorithm.SSE_S3:
        stray = as_text(reading.value(default, "kms_master_key_id"))
        return Encryption(algorithm, None, bucket_key, span, found.source, stray_key=surely_set(stray))
    choice = key_choice(reading, as_text(reading.value(default, "kms_master_key_id")), resource, directory)
    return Encryption(algorithm, choice, bucket_key, span, found.source)


_ALGORITHMS: Final = {member.value: member for member in Algorithm if member is not Algorithm.UNKNOWN}
