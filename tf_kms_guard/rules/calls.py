"""Findings inside modules: the calls that lead there, and the place in the user's own code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from tf_kms_guard.rules.finding import Finding, Related
from tf_kms_guard.values.span import Span

_MOST_CALLS: Final = 4
"""Of a longer chain the innermost calls are shown, and the outermost."""

_CALLED: Final = "called from here"


def with_calls(finding: Finding) -> Finding:
    """A finding with the calls that lead to its place as related places, the innermost first.

    One inside a downloaded module points at the user's own call of it, and the line in the module is related. The
    places of the result are plain: no calls hang on them any more.
    """
    place = finding.location
    related = tuple(Related(one.message, one.location.through(())) for one in finding.related)
    if place is None:
        return replace(finding, related=related)
    chain = [place.through(()), *place.calls]
    finding = replace(finding, chain=tuple(chain))
    own = next((number for number, span in enumerate(chain) if not is_downloaded(span)), 0)
    outside = tuple(_calls(chain[own + 1 :]))
    if own == 0:
        return replace(finding, location=chain[0], related=(*outside, *related))
    inside = (Related(f"in the downloaded module: {finding.label}", chain[0]), *_calls(chain[1:own]))
    label = "this call leads to it" if finding.resource is None else f"this call declares {finding.resource}"
    return replace(finding, location=chain[own], label=label, related=(*inside, *outside, *related))


def _calls(chain: list[Span]) -> Iterator[Related]:
    if len(chain) > _MOST_CALLS:
        left_out = len(chain) - _MOST_CALLS
        calls = "call" if left_out == 1 else "calls"
        yield from _calls(chain[: _MOST_CALLS - 1])
        yield Related(f"{_CALLED}, {left_out} more {calls} further out", chain[-1])
        return
    for span in chain:
        yield Related(_CALLED, span)


def is_downloaded(span: Span) -> bool:
    """Whether a place lies in a module that Terraform downloaded."""
    return "/.terraform/" in f"/{span.file}"
