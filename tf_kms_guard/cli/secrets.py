"""Keeping values that Terraform marks sensitive out of every output."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final

MASK: Final = "(sensitive)"


def masked(text: str, secrets: Collection[str]) -> str:
    """``text`` without the secrets, however JSON may spell them and in either case."""
    spellings = {spelling for secret in secrets for spelling in (secret, json.dumps(secret)[1:-1])}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = re.sub(re.escape(spelling), MASK, text, flags=re.IGNORECASE)
    return text
