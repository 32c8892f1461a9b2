"""Terraform's functions, over values that may not be wholly known.

``call`` is the way in. ``try``, ``can`` and ``type`` are not here: they look at expressions, not at values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tf_kms_guard.terraform.choices import distribute, hoist
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions import (  # noqa: F401  (importing them registers their functions)
    collections,
    encoding,
    files,
    formatting,
    lists,
    networks,
    numbers,
    patterns,
    sets,
    text,
)
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
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown

__all__ = ["FUNCTIONS", "CallContext", "Kind", "call"]


def call(name: str, arguments: Sequence[Value], context: CallContext) -> Value:
    """What the function ``name`` gives for ``arguments`` (a namespace ``core::`` changes nothing).

    A function that is not known here gives a free value, as does one that cannot say more about unknown
    arguments; its identity is the call. Raises ``EvaluationError`` where Terraform would refuse.
    """
    name = name.removeprefix("core::")
    function = FUNCTIONS.get(name)
    if function is None:
        return _free(name, arguments, f"function {name} is not evaluated", context)
    try:
        function.check_count(len(arguments))
        spread = hoist if function.deep or function.kind is Kind.WHOLE else distribute
        return spread(lambda *values: _apply(function, values, context), *arguments, call=name)
    except EvaluationError as error:
        raise EvaluationError(f"{name}: {error.message}", error.span or context.span) from None
    except RecursionError:
        return _free(name, (), f"{name}: the values are nested too deeply", context, at_call=True)


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
    return result


def _not_known(name: str, values: Sequence[Value], cause: Value | str, context: CallContext) -> Unknown:
    if isinstance(cause, str):
        return _free(name, values, cause, context)
    found = unknown_in(cause) or next(filter(None, map(unknown_in, values)), None)
    if isinstance(found, Unknown):
        return replace(_free(name, values, found.because, context), settle=found.settle)
    because = (
        f"{found.to.address} is not wholly known"
        if isinstance(found, Referred)
        else f"of what {name} is given"
    )
    return _free(name, values, because, context)


def _free(
    name: str, values: Sequence[Value], because: str, context: CallContext, *, at_call: bool = False
) -> Unknown:
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
