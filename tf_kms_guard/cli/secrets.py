"""Keeping values that Terraform marks sensitive out of every output."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

MASK: Final = "(sensitive)"


def masked(text: str, secrets: Collection[str]) -> str:
    """``text`` without the secrets, however JSON may spell them."""
    spellings = {spelling for secret in secrets for spelling in (secret, json.dumps(secret)[1:-1])}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return text
