"""From a text to the denials in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from tf_kms_guard.messages.cloudtrail import denial_of, events_in
from tf_kms_guard.messages.clusters import better, clusters_in, errors_in
from tf_kms_guard.messages.denial import Denial, Elsewhere, Recognised
from tf_kms_guard.messages.text import cleaned, readings

MOST: Final = 200
"""So many different denials are told apart; of what follows only the number is told."""

_TOLD: Final = ("operation", "caller", "places", "kms_key", "resource", "policy", "action")


def recognise(text: str) -> Recognised:
    """The denials in a text, however it is written and whatever stands around them; each is told once."""
    events, rest = events_in(text)
    found: list[Denial | Elsewhere] = [one for event in events if (one := denial_of(event)) is not None]
    more = 0
    if rest.strip():
        read = []
        for reading in readings(cleaned(rest)):
            clusters, left = clusters_in(reading)
            read.append((list(errors_in(reading, clusters)), left))
        errors, more = max(read, key=lambda one: better(one[0]))
        found += [one for one, _ in errors]
    denials, beyond = _distinct(one for one in found if isinstance(one, Denial))
    elsewhere = dict.fromkeys(one for one in found if isinstance(one, Elsewhere))
    return Recognised(tuple(denials), tuple(elsewhere)[:MOST], more + beyond)


def _distinct(found: Iterable[Denial]) -> tuple[list[Denial], int]:
    """Each denial once, with how often it is there; one that says less than another of its kind is that one again."""
    exact: dict[tuple[object, ...], int] = {}
    kept: list[Denial] = []
    beyond = 0
    for one in found:
        key = (one.kind, one.service, *(getattr(one, name) for name in _TOLD))
        place = exact.get(key)
        if place is None:
            place = next((index for index, other in enumerate(kept) if _says_less(one, other)), None)
            if place is None:
                fuller = next((index for index, other in enumerate(kept) if _says_less(other, one)), None)
                if fuller is not None:
                    kept[fuller] = replace(one, times=kept[fuller].times, form=kept[fuller].form)
                    place = fuller
        if place is None and len(kept) >= MOST:
            beyond += 1
            continue
        if place is None:
            exact[key] = len(kept)
            kept.append(one)
            continue
        if len(exact) < 50 * MOST:
            exact[key] = place
        kept[place] = replace(kept[place], times=kept[place].times + 1)
    return kept, beyond


def _says_less(one: Denial, other: Denial) -> bool:
    """Whether all that ``one`` tells, ``other`` tells as well."""
    if (one.kind, one.service) != (other.kind, other.service):
        return False
    return all(getattr(one, name) in (None, (), getattr(other, name)) for name in _TOLD)
