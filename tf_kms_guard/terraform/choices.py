"""Values that are one of several, by conditions that are not known.

Choices that hang on the same condition are picked together: a world is an outcome for each condition. A
choice may hold further choices; :func:`alternatives` gives them as one flat list.

Marks are taken off and put on again here as well: a function is applied to values without their marks, and what it
gives has all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import force_setattr

from tf_kms_guard.terraform.containers import CONTAINERS, Container, inner_first, parts_of, with_parts
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.identity import call_identity, same_identity
from tf_kms_guard.terraform.marks import marks_among, taken_off, with_marks
from tf_kms_guard.terraform.values import (
    MOST_ALTERNATIVES,
    Choice,
    Failed,
    Marked,
    Outcome,
    Value,
    Wrapped,
)
from tf_kms_guard.values.unknown import Unknown


class TooManyAlternatives(Exception):
    """More combinations of alternatives than are worth following."""


def alternatives(value: Value) -> list[tuple[Mapping[str, Outcome], Value]]:
    """Every alternative of ``value`` with the outcomes (by condition identity) that pick it.

    A value that is no choice is its own only alternative. Choices inside containers are left alone. What
    lies beyond ``MOST_ALTERNATIVES`` is summed up in one last alternative that is free and has no outcomes.
    """
    found: list[tuple[Mapping[str, Outcome], Value]] = []
    for outcomes, (result,) in combinations([value]):
        if len(found) == MOST_ALTERNATIVES:
            condition = next(iter(conditions_in(value)))
            found.append(({}, Unknown(call_identity("choice", [value]), condition.because)))
            break
        found.append((outcomes, result))
    return found


def combinations(values: Sequence[Value]) -> Iterator[tuple[dict[str, Outcome], list[Value]]]:
    """Every combination of the alternatives of ``values`` with the outcomes that pick it; lazily."""
    todo: list[tuple[dict[str, Outcome], list[Value]]] = [({}, list(values))]
    while todo:
        outcomes, current = todo.pop()
        choice = first_choice(current)
        if choice is None:
            yield outcomes, current
            continue
        for outcome in reversed(_common_outcomes(choice, current)):
            given = {choice.condition.identity: outcome}
            picked = _picked(choice, outcome)
            todo.append((outcomes | given, [picked if value is choice else _narrow(value, given) for value in current]))


Finder: TypeAlias = Callable[[Sequence[Value]], Wrapped | None]
"""Finds the next choice or mark that is in the way before a function can be applied."""


def distribute(function: Callable[..., Value], *values: Value, call: str = "") -> Value:
    """Apply ``function`` to every combination of the alternatives of ``values``.

    The result is again a choice, or a single value when all alternatives are surely identical. More than
    ``MOST_ALTERNATIVES`` combinations give a free value keyed by ``call`` (a name for the function) and the
    values. Where ``function`` raises :class:`EvaluationError` the alternative is :class:`Failed`; if it
    raises for all, the first error is raised. ``function`` must be ready to be given a ``Failed``. The marks of
    ``values`` themselves go to the result; parts keep theirs.
    """
    return spread(function, values, call or function.__name__, first_wrapped)


def hoist(function: Callable[..., Value], *values: Value, call: str = "") -> Value:
    """Like :func:`distribute`, but over the choices and marks inside containers too."""
    return spread(function, values, call or function.__name__, first_wrapped_inside)


def spread(function: Callable[..., Value], values: Sequence[Value], call: str, find: Finder) -> Value:
    """Like :func:`distribute`, over the choices and marks that ``find`` finds."""
    if find(values) is None:
        return function(*values)
    walk = _Spread(function, find, values)
    try:
        result = walk.over(list(values))
    except TooManyAlternatives:
        because = next(iter(conditions_in(list(values)))).because
        return with_marks(Unknown(call_identity(call, values), because), *marks_among(values))
    if not walk.succeeded and walk.error is not None:
        raise walk.error
    return result


def choose(condition: Unknown, cases: Sequence[tuple[Outcome, Value]]) -> Value:
    """The choice among ``cases`` by ``condition``, in its simplest form.

    What hangs on the same condition inside a case is resolved; more than ``MOST_ALTERNATIVES`` cases give a
    free value.
    """
    if len(cases) > MOST_ALTERNATIVES:
        return Unknown(call_identity("choice", [condition, *(value for _, value in cases)]), condition.because)
    return _simplest(condition, [(key, assume(value, {condition.identity: key})) for key, value in cases])


def assume(value: Value, outcomes: Mapping[str, Outcome]) -> Value:
    """``value`` in the worlds where conditions turn out as ``outcomes`` (by identity) says.

    Looks into containers. Returns the same object when nothing changes.
    """
    while isinstance(value, Choice):
        if value.condition.identity in outcomes:
            value = _picked(value, outcomes[value.condition.identity])
        elif inside(value).isdisjoint(outcomes):
            return value
        else:
            break
    if not outcomes or not isinstance(value, CONTAINERS):
        return value
    seen: dict[int, Value] = {}
    for inner in inner_first(value):
        seen[id(inner)] = _assumed(inner, outcomes, seen)
    return seen[id(value)]


def first_mark_inside(values: Sequence[Value]) -> Wrapped | None:
    """The first choice or mark among ``values``, else the first mark in their parts."""
    found = first_wrapped(values)
    if found is not None:
        return found
    return next((found for value in values for found in _walk(value) if isinstance(found, Marked)), None)


def first_choice_inside(values: Sequence[Value]) -> Wrapped | None:
    """The first choice or mark among ``values``, else the first choice in their parts, which keep their marks."""
    found = first_wrapped(values)
    if found is not None:
        return found
    return next((found for value in values for found in _walk(value) if isinstance(found, Choice)), None)


def conditions_in(value: Value) -> tuple[Unknown, ...]:
    """The conditions on which parts of ``value`` hang, each once, outermost first."""
    return tuple(choice.condition for choice in _choices_in(value).values())


class _Spread:
    """One walk over all combinations of alternatives."""

    def __init__(self, function: Callable[..., Value], find: Finder, values: Sequence[Value]) -> None:
        self.function = function
        self.find = find
        self.plain = [not isinstance(value, Choice) and not inside(value) for value in values]
        self.left = MOST_ALTERNATIVES
        self.marked = False
        self.succeeded = False
        self.error: EvaluationError | None = None

    def over(self, values: list[Value]) -> Value:
        choice = self.find(values)
        if choice is None:
            return self._apply(values)
        if isinstance(choice, Marked):
            self.marked = True
            bare, marks, whole = taken_off(values, self.find)
            return with_marks(self.over(bare), marks, whole)
        assert isinstance(choice, Choice)
        cases: list[tuple[Outcome, Value]] = []
        for outcome in _common_outcomes(choice, values):
            given = {choice.condition.identity: outcome}
            picked = _picked(choice, outcome)  # what a choice holds never hangs on its own condition
            narrowed = [
                picked if value is choice else value if is_plain else assume(value, given)
                for value, is_plain in zip(values, self.plain, strict=True)
            ]
            cases.append((outcome, self.over(narrowed)))
        return _simplest(choice.condition, cases)

    def _apply(self, values: list[Value]) -> Value:
        self.left -= 1
        if self.left < 0:
            raise TooManyAlternatives
        try:
            result = self.function(*values)
        except EvaluationError as error:
            if self.marked:
                error.message = "this cannot be evaluated, for a reason that is sensitive"
            self.error = self.error or error
            return Failed(error.message, error.span)
        self.succeeded = True
        return result


def _simplest(condition: Unknown, cases: Sequence[tuple[Outcome, Value]]) -> Value:
    if not cases:
        return Unknown(call_identity("choice", [condition]), condition.because)
    if any(isinstance(value, Marked) for _, value in cases):
        bare, marks, whole = taken_off([value for _, value in cases], first_wrapped)
        outcomes = [outcome for outcome, _ in cases]
        return with_marks(_simplest(condition, list(zip(outcomes, bare, strict=True))), marks, whole)
    first = cases[0][1]
    rest = [value for _, value in cases[1:]]
    if all(same_identity(value, first) for value in rest):
        return first
    if sum(_leaves(value) for _, value in cases) > MOST_ALTERNATIVES:
        because = f"it is one of more than {MOST_ALTERNATIVES} values: {condition.because}"
        return Unknown(
            call_identity("choice", [condition, *(value for _, value in cases)]), because, settle=condition.settle
        )
    return Choice(condition, tuple(cases))


def _leaves(value: Value) -> int:
    """How many alternatives a value has, choices inside choices counted; exact up to the most that are followed."""
    if not isinstance(value, Choice):
        return 1
    count = 0
    for _, alternative in value.alternatives:
        count += _leaves(alternative)
        if count > MOST_ALTERNATIVES:
            break
    return count


def first_choice(values: Sequence[Value]) -> Choice | None:
    """The first of ``values`` that is a choice."""
    return next((value for value in values if isinstance(value, Choice)), None)


def first_wrapped(values: Sequence[Value]) -> Wrapped | None:
    """The first of ``values`` that is marked, else the first that is a choice."""
    found = next((value for value in values if isinstance(value, Wrapped)), None)
    return found if found is None else next((value for value in values if isinstance(value, Marked)), found)


def first_wrapped_inside(values: Sequence[Value]) -> Wrapped | None:
    """The first choice or mark in ``values``, at any depth."""
    for value in values:
        for found in _walk(value):
            return found
    return None


def _common_outcomes(choice: Choice, values: Sequence[Value]) -> list[Outcome]:
    """The outcomes of ``choice`` that every other of ``values`` on the same condition knows too."""
    outcomes = [outcome for outcome, _ in choice.alternatives]
    for value in values:
        if isinstance(value, Choice) and value is not choice and value.condition.is_same(choice.condition):
            theirs = {_spelled(outcome) for outcome, _ in value.alternatives}
            outcomes = [outcome for outcome in outcomes if _spelled(outcome) in theirs]
    return outcomes


def _narrow(value: Value, outcomes: Mapping[str, Outcome]) -> Value:
    return assume(value, outcomes) if isinstance(value, Choice) else value


def _spelled(outcome: Outcome) -> str:
    """Terraform's conversion makes a truth value used as a key the same as its spelling."""
    return outcome if isinstance(outcome, str) else "true" if outcome else "false"


