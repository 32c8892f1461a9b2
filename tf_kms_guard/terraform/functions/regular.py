"""Terraform's regular expressions: RE2's own dialect, matched by RE2 itself (docs/decisions/0006).

RE2 needs time in proportion to the text for one search, but a pattern may be long, and there may be as many
searches as characters: what could take seconds is not evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from tf_kms_guard.terraform.convert import shortened
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import MOST_ELEMENTS, NotKnown

if TYPE_CHECKING:
    import re

_LONGEST_PATTERN: Final = 10_000
_MOST_GROUPS: Final = 200
_MOST_WORK: Final = 300_000_000
"""Bytes times instructions of the compiled pattern for one search: about two seconds at worst."""
_MOST_SEARCHED: Final = 2_000_000_000
"""The same for bytes that all searches of a call may have to look at."""
_MOST_WORK_IN_ALL: Final = 1_000_000_000

MISSING: Final = (
    "regular expressions need the package google-re2, which is not installed: pip install tf-kms-guard[re2]"
)


class Match(Struct, frozen=True):
    """One match: where it lies in the UTF-8 bytes, and the text of its groups, the whole match first."""

    start: int
    end: int
    groups: tuple[str | None, ...]


class Pattern(Struct, frozen=True):
    """A compiled pattern. ``names`` are its named groups with their numbers, ``count`` is that of all groups."""

    compiled: Any
    size: int
    count: int
    names: dict[str, int]

    def matches(self, data: bytes) -> Iterator[Match]:
        """The matches as Go counts them: an empty one right after another match is none.

        Raises :class:`NotKnown` where that could take too long.
        """
        if len(data) * self.size > _MOST_WORK:
            raise NotKnown("the text is too long for this regular expression")
        at, last, searched, count = 0, -1, 0, 0
        while at <= len(data):
            searched += len(data) - at
            if searched > _MOST_SEARCHED or searched * self.size > _MOST_WORK_IN_ALL + _MOST_WORK:
                raise NotKnown("the regular expression matches too often in so long a text")
            found = self.compiled.search(data, at)
            if found is None:
                return
            start, end = found.span()
            if end > start or start != last:
                count += 1
                if count > MOST_ELEMENTS:
                    raise NotKnown("the regular expression matches too often")
                yield Match(start, end, tuple(self._group(found, number) for number in range(self.count + 1)))
            last = end
            at = end if end > at else _next_character(data, at)

    @staticmethod
    def _group(found: re.Match[bytes], number: int) -> str | None:
        group = found[number]
        return None if group is None else group.decode("utf-8", "replace")


def compiled(pattern: str) -> Pattern:
    """Compile a pattern.

    Raises ``EvaluationError`` where it is no regular expression, :class:`NotKnown` where RE2 is not installed
    or the pattern is too large.
    """
    found = _compiled(pattern)
    if isinstance(found, Pattern):
        return found
    if found.certain:
        raise EvaluationError(f"this is no regular expression: {found.reason}")
    raise NotKnown(found.reason)


class _Refused(Struct, frozen=True):
    reason: str
    certain: bool


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Pattern | _Refused:
    try:
        import re2
    except ImportError:
        return _Refused(MISSING, False)
    if len(pattern) > _LONGEST_PATTERN or "\\C" in pattern:  # Go has no \C, which matches one byte
        return _Refused(f"the regular expression {shortened(pattern)} is not evaluated", False)
    options = re2.Options()
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        words = error.args[0] if error.args else error
        reason = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        return _Refused(reason, "too large" not in reason and "too deep" not in reason)
    except UnicodeEncodeError:
        return _Refused("the regular expression is no UTF-8 text", False)
    if expression.groups > _MOST_GROUPS:
        return _Refused(f"the regular expression {shortened(pattern)} has too many groups", False)
    return Pattern(expression, expression.programsize, expression.groups, dict(expression.groupindex))


def _next_character(data: bytes, at: int) -> int:
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at
