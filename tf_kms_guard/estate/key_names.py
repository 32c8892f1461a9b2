"""The names of a key: its ARN, and an id that a multi-Region key shares with its relatives."""

from __future__ import annotations

from msgspec import Struct

from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.truth import Truth


class KeyNames(Struct, frozen=True, eq=False):
    """By what a key can be named, and in which Region it is."""

    key_id: TextLike
    arn: TextLike
    region: TextLike
    multi_region: Truth

    def named_by(self, text: TextLike, region: TextLike, world: World) -> Truth:
        """Whether a key id or ARN that is used in a Region names this key.

        The primary and the replicas of a multi-Region key have one id, which means the key of the Region where it is
        used (KMS Developer Guide, "Multi-Region keys in AWS KMS").
        """
        by_id = equal(text, self.key_id, world)
        if by_id is not Truth.NO and self.multi_region is not Truth.NO:
            by_id &= equal(region, self.region, world)
        return equal(text, self.arn, world) | by_id