def _assumed(value: Container, outcomes: Mapping[str, Outcome], seen: dict[int, Value]) -> Value:
    """``value``, whose parts ``seen`` already holds as they are under ``outcomes``."""
    if isinstance(value, Choice):
        return _assumed_choice(value, outcomes, seen)
    if isinstance(value, Marked):
        return with_marks(seen.get(id(value.value), value.value), value.marks, value.whole)
    return with_parts(value, seen)


def _assumed_choice(value: Choice, outcomes: Mapping[str, Outcome], seen: dict[int, Value]) -> Value:
    outcome = outcomes.get(value.condition.identity)
    if outcome is not None:
        picked = _picked(value, outcome)
        return seen.get(id(picked), picked)
    cases = tuple((key, seen.get(id(item), item)) for key, item in value.alternatives)
    if all(new is old for (_, new), (_, old) in zip(cases, value.alternatives, strict=True)):
        return value
    return _simplest(value.condition, cases)


def _picked(value: Choice, outcome: Outcome) -> Value:
    for key, item in value.alternatives:
        if _spelled(key) == _spelled(outcome):
            return item
    because = f"{value.condition.identity} is {_spelled(outcome)} here, for which there is no value"
    return Unknown(call_identity("choice", [value, _spelled(outcome)]), because)


def _choices_in(value: Value) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for choice in _walk(value):
        if isinstance(choice, Choice):
            found.setdefault(choice.condition.identity, choice)
    return found


def _walk(value: Value) -> Iterator[Wrapped]:
    """The choices and marks in ``value``, outermost first, each once."""
    seen: set[int] = set()
    todo: list[Value] = [value]
    while todo:
        current = todo.pop()
        if not isinstance(current, CONTAINERS) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, Wrapped):
            yield current
        todo.extend(reversed(parts_of(current)))


def inside(value: Value) -> frozenset[str]:
    """The identities of the conditions on which parts of ``value`` hang; of a choice, those of its alternatives."""
    if isinstance(value, Choice) and value.inside is not None:
        return value.inside
    found: set[str] = set()
    seen: set[int] = set()
    todo: list[Value] = list(parts_of(value)) if isinstance(value, CONTAINERS) else []
    while todo:
        current = todo.pop()
        if not isinstance(current, CONTAINERS) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, Choice):
            found.add(current.condition.identity)
            if current.inside is not None:
                found |= current.inside
                continue
        todo.extend(parts_of(current))
    result = frozenset(found)
    if isinstance(value, Choice):
        force_setattr(value, "inside", result)
    return result
