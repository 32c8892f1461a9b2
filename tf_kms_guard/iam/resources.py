"""Whether a pattern in ``Resource`` covers a resource.

IAM User Guide, "AWS JSON policy elements: Resource": wildcards stand within the segments of an ARN; a ``*``
that ends one "can expand to match beyond the colon boundaries"; policy variables may stand only in the last
part. "Amazon Resource Names (ARNs)", "Incorrect wildcard usage": none in the service or in the type of resource.
What AWS does not say or not allow stays unknown: also a wildcard inside a segment that would have to cross a
colon, another case in the parts before the resource's own, an ARN that lacks parts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tf_kms_guard.iam.glob import text_matches
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import TextLike, known, pieces_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_SEGMENTS = 6


def covers(pattern: TextLike, resource: TextLike, world: World) -> Truth:
    """Whether ``pattern``, its variables filled in, covers ``resource``."""
    plain = known(pattern)
    if plain == "*":
        return Truth.YES
    matched = text_matches(pattern, resource, world)
    if plain is None or not _is_odd(plain):
        return matched
    if matched is Truth.NO:
        return Truth.UNKNOWN & text_matches(_widest(plain), _lower_head(resource), world)
    text = known(resource)
    if _has_forbidden_wildcard(plain) or (text is not None and not _within_segments(plain, text)):
        return Truth.UNKNOWN
    return matched


def has_variable_in_head(pattern: TextLike) -> bool:
    """Whether a policy variable stands before the fifth colon that can be seen; AWS allows none there."""
    colons = 0
    for piece in pieces_of(pattern):
        if isinstance(piece, Unknown):
            continue
        before, starts, _ = piece.partition("${")
        colons += before.count(":")
        if starts or colons >= _SEGMENTS - 1:
            return bool(starts) and colons < _SEGMENTS - 1
    return False


@lru_cache(maxsize=8192)
def _is_odd(pattern: str) -> bool:
    """Whether the pattern has one of the peculiarities that need a second look."""
    segments = pattern.split(":", _SEGMENTS - 1)
    head = segments[:-1] if len(segments) == _SEGMENTS else segments
    if segments[0] != "arn":
        return segments[0].lower() == "arn"
    if len(segments) < _SEGMENTS or _has_forbidden_wildcard(pattern):
        return True
    return any(part != part.lower() or "?" in part or "*" in part for part in head)


def _has_forbidden_wildcard(pattern: str) -> bool:
    """Whether the service or the type of resource (``key`` in ``key/…``) has a wildcard; ``*`` alone is no type."""
    segments = pattern.split(":", _SEGMENTS - 1)
    if len(segments) > 2 and ("*" in segments[2] or "?" in segments[2]):
        return True
    if len(segments) < _SEGMENTS or segments[2] == "s3" or segments[-1] == "*":
        return False
    of = re.split("[/:]", segments[-1], maxsplit=1)[0]
    return "*" in of or "?" in of


def _widest(pattern: str) -> str:
    """The most that the pattern may mean: its first parts in any case, the parts that it lacks wild."""
    segments = pattern.split(":", _SEGMENTS - 1)
    lacking = _SEGMENTS - len(segments)
    if lacking:
        return ":".join([*(part.lower() for part in segments), *["*"] * lacking])
    return ":".join([*(part.lower() for part in segments[:-1]), segments[-1]])


def _lower_head(resource: TextLike) -> TextLike:
    text = known(resource)
    if text is None:
        return resource
    segments = text.split(":", _SEGMENTS - 1)
    return ":".join([*(part.lower() for part in segments[:-1]), segments[-1]])


def _within_segments(pattern: str, text: str) -> bool:
    """Whether each part of the pattern matches its part of the text, or only stars at segments' ends cross colons."""
    wanted, given = pattern.split(":", _SEGMENTS - 1), text.split(":", _SEGMENTS - 1)
    if len(wanted) == len(given) == _SEGMENTS:
        pairs = zip(wanted, given, strict=True)
        if all(text_matches(one, other, PLAIN) is Truth.YES for one, other in pairs):
            return True
    return all("?" not in part and "*" not in part[:-1] for part in wanted[: _SEGMENTS - 1])
