"""Terraform's functions, over values that may not be wholly known.

``call`` is the way in. ``try`` and ``can`` are not here: they look at expressions, not at values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from msgspec.structs import replace

from tf_kms_guard.terraform.choices import spread
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import (
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_ELEMENTS,
    CallContext,
    Function,
    Kind,
    NotKnown,
    unknown_in,
)
from tf_kms_guard.terraform.identity import call_identity
from tf_kms_guard.terraform.values import Failed, Referred, SetValue, Value
from tf_kms_guard.values.text import Located, Text, known, origin_of
from tf_kms_guard.values.unknown import Unknown

__all__ = ["CallContext", "Kind", "all_functions", "call"]

_NAMES: Final = {
    "arns": "provider::aws::arn_parse provider::aws::arn_build provider::aws::trim_iam_role_path",
    "charsets": "textencodebase64 textdecodebase64",
    "collections": ("merge keys values lookup zipmap transpose length tolist toset tomap"),
    "dates": "formatdate timeadd timecmp",
    "encoding": (
        "jsondecode base64encode base64decode urlencode md5 sha1 sha256 sha512 base64sha256 "
        "base64sha512 uuidv5 csvdecode"
    ),
    "file_bytes": ("filebase64 filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 fileset"),
    "files": "file fileexists templatefile templatestring basename dirname abspath pathexpand",
    "formatting": "format formatlist",
    "json_encoding": "jsonencode",
    "lists": (
        "concat flatten distinct compact reverse slice chunklist sort element index contains one "
        "coalesce coalescelist matchkeys alltrue anytrue"
    ),
    "marking": "sensitive nonsensitive issensitive ephemeralasnull",
    "networks": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "numbers": "abs ceil floor signum pow log max min sum parseint range tostring tonumber tobool",
    "patterns": "replace regex regexall",
    "sets": "setunion setintersection setsubtract setproduct",
    "text": (
        "join split startswith endswith strcontains trimprefix trimsuffix trim trimspace chomp "
        "lower upper title indent strrev substr"
    ),
    "unforeseen": "timestamp plantimestamp uuid bcrypt rsadecrypt base64gzip",
    "yaml_decoding": "yamldecode",
    "yaml_encoding": "yamlencode",
}
"""Which module declares which functions: a module is loaded when one of its functions is called."""

_MODULE_OF: Final = {name: module for module, names in _NAMES.items() for name in names.split()}


def call(name: str, arguments: Sequence[Value], context: CallContext) -> Value:
    """What the function ``name`` gives for ``arguments`` (a namespace ``core::`` changes nothing).

    A function that is not known here gives a free value, as does one that cannot say more about unknown
    arguments; its identity is the call. Raises ``EvaluationError`` where Terraform would refuse.
    """
    name = name.removeprefix("core::")
    function = _declared(name)
    if function is None:
        return _free(name, arguments, f"function {name} is not evaluated", context)
    from tf_kms_guard.terraform.functions.marking import finder_for, noted

    try:
        function.check_count(len(arguments))
        find = finder_for(function)
        return noted(name, spread(lambda *values: _apply(function, values, context), arguments, name, find))
    except EvaluationError as error:
        raise EvaluationError(f"{name}: {error.message}", error.span or context.span) from None
    except RecursionError:
        return _free(name, (), f"{name}: the values are nested too deeply", context, at_call=True)


def all_functions() -> Mapping[str, Function]:
    """Every function that is evaluated, by name."""
    for name in _MODULE_OF:
        _declared(name)
    return FUNCTIONS


def _declared(name: str) -> Function | None:
    module = _MODULE_OF.get(name)
    if module is not None and name not in FUNCTIONS:
        import_module(f"{__name__}.{module}")
    return FUNCTIONS.get(name)


def _apply(function: Function, values: Sequence[Value], context: CallContext) -> Value:
    try:
        failed = next((value for value in values if isinstance(value, Failed)), None)
        if failed is not None:
            return failed
        arguments = function.prepare(values)
        if function.kind is Kind.WHOLE and not function.partial:
            for argument in arguments:
                if unknown_in(argument) is not None:
                    raise NotKnown(argument)
        result = function.body(context, *arguments) if function.contextual else function.body(*arguments)
    except NotKnown as reason:
        return _not_known(function.name, values, reason.cause, context)
    if _is_huge(result):
        return _free(function.name, values, "the result is too large", context)
    return _normal(result) if isinstance(result, (str, Text)) else result


def _normal(text: str | Text) -> Value:
    """Terraform keeps every string in the normal form C of Unicode; holes keep those beside them as they are."""
    characters = known(text)
    if characters is None or characters.isascii():
        return text
    import unicodedata

    if unicodedata.is_normalized("NFC", characters):
        return text
    normal, place = unicodedata.normalize("NFC", characters), origin_of(text)
    return normal if place is None else Located(normal, place)


def _not_known(name: str, values: Sequence[Value], cause: Value | str, context: CallContext) -> Unknown:
    if isinstance(cause, str):
        return _free(name, values, cause, context)
    causes = (unknown_in(value) for value in (cause, *values))
    found = next((unknown for unknown in causes if unknown is not None), None)
    if isinstance(found, Unknown):
        return replace(_free(name, values, found.because, context), settle=found.settle)
    because = f"{found.to.address} is not wholly known" if isinstance(found, Referred) else f"of what {name} is given"
    return _free(name, values, because, context)


def _free(name: str, values: Sequence[Value], because: str, context: CallContext, *, at_call: bool = False) -> Unknown:
    identity = f"{name}()@{context.span}" if at_call else call_identity(name, values)
    return Unknown(identity, because, origin=context.span)


def _is_huge(result: Value) -> bool:
    if isinstance(result, str):
        return len(result) > MOST_CHARACTERS
    if isinstance(result, Text):
        return sum(len(piece) for piece in result.pieces if isinstance(piece, str)) > MOST_CHARACTERS
    if isinstance(result, SetValue):
        return len(result.elements) > MOST_ELEMENTS
    return isinstance(result, (list, dict)) and len(result) > MOST_ELEMENTS
