"""What a scalar of a YAML document means to Terraform.

Terraform reads the syntax of YAML 1.1 and a mixture of the types of 1.1 and 1.2: ``yes`` and ``on`` are truth
values, ``017`` is seventeen, ``0o17`` fifteen, and a time is a string in the form of RFC 3339.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from tf_kms_guard.terraform.convert import parse_number, shortened
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.encoding import base64_bytes
from tf_kms_guard.terraform.functions.registry import NotKnown

_PREFIX: Final = "tag:yaml.org,2002:"
_KINDS: Final = ("str", "bool", "int", "float", "null", "timestamp", "binary")
_TAGS: Final = frozenset(("", *(_PREFIX + kind for kind in _KINDS)))
MERGE: Final = _PREFIX + "merge"

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_INFINITE: Final = frozenset(f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF"))
_NOT_A_NUMBER: Final = frozenset((".nan", ".NaN", ".NAN"))
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TIME: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d{1,100})?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_NEVER_A_STRING: Final = re.compile(r"[-+.~0-9]|[yYnNtTfFoO]\w{0,4}\Z|\Z")


def resolved(tag: str, source: str, quoted: bool) -> str | bool | int | Decimal | None:
    """The value of a scalar with a tag (empty: none). Raises ``EvaluationError`` where Terraform refuses it."""
    if tag not in _TAGS:
        raise EvaluationError(f"YAML values of the type {shortened(tag)} are not supported")
    kind = tag.removeprefix(_PREFIX)
    if kind not in ("str", "binary") and (not source or source[0] in "+-0123456789yYnNtTfFoO~."):
        if quoted:
            return source
        if source in _WORDS:
            return _WORDS[source]
        if source in _INFINITE:
            raise NotKnown("an infinite number is not modelled")
        if not kind:
            return _untagged(source)
    if kind == "binary":
        base64_bytes(source)
    return _tagged(kind, source)


def surely_string(prefix: str) -> bool:
    """Whether a plain scalar that begins with ``prefix`` can be nothing but a string, whatever follows."""
    return _NEVER_A_STRING.match(prefix) is None


def _untagged(source: str) -> str | int | Decimal:
    if source in _NOT_A_NUMBER:
        raise EvaluationError("YAML's .nan is not supported")
    if source[0] == ".":
        try:
            return parse_number(source)
        except EvaluationError:
            return source
    time = _time(source)
    if time is not None:
        return time
    if _INTEGER.fullmatch(source) or _FLOAT.fullmatch(source):
        return _number("number", source)
    return source


def _tagged(kind: str, source: str) -> str | int | Decimal | None:
    if kind in ("", "str", "binary"):
        return source
    if kind == "null":
        return None
    if kind in ("int", "float"):
        return _number(kind, source)
    time = _time(source) if kind == "timestamp" else None
    if time is None:
        raise EvaluationError(f'"{shortened(source)}" is no YAML {kind}')
    return time


def _number(kind: str, source: str) -> int | Decimal:
    plain = source.replace("_", "")
    try:
        return parse_number(plain)
    except EvaluationError:
        pass
    try:
        value = int(plain[:40], 0)
    except ValueError:
        value = 1 << 64
    if len(plain) > 40 or not -(1 << 63) <= value < 1 << 64:
        raise EvaluationError(f'"{shortened(source)}" is no YAML {kind}')
    return value


def _time(source: str) -> str | None:
    match = _TIME.fullmatch(source)
    if match is None or (match[4] in ("T", "t")) != (match[8] is not None):
        return None
    zone = match[8] or "Z"
    if zone != "Z" and (int(zone[1:3]) > 23 or int(zone[4:]) > 59):
        return None
    try:
        time = datetime(*(int(match[number] or 0) for number in (1, 2, 3, 5, 6, 7)))  # type: ignore[arg-type]
    except ValueError:
        return None
    return f"{time.year:04d}-{time:%m-%dT%H:%M:%S}{'Z' if zone in ('+00:00', '-00:00') else zone}"
