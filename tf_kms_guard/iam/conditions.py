"""Condition operators.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys": several values
of one key are alternatives, a negated operator is true when none of them matches, a key that the request
lacks makes a positive operator false and a negated one true, and ``…IfExists`` true.
"""

from __future__ import annotations

from msgspec import Struct

from tf_kms_guard.iam.context import ABSENT, Context, OneOf
from tf_kms_guard.iam.document import Condition
from tf_kms_guard.iam.glob import text_matches
from tf_kms_guard.iam.judgement import Judgement, holes_in, listed
from tf_kms_guard.iam.operators import OPERATORS, Operator, Quantifier, Spelled, known_operator, take_apart
from tf_kms_guard.iam.variables import may_lack, substitute
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown


class _Test(Struct, frozen=True):
    """An operator as written, with its values ready to compare."""

    operator: Operator
    spelled: Spelled
    wanted: tuple[TextLike, ...]
    unsubstituted: bool
    """A value has a variable that the request lacks, or may lack: then it matches nothing."""

    def present(self, given: tuple[TextLike, ...], world: World) -> Truth:
        """The answer for a request that has these values."""
        if not given:
            return self.absent()
        each = [self._one(value, world) for value in given]
        if self.spelled.quantifier is Quantifier.ALL:
            return all_of(each)
        if self.spelled.quantifier is Quantifier.ANY or len(each) == 1:
            return any_of(each)
        return each[0] if all(truth is each[0] for truth in each) else Truth.UNKNOWN

    def absent(self) -> Truth:
        """The answer for a request without the key.

        ``ForAnyValue:`` is false for an empty set of values and ``…IfExists`` true for an absent key: which of
        the two rules wins is not documented.
        """
        if self.spelled.quantifier is Quantifier.ANY:
            return Truth.UNKNOWN if self.spelled.if_exists else Truth.NO
        if self.spelled.if_exists or self.spelled.quantifier is Quantifier.ALL:
            return Truth.YES
        return Truth.of(self.operator.negated)

    def _one(self, given: TextLike, world: World) -> Truth:
        if not self.wanted and not self.unsubstituted:
            return Truth.UNKNOWN  # a condition without values: AWS documents no meaning
        met = any_of(self.operator.compare(value, given, world) for value in self.wanted)
        if not self.operator.negated:
            return met
        return ~(met | Truth.UNKNOWN) if self.unsubstituted else ~met


def evaluate(condition: Condition, context: Context, world: World, substitutes: Truth) -> Judgement:
    """Whether a request of this context meets the condition. ``substitutes``: see :mod:`.variables`."""
    if isinstance(condition.values, Unknown):
        return Judgement(Truth.UNKNOWN, _unread(condition), (condition.values,))
    key = known(condition.key)
    if key is None:
        return Judgement(Truth.UNKNOWN, _unread(condition), holes_in(condition.key))
    spelled = take_apart(condition.operator)
    if spelled.base == "Null" and known_operator(condition.operator):
        return _null(condition, key, context)
    operator = OPERATORS.get(spelled.base)
    if operator is None:
        because = f"{condition.operator} is not a condition operator of AWS"
        return Judgement(Truth.UNKNOWN, because, (Unknown(because, because, origin=condition.origin),))
    if not operator.variables:
        substitutes = Truth.NO
    wanted = [substitute(value, context, substitutes, pattern=operator.pattern) for value in condition.values]
    ready = tuple(value for value in wanted if value is not None)
    lacking = any(may_lack(value, context, substitutes) for value in condition.values)
    test = _Test(operator, spelled, ready, lacking)
    return _judge(condition, key, test, context, world)


def _judge(condition: Condition, key: str, test: _Test, context: Context, world: World) -> Judgement:
    given = context.get(key)
    words = f"condition {key} {test.operator.words} {_spelled(condition.values)}"
    if given is ABSENT:
        truth = test.absent()
        open_ = () if truth is not Truth.UNKNOWN else (_undocumented(condition.operator),)
        return Judgement(truth, f"{words}, the request does not have it", open_)
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
        because = f"AWS does not say what {condition.operator} on {key} gives for these values"
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


def _undocumented(operator: str) -> Unknown:
    because = f"what {operator} means for a key that the request does not have is not documented"
    return Unknown(f"{operator} on an absent key", because)


def _agree(truths: tuple[Truth, ...]) -> Truth:
    first = truths[0]
    return first if all(truth is first for truth in truths) else Truth.UNKNOWN


def _when_unknown(truth: Truth, wanted: tuple[TextLike, ...], given: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    return holes_in(*wanted, *given) if truth is Truth.UNKNOWN else ()


def _wildcard_taken_literally(test: _Test, given: tuple[TextLike, ...], world: World) -> bool:
    if not test.operator.literal or test.operator.negated:
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
