"""Comparing texts that may have holes: yes, no, or not known.

Two questions, one algorithm. *Surely equal*: every hole of one side meets the same hole, or a wildcard, of
the other. *Possibly equal*: some filling of the holes, within their shapes, makes both sides the same. Surely
is yes, not possibly is no, the rest is unknown. The second question ignores that one hole that occurs twice
is filled twice alike; that errs towards unknown, never towards a wrong answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias, Union

from msgspec import Struct, field
from msgspec.structs import replace

from tf_kms_guard.values.text import TextLike, join_text, known, pieces_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class World(Struct, frozen=True):
    """What is taken as given while comparing.

    ``bindings``: the values of unknowns that evidence has settled, by identity.
    ``own``: identities of the accounts that deploy; each is *presumed* to differ from any literal.
    ``apart``: pairs of identities, or of an identity and a literal, that are presumed to differ.
    ``others``: for identities in ``own``, literals of which nothing is presumed, for there is other evidence on them.
    Presumptions lower the confidence of what follows from them: compare again in :meth:`certain`.
    """

    bindings: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def presuming(self, own: Iterable[str], apart: Iterable[frozenset[str]] = ()) -> World:
        """The same world in which of the deploying accounts only ``own`` are presumed to differ from literals."""
        return replace(self, own=self.own & frozenset(own), apart=self.apart | frozenset(apart))

    def certain(self) -> World:
        """The same world without presumptions."""
        return replace(self, own=frozenset(), apart=frozenset())

    def bind(self, value: TextLike) -> TextLike:
        """``value`` with the settled unknowns filled in."""
        if not self.bindings or isinstance(value, str):
            return value
        pieces = pieces_of(value)
        if not any(isinstance(piece, Unknown) and piece.identity in self.bindings for piece in pieces):
            return value
        return join_text(
            self.bindings.get(piece.identity, piece) if isinstance(piece, Unknown) else piece for piece in pieces
        )

    def may_be_equal(self, one: Unknown, other: Unknown) -> bool:
        """Whether two unknowns may have the same value."""
        if one.identity == other.identity:
            return True
        if one.unique and other.unique:
            return False
        if frozenset((one.identity, other.identity)) in self.apart:
            return False
        return _shapes_meet(one, other)

    def may_be(self, one: Unknown, text: str) -> bool:
        """Whether an unknown may have the value ``text``."""
        if one.identity in self.own and text not in self.others.get(one.identity, ()):
            return False
        return frozenset((one.identity, text)) not in self.apart and one.shape.admits(text)


PLAIN: Final = World()
"""The world in which nothing is taken as given."""


def equal(one: TextLike, other: TextLike, world: World = PLAIN, *, fold_case: bool = False) -> Truth:
    """Whether two texts are the same (``fold_case``: without regard to case)."""
    return _compare(one, other, world, fold_case, wildcards=False)


def matches(pattern: TextLike, value: TextLike, world: World = PLAIN, *, fold_case: bool = False) -> Truth:
    """Whether ``value`` matches ``pattern``, in which ``*`` stands for any characters and ``?`` for one.

    Wildcards are those of the known characters of ``pattern``; a hole may hold more of them, which makes
    the answer unknown.
    """
    return _compare(pattern, value, world, fold_case, wildcards=True)


def sameness(value: TextLike, world: World = PLAIN) -> Hashable:
    """A key for dictionaries: two texts have the same one exactly when :func:`equal` answers YES."""
    value = world.bind(value)
    text = known(value)
    if text is not None:
        return text
    parts: list[str | tuple[str]] = []
    for piece in pieces_of(value):
        if isinstance(piece, Unknown):
            parts.append((piece.identity,))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += piece
        else:
            parts.append(str(piece))
    return tuple(parts)


class _Wild:
    """A wildcard token: ``many`` is any run of characters, else exactly one character."""

    __slots__ = ("many",)

    def __init__(self, many: bool) -> None:
        self.many = many


_STAR: Final = _Wild(True)
_ONE: Final = _Wild(False)
_Token: TypeAlias = Union[str, _Wild, Unknown]
_Tokens: TypeAlias = Sequence[_Token]


def _compare(one: TextLike, other: TextLike, world: World, fold_case: bool, wildcards: bool) -> Truth:
    one, other = world.bind(one), world.bind(other)
    left, right = known(one), known(other)
    if fold_case:
        left, right = left and left.lower(), right and right.lower()
    wild = wildcards and (left is None or "*" in left or "?" in left)
    if left is not None and right is not None and not wild:
        return Truth.of(left == right)
    if not wild:
        if isinstance(other, Unknown) and left is not None:
            return _hole_against_text(other, left, world, fold_case)
        if isinstance(one, Unknown) and right is not None:
            return _hole_against_text(one, right, world, fold_case)
        if _ends_differ(one, other, world, fold_case):
            return Truth.NO
    a, b = _tokens(one, fold_case, wildcards), _tokens(other, fold_case, False)
    if _start_differs(a, b):
        return Truth.NO
    if _surely(a, b):
        return Truth.YES
    if not wildcards and not fold_case:
        a, b = _without_common_ends(a, b)
        if len(a) == len(b) == 1 and isinstance(a[0], Unknown) and isinstance(b[0], Unknown):
            return Truth.UNKNOWN if world.may_be_equal(a[0], b[0]) else Truth.NO
    return Truth.UNKNOWN if _possibly(a, b, world) else Truth.NO


def _without_common_ends(a: list[_Token], b: list[_Token]) -> tuple[list[_Token], list[_Token]]:
    """What is left when both sides lose what they surely share: ``x-${p}`` is ``x-${q}`` just if p is q."""
    most = min(len(a), len(b))
    start = 0
    while start < most and _same(a[start], b[start]):
        start += 1
    end = 0
    while end < most - start and _same(a[-1 - end], b[-1 - end]):
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def _tokens(value: TextLike, fold_case: bool, wildcards: bool) -> list[_Token]:
    tokens: list[_Token] = []
    for piece in pieces_of(value):
        if isinstance(piece, Unknown):
            tokens.append(_folded(piece) if fold_case else piece)
            continue
        for character in piece.lower() if fold_case else str(piece):
            if wildcards and character == "*":
                if not tokens or tokens[-1] is not _STAR:
                    tokens.append(_STAR)
            elif wildcards and character == "?":
                tokens.append(_ONE)
            else:
                tokens.append(character)
    return tokens


def _hole_against_text(hole: Unknown, text: str, world: World, fold_case: bool) -> Truth:
    return Truth.UNKNOWN if world.may_be(_folded(hole) if fold_case else hole, text) else Truth.NO


def _ends_differ(one: TextLike, other: TextLike, world: World, fold_case: bool) -> bool:
    """Whether the first or the last pieces tell the two apart: the usual case, quickly.

    Two holes of the same fixed length at the same end must be equal as a whole.
    """
    a, b = pieces_of(one), pieces_of(other)
    for x, y, end in ((a[0], b[0], False), (a[-1], b[-1], True)):
        if isinstance(x, Unknown) and isinstance(y, Unknown):
            if _has_length(x) and x.shape.maximum == y.shape.maximum and _has_length(y):
                if not world.may_be_equal(_folded(x) if fold_case else x, _folded(y) if fold_case else y):
                    return True
            continue
        if isinstance(x, Unknown) or isinstance(y, Unknown):
            continue
        length = min(len(x), len(y))
        p, q = (x[len(x) - length :], y[len(y) - length :]) if end else (x[:length], y[:length])
        if p != q and not (fold_case and p.lower() == q.lower()):
            return True
    return not fold_case and (_has_other_characters(a, b) or _has_other_characters(b, a))


def _has_length(hole: Unknown) -> bool:
    return hole.shape.maximum is not None and hole.shape.minimum == hole.shape.maximum


def _has_other_characters(whole: Sequence[str | Unknown], text: Sequence[str | Unknown]) -> bool:
    """Whether ``text`` holds known characters that the one hole of which ``whole`` consists cannot hold."""
    hole = whole[0]
    if len(whole) > 1 or not isinstance(hole, Unknown) or hole.shape.alphabet is None:
        return False
    return any(isinstance(piece, str) and not hole.shape.alphabet.issuperset(piece) for piece in text)


def _folded(hole: Unknown) -> Unknown:
    """The hole as it looks without regard to case."""
    alphabet = hole.shape.alphabet
    if alphabet is None:
        return hole
    lower = frozenset(character.lower() for character in alphabet)
    return hole if lower == alphabet else replace(hole, shape=replace(hole.shape, alphabet=lower))


def _start_differs(a: _Tokens, b: _Tokens) -> bool:
    for x, y in zip(a, b, strict=False):
        if not isinstance(x, str) or not isinstance(y, str):
            return False
        if x != y:
            return True
    return False


def _surely(pattern: _Tokens, value: _Tokens) -> bool:
    """Whether the pattern matches whatever the holes of either side hold."""
    i = j = 0
    star = mark = -1
    while j < len(value):
        token = pattern[i] if i < len(pattern) else None
        here = value[j]
        if token is _STAR:
            star, mark = i, j
            i += 1
        elif (token is _ONE and isinstance(here, str)) or (token is not None and _same(token, here)):
            i += 1
            j += 1
        elif star >= 0:
            mark += 1
            i, j = star + 1, mark
        else:
            return False
    return all(token is _STAR for token in pattern[i:])


def _same(one: _Token, other: _Token) -> bool:
    if isinstance(one, Unknown):
        return one.is_same(other)
    return isinstance(one, str) and isinstance(other, str) and one == other


def _possibly(a: _Tokens, b: _Tokens, world: World) -> bool:
    """Whether some filling of holes and wildcards makes both sides the same text.

    A state is how far each side has been taken up, and whether its next token, a hole, has been begun: two
    holes may overlap in part.
    """
    if (len(a) == 1 and _is_loop(a[0])) or (len(b) == 1 and _is_loop(b[0])):
        return True
    seen: set[_State] = set()
    todo: list[_State] = [(0, 0, False, False)]
    a_length, b_length = len(a), len(b)
    a_loops, b_loops = _Loops(a, b), _Loops(b, a)
    while todo:
        i, j, a_begun, b_begun = todo.pop()
        differs = False
        while i < a_length and j < b_length and isinstance(x := a[i], str) and isinstance(y := b[j], str):
            if x != y:
                differs = True
                break
            i, j = i + 1, j + 1  # where two known characters meet there is nothing to choose
        state = (i, j, a_begun, b_begun)
        if differs or state in seen:
            continue
        if i == a_length and j == b_length:
            return True
        seen.add(state)
        if i < a_length and j < b_length:
            if isinstance(b[j], str) and _is_loop(a[i]):
                todo.extend((*state, False, False) for state in a_loops.steps(i, j))
                continue
            if isinstance(a[i], str) and _is_loop(b[j]):
                todo.extend((x, y, False, False) for y, x in b_loops.steps(j, i))
                continue
        if i < a_length:
            todo.extend(_steps(a, i, a_begun, b, j, b_begun, world))
        if j < b_length:
            swapped = _steps(b, j, b_begun, a, i, a_begun, world)
            todo.extend((x, y, x_begun, y_begun) for y, x, y_begun, x_begun in swapped)
    return False


_State: TypeAlias = tuple[int, int, bool, bool]


class _Loops:
    """How far loops of ``a`` may take up runs of known characters of ``b``; each way is told once.

    Without that every position at which one loop begins would list all the ends that later positions list again.
    """

    def __init__(self, a: _Tokens, b: _Tokens) -> None:
        self._a, self._b = a, b
        self._run_ends: list[int] = []
        self._told: dict[tuple[int, int], int] = {}

    def steps(self, i: int, j: int) -> list[tuple[int, int]]:
        """Where the walk may go when the loop ``a[i]`` takes up some of the known characters from ``b[j]`` on."""
        end = self._run_end(j)
        told = self._told.get((i, end))
        steps = [(i, end)] if told is None else []
        stop = end if told is None else told
        if j < stop:
            self._told[i, end] = j
        after = self._a[i + 1] if i + 1 < len(self._a) else None
        exact = isinstance(after, str)
        return [(i + 1, at) for at in range(j, stop) if not exact or after == self._b[at]] + steps

    def _run_end(self, j: int) -> int:
        """Where the run of known characters with ``b[j]`` in it ends."""
        if not self._run_ends:
            end = len(self._b)
            ends = [end] * end
            for at in range(len(self._b) - 1, -1, -1):
                if not isinstance(self._b[at], str):
                    end = at
                ends[at] = end
            self._run_ends = ends
        return self._run_ends[j]


def _steps(a: _Tokens, i: int, a_begun: bool, b: _Tokens, j: int, b_begun: bool, world: World) -> list[_State]:
    """Where the walk may go when the token at ``a[i]`` takes up some of ``b`` from ``j`` on."""
    token = a[i]
    if _is_loop(token):
        return [(i + 1, j, False, b_begun)] + ([(i, j + 1, False, False)] if j < len(b) else [])
    if isinstance(token, Unknown):
        run = [_rest(b[j]), *b[j + 1 :]] if b_begun else b[j:]
        return _fill(_rest(token) if a_begun else token, i, run, j, b_begun, world)
    if j < len(b):
        other = b[j]
        if token is _ONE and (isinstance(other, str) or other is _ONE):
            return [(i + 1, j + 1, False, False)]
        if isinstance(token, str) and isinstance(other, str) and token == other:
            return [(i + 1, j + 1, False, False)]
    return []


def _rest(token: _Token) -> Unknown:
    """What is left of a hole that has been begun: at least one character."""
    assert isinstance(token, Unknown)
    shape = token.shape
    most = None if shape.maximum is None else shape.maximum - 1
    return Unknown(f"rest of {token.identity}", token.because, replace(shape, minimum=1, maximum=most))


def _fill(hole: Unknown, i: int, run: _Tokens, j: int, begun: bool, world: World) -> list[_State]:
    """A hole of known alphabet may be filled by a run of the other side's tokens, of the last a part."""
    steps: list[_State] = [(i + 1, j, False, begun)] if hole.shape.minimum == 0 else []
    most = hole.shape.maximum
    shortest = 0
    for length, last in enumerate(run, start=1):
        if not _may_stand_in(hole, last):
            if isinstance(last, Unknown) and last.shape.minimum == 0:
                continue  # it is empty
            break
        if isinstance(last, Unknown) and not _is_loop(last) and (most is None or shortest < most):
            whole = last.shape.maximum
            if length > 1 or whole is None or hole.shape.minimum < whole:
                steps.append((i + 1, j + length - 1, False, True))
        shortest += last.shape.minimum if isinstance(last, Unknown) else 0 if last is _STAR else 1
        if most is not None and shortest > most:
            break
        if _may_fill(hole, run[:length], world):
            steps.append((i + 1, j + length, False, False))
            if _is_loop(last):
                steps.append((i + 1, j + length - 1, False, False))
    return steps


