"""How the leaves of a statement are spelled: strings with or without holes, numbers, truth values, null."""

from __future__ import annotations

import math
from decimal import Decimal

from tf_kms_guard.fixes.quoting import Dollar, Name, hcl_string, json_string
from tf_kms_guard.values.text import Text, TextLike
from tf_kms_guard.values.unknown import Unknown


def as_hcl(value: object, name: Name, dollar: Dollar = Dollar.TEMPLATE) -> str:
    """The leaf as an HCL expression."""
    text = _text(value)
    return _plain(value) if text is None else hcl_string(text, name, dollar)


def as_json(value: object, name: Name, dollar: Dollar) -> str:
    """The leaf as JSON."""
    text = _text(value)
    return _plain(value) if text is None else json_string(text, name, dollar)


def as_string(value: object, name: Name, dollar: Dollar) -> str:
    """The leaf as an HCL string, which is what a list of strings holds."""
    text = _text(value)
    return hcl_string(_plain(value) if text is None else text, name, dollar)


def _text(value: object) -> TextLike | None:
    """The value if it is a text, or has no other spelling than one; ``None`` for what is written bare."""
    if isinstance(value, (str, Text, Unknown)):
        return value
    if value is None or isinstance(value, (bool, int)):
        return None
    if isinstance(value, (float, Decimal)) and math.isfinite(value):
        return None
    return str(value)


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("E", "e")
