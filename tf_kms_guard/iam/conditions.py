"""Condition operators.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys": several values
of one key are alternatives, a negated operator is true when none of them matches, a key that the request
lacks makes a positive operator false and a negated one true, and ``…IfExists`` true.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.context import ABSENT, Context, OneOf
from tf_kms_guard.iam.document import Condition
from tf_kms_guard.iam.glob import text_equal, text_matches
from tf_kms_guard.iam.judgement import Judgement, holes_in, listed
from tf_kms_guard.iam.variables import substitute
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown

Comparison: TypeAlias = Callable[[TextLike, TextLike, World], Truth]
"""Whether a policy's value (first) meets the request's value."""


def _fold_equal(wanted: TextLike, given: TextLike, world: World) -> Truth:
    return equal(wanted, given, world, fold_case=True)


def _like(wanted: TextLike, given: TextLike, world: World) -> Truth:
    return text_matches(wanted, given, world)


def _arn_like(wanted: TextLike, given: TextLike, world: World) -> Truth:
    """Each of the six colon-delimited components is checked separately, and each can have wildcards."""
    whole = text_matches(wanted, given, world)
    if whole is Truth.NO:
        return Truth.NO
    one, other = parse_arn(wanted), parse_arn(given)
    if isinstance(one, Arn) and isinstance(other, Arn):
        return all_of(
            text_matches(getattr(one, part), getattr(other, part), world)
            for part in ("partition", "service", "region", "account", "resource")
        )
    return Truth.YES if equal(wanted, given, world) is Truth.YES else Truth.UNKNOWN


def _truth_value(wanted: TextLike, given: TextLike, world: World) -> Truth:
    text = known(wanted)
    if text is not None and text.lower() not in ("true", "false"):
        return Truth.UNKNOWN
    return equal(wanted, given, world, fold_case=True)


def _not_modelled(wanted: TextLike, given: TextLike, world: World) -> Truth:
    """Numbers, dates, addresses and bytes: a comparison can be added here, in the table below."""
    return Truth.UNKNOWN


_LITERAL, _PATTERN = False, True


class _Operator(Struct, frozen=True):
    compare: Comparison
    words: str
    negated: bool = False
    pattern: bool = _LITERAL


_OPERATORS: Final = {
    "StringEquals": _Operator(text_equal, "must equal"),
    "StringNotEquals": _Operator(text_equal, "must not equal", True),
    "StringEqualsIgnoreCase": _Operator(_fold_equal, "must equal (in any case)"),
    "StringNotEqualsIgnoreCase": _Operator(_fold_equal, "must not equal (in any case)", True),
    "StringLike": _Operator(_like, "must be like", pattern=_PATTERN),
    "StringNotLike": _Operator(_like, "must not be like", True, _PATTERN),
    "ArnEquals": _Operator(_arn_like, "must be like", pattern=_PATTERN),
    "ArnLike": _Operator(_arn_like, "must be like", pattern=_PATTERN),
    "ArnNotEquals": _Operator(_arn_like, "must not be like", True, _PATTERN),
    "ArnNotLike": _Operator(_arn_like, "must not be like", True, _PATTERN),
    "Bool": _Operator(_truth_value, "must be"),
    "IpAddress": _Operator(_not_modelled, "must be within"),
    "NotIpAddress": _Operator(_not_modelled, "must not be within", True),
    "BinaryEquals": _Operator(_not_modelled, "must equal"),
    "NumericEquals": _Operator(_not_modelled, "must equal"),
    "NumericNotEquals": _Operator(_not_modelled, "must not equal", True),
    "NumericLessThan": _Operator(_not_modelled, "must be less than"),
    "NumericLessThanEquals": _Operator(_not_modelled, "must be at most"),
    "NumericGreaterThan": _Operator(_not_modelled, "must be greater than"),
    "NumericGreaterThanEquals": _Operator(_not_modelled, "must be at least"),
    "DateEquals": _Operator(_not_modelled, "must equal"),
    "DateNotEquals": _Operator(_not_modelled, "must not equal", True),
    "DateLessThan": _Operator(_not_modelled, "must be before"),
    "DateLessThanEquals": _Operator(_not_modelled, "must be at or before"),
    "DateGreaterThan": _Operator(_not_modelled, "must be after"),
    "DateGreaterThanEquals": _Operator(_not_modelled, "must be at or after"),
}


class _Quantifier(enum.Enum):
    NONE = ""
    ANY = "ForAnyValue:"
    ALL = "ForAllValues:"


class _Test(Struct, frozen=True):
    """An operator as written, with its values ready to compare."""

    operator: _Operator
    quantifier: _Quantifier
    if_exists: bool
    wanted: tuple[TextLike, ...]
    unsubstituted: bool
    """A value had a variable that the request lacks: it matches nothing."""

    def present(self, given: tuple[TextLike, ...], world: World) -> Truth:
        """The answer for a request that has these values."""
        if not given:
            return self.absent()
        each = [self._one(value, world) for value in given]
        if self.quantifier is _Quantifier.ALL:
            return all_of(each)
        if self.quantifier is _Quantifier.ANY or len(each) == 1:
            return any_of(each)
        return each[0] if all(truth is each[0] for truth in each) else Truth.UNKNOWN

    def absent(self) -> Truth:
        """The answer for a request without the key."""
        if self.if_exists or self.quantifier is _Quantifier.ALL:
            return Truth.YES
        if self.quantifier is _Quantifier.ANY:
            return Truth.NO
        return Truth.of(self.operator.negated)

    def _one(self, given: TextLike, world: World) -> Truth:
        if not self.wanted and not self.unsubstituted:
            return Truth.UNKNOWN  # a condition without values: AWS documents no meaning
        met = any_of(self.operator.compare(value, given, world) for value in self.wanted)
        if not self.operator.negated:
            return met
        return ~(met | Truth.UNKNOWN) if self.unsubstituted else ~met


def known_operator(name: str) -> bool:
    """Whether AWS has a condition operator of this name, with its prefixes and suffix."""
    base, quantifier, if_exists = _split(name)
    return base in _OPERATORS or (base == "Null" and quantifier is _Quantifier.NONE and not if_exists)


def evaluate(condition: Condition, context: Context, world: World, substitutes: Truth) -> Judgement:
    """Whether a request of this context meets the condition. ``substitutes``: see :mod:`.variables`."""
    if isinstance(condition.values, Unknown):
        return Judgement(Truth.UNKNOWN, _unread(condition), (condition.values,))
    key = known(condition.key)
    if key is None:
        return Judgement(Truth.UNKNOWN, _unread(condition), holes_in(condition.key))
    base, quantifier, if_exists = _split(condition.operator)
    if base == "Null" and known_operator(condition.operator):
        return _null(condition, key, context)
    operator = _OPERATORS.get(base)
    if operator is None:
        because = f"{condition.operator} is not a condition operator of AWS"
        return Judgement(Truth.UNKNOWN, because, (Unknown(because, because, origin=condition.origin),))
    wanted = [substitute(value, context, substitutes, pattern=operator.pattern) for value in condition.values]
    ready = tuple(value for value in wanted if value is not None)
    test = _Test(operator, quantifier, if_exists, ready, len(ready) < len(wanted))
    return _judge(condition, key, test, context, world)


def _judge(condition: Condition, key: str, test: _Test, context: Context, world: World) -> Judgement:
    given = context.get(key)
    words = f"condition {key} {test.operator.words} {_spelled(condition.values)}"
    if given is ABSENT:
        truth = test.absent()
        return Judgement(truth, f"{words}, the request does not have it")
    if isinstance(given, Unknown):
        truth = _agree((test.absent(), test.present((given,), world)))
        return Judgement(truth, f"{words}, {given.because}", _when_unknown(truth, test.wanted, (given,)))
    if isinstance(given, OneOf):
        truth = _agree(
            tuple(test.absent() if option is ABSENT else test.present(option, world) for option in given.options)
        )
        has = listed([_has(option) for option in given.options])
        unknowns = _when_unknown(truth, test.wanted, (given.because,))
        return Judgement(truth, f"{words}, {given.because.because}: {has}", unknowns)
    truth = test.present(given, world)
    reason = f"{words}, the request has {_spelled(given)}"
    if truth is Truth.NO and _wildcard_taken_literally(test, given, world):
        reason += " (StringEquals takes * and ? literally)"
    unknowns = _when_unknown(truth, test.wanted, holes_in(*given))
    if truth is Truth.UNKNOWN and not unknowns:
        because = f"{condition.operator} on {key} is not evaluated"
        unknowns = (Unknown(because, because, origin=condition.origin),)
    return Judgement(truth, reason, unknowns)


def _null(condition: Condition, key: str, context: Context) -> Judgement:
    """``Null``: "true" when the key must be absent, "false" when it must be there."""
    assert not isinstance(condition.values, Unknown)
    given = context.get(key)
    if isinstance(given, Unknown):
        absent = Truth.UNKNOWN
    elif isinstance(given, OneOf):
        absent = _agree(tuple(Truth.of(option is ABSENT) for option in given.options))
    else:
        absent = Truth.of(given is ABSENT)
    wanted = [known(value) for value in condition.values]
    answers = {"true": absent, "false": ~absent}
    truth = any_of(answers.get(text.lower(), Truth.UNKNOWN) if text else Truth.UNKNOWN for text in wanted)
    if not wanted:
        truth = Truth.UNKNOWN
    must = _NULL_WORDS.get(wanted[0] or "" if len(wanted) == 1 else "", "must be null or not")
    found = _NULL_FOUND[absent]
    unknowns = holes_in(*condition.values)
    if isinstance(given, Unknown):
        unknowns += (given,)
    elif isinstance(given, OneOf):
        unknowns += (given.because,)
    if truth is Truth.UNKNOWN and not unknowns:
        unknowns = (Unknown(f"Null {key}", f"Null on {key} is neither true nor false"),)
    reason = f"condition {key} {must}, {found}"
    return Judgement(truth, reason, unknowns if truth is Truth.UNKNOWN else ())


_NULL_WORDS = {"true": "must be absent", "false": "must be present"}
_NULL_FOUND = {
    Truth.YES: "the request does not have it",
    Truth.NO: "the request has it",
    Truth.UNKNOWN: "which is not known",
}


def _split(name: str) -> tuple[str, _Quantifier, bool]:
    quantifier = _Quantifier.NONE
    for candidate in (_Quantifier.ANY, _Quantifier.ALL):
        if name.startswith(candidate.value):
            quantifier, name = candidate, name[len(candidate.value) :]
    if_exists = name.endswith("IfExists")
    return (name[: -len("IfExists")] if if_exists else name), quantifier, if_exists


def _agree(truths: tuple[Truth, ...]) -> Truth:
    first = truths[0]
    return first if all(truth is first for truth in truths) else Truth.UNKNOWN


def _when_unknown(truth: Truth, wanted: tuple[TextLike, ...], given: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    return holes_in(*wanted, *given) if truth is Truth.UNKNOWN else ()


def _wildcard_taken_literally(test: _Test, given: tuple[TextLike, ...], world: World) -> bool:
    if test.operator.compare not in (text_equal, _fold_equal) or test.operator.negated:
        return False
    return any(text_matches(value, one, world) is Truth.YES for value in test.wanted for one in given)


def _unread(condition: Condition) -> str:
    key = known(condition.key)
    return f"what condition {key if key is not None else condition.operator} asks for is not known"


def _has(option: tuple[TextLike, ...] | object) -> str:
    return _spelled(option) if isinstance(option, tuple) else "nothing"


def _spelled(values: tuple[TextLike, ...] | Unknown) -> str:
    if isinstance(values, Unknown):
        return spell(values)
    more = [f"{len(values) - 3} more"] if len(values) > 3 else []
    return " or ".join([spell(value) for value in values[:3]] + more)