def _may_fill(hole: Unknown, run: _Tokens, world: World) -> bool:
    if len(run) == 1 and isinstance(run[0], Unknown):
        return world.may_be_equal(hole, run[0])
    if all(isinstance(token, str) for token in run):
        return world.may_be(hole, "".join(token for token in run if isinstance(token, str)))
    if any(_is_loop(token) or isinstance(token, Unknown) for token in run):
        return True
    return len(run) >= hole.shape.minimum


def _may_stand_in(hole: Unknown, token: _Token) -> bool:
    if isinstance(token, str):
        return hole.shape.alphabet is None or token in hole.shape.alphabet
    if isinstance(token, Unknown):
        return hole.is_same(token) or _alphabets_meet(hole, token)
    return True


def _is_loop(token: _Token) -> bool:
    """Whether the token may stand for any text at all, and so may be taken up bit by bit."""
    return token is _STAR or (isinstance(token, Unknown) and token.shape.alphabet is None)


def _alphabets_meet(one: Unknown, other: Unknown) -> bool:
    a, b = one.shape.alphabet, other.shape.alphabet
    if a is None or b is None or not a.isdisjoint(b):
        return True
    return one.shape.minimum == 0 and other.shape.minimum == 0


def _shapes_meet(one: Unknown, other: Unknown) -> bool:
    a, b = one.shape, other.shape
    if a.maximum is not None and b.minimum > a.maximum:
        return False
    if b.maximum is not None and a.minimum > b.maximum:
        return False
    return _alphabets_meet(one, other)
