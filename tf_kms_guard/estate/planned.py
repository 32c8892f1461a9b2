"""What a plan does to the estate: how it was before, and which things are made, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from tf_kms_guard.estate.access import BucketAccess


class Planned(Struct, frozen=True, eq=False):
    """A plan. ``before``: the buckets before it, judged, by address; ``actions``: Terraform's words, by address."""

    before: Mapping[str, BucketAccess]
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def removes(self, address: str) -> bool:
        """Whether what is there now will be gone, with or without something new in its place."""
        return "delete" in self.actions.get(address, ())

    def makes(self, address: str) -> bool:
        """Whether it makes something new."""
        return "create" in self.actions.get(address, ())

    def verb(self, address: str) -> str:
        """What it does to something that it removes, for people."""
        return "replaces" if self.makes(address) else "deletes"
