"""Functions whose result nobody can know before Terraform runs, or that is not worth knowing: free values."""

from __future__ import annotations

from itertools import count
from typing import Final

from tf_kms_guard.terraform.functions.registry import CallContext, Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.unknown import Unknown

_STRING: Final = Parameter.STRING
_CALLS: Final = count(1)
"""Tells calls apart: the same code is evaluated in several modules and for several elements."""


@function("timestamp", Kind.WHOLE, contextual=True)
def timestamp(context: CallContext) -> Value:
    """The time of this call: not known, and another for each call."""
    return _at_call(context, "timestamp", "the time of the run is not known")


@function("uuid", Kind.WHOLE, contextual=True)
def uuid(context: CallContext) -> Value:
    """A random UUID: not known, and another for each call."""
    return _at_call(context, "uuid", "it is made at random")


@function("bcrypt", Kind.WHOLE, _STRING, rest=Parameter.WHOLE, most=1, contextual=True)
def bcrypt(context: CallContext, text: str, cost: int = 10) -> Value:
    """A salted hash: not known, and another for each call."""
    return _at_call(context, "bcrypt", "it is made at random")


@function("plantimestamp", Kind.WHOLE)
def plantimestamp() -> Value:
    """The time of the plan: not known, the same everywhere."""
    return Unknown("plantimestamp()", "the time of the plan is not known")


@function("rsadecrypt", Kind.WHOLE, _STRING, _STRING)
def rsadecrypt(text: str, key: str) -> Value:
    """A decrypted secret: never looked at."""
    raise NotKnown("secrets are not decrypted")


@function("base64gzip", Kind.WHOLE, _STRING)
def base64gzip(text: str) -> Value:
    """The string compressed: another compressor than Go's makes other bytes."""
    raise NotKnown("what Go's compressor makes of it is not known")


def _at_call(context: CallContext, name: str, because: str) -> Unknown:
    identity = f"{name}()@{context.span} for the {next(_CALLS)}th time"
    return Unknown(identity, because, origin=context.span, shown=f"{name}()")
