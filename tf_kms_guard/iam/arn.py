"""Amazon Resource Names, as far as they are known."""

from __future__ import annotations

from msgspec import Struct

from tf_kms_guard.values.compare import PLAIN, matches
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, split_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Arn(Struct, frozen=True, eq=False):
    """``arn:partition:service:region:account:resource`` (AWS General Reference, "ARN format")."""

    partition: TextLike
    service: TextLike
    region: TextLike
    account: TextLike
    resource: TextLike

    @property
    def text(self) -> TextLike:
        """The ARN in one piece."""
        return join_text(
            (
                "arn:",
                self.partition,
                ":",
                self.service,
                ":",
                self.region,
                ":",
                self.account,
                ":",
                self.resource,
            )
        )


def parse_arn(text: TextLike) -> Arn | Unknown | None:
    """Take an ARN apart.

    ``None``: certainly no ARN. An ``Unknown`` (the first hole of ``text``): it cannot be told, or the
    parts cannot be told apart.
    """
    fields = split_text(text, ":", 5)
    if fields is None:
        # AWS refuses a policy with a malformed ARN: where the colons that are visible make up a whole ARN, no
        # hole can hold another one.
        visible = split_text(text, ":", 5, closed_holes=True)
        fields = visible if visible is not None and len(visible) == 6 else None
    if fields is not None and known(fields[0]) == "arn":
        return Arn(*fields[1:]) if len(fields) == 6 else None
    if matches("arn:*:*:*:*:*", text, PLAIN) is Truth.NO:
        return None
    holes = holes_of(text)
    return holes[0] if holes else None
