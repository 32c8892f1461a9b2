"""Suppressions in the code: what a comment says, which findings it is for, and which comments suppress nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.forms import nearest
from tf_kms_guard.estate.member import Member
from tf_kms_guard.estate.reading import TYPES
from tf_kms_guard.reports.words import FATAL
from tf_kms_guard.rules.calls import is_downloaded
from tf_kms_guard.rules.catalogue import RULES, UNDETERMINED, Rule
from tf_kms_guard.rules.finding import Finding, Idle, InputError, Suppression
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.values.span import Span

_OWN: Final = re.compile(
    r"tf-kms-guard:ignore\s*=\s*(?P<rules>[^\s,:]*(?:\s*,\s*[^\s,:]+)*)[\s,:]*(?P<reason>.*)", re.S
)
_CHECKOV: Final = re.compile(r"\w+:skip= *TFKMS_(?P<rules>\w*)(?P<reason>:.*)?", re.S)
_UNTIL: Final = re.compile(r"(?:^|(?<=\s))until=(?P<day>\S*)")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORM: Final = "write tf-kms-guard:ignore=RULE reason"
_LONGEST_SHOWN: Final = 60


class Directive(Struct, frozen=True):
    """A comment that suppresses the findings of ``rules`` in the code that it is ``over``."""

    rules: tuple[str, ...]
    over: tuple[Span, ...]
    suppression: Suppression
    location: Span


class Suppressed(Struct, frozen=True):
    """What the comments of some workspaces do. ``used``: the directives, each with a rule that it suppressed."""

    directives: Sequence[Directive] = ()
    used: frozenset[tuple[Span, str]] = frozenset()
    wrong: Sequence[Idle] = ()


def today() -> date:
    """The day by which it is decided what has expired: that of UTC, the same on every machine."""
    return datetime.now(UTC).date()


def suppressing(
    findings: Sequence[Finding], remarks: Iterable[Remark], members: Sequence[Member], day: date
) -> tuple[list[Finding], Suppressed]:
    """The findings, those suppressed that comments are for; on ``day`` some comments may have expired."""
    directives: list[Directive] = []
    wrong: list[Idle] = []
    for remark in dict.fromkeys(remarks):
        read = directive(remark, day)
        if isinstance(read, Directive):
            directives.append(read)
        elif not is_downloaded(remark.span):
            wrong.append(read)
    if not directives:
        return list(findings), Suppressed((), frozenset(), wrong)
    blocks = _Blocks(members)
    used: set[tuple[Span, str]] = set()
    found = []
    for finding in findings:
        if finding.change != "resolved":
            chosen = _chosen(finding, directives, blocks)
            used |= {(one.location, finding.rule.id) for one in chosen}
            if chosen:
                finding = replace(finding, suppression=chosen[0].suppression)
        found.append(finding)
    return found, Suppressed(directives, frozenset(used), wrong)


def _chosen(finding: Finding, directives: Iterable[Directive], blocks: _Blocks) -> list[Directive]:
    candidates = [one for one in directives if finding.rule.id in one.rules]
    if not candidates:
        return []
    own = () if finding.location is None else (finding.location,)
    places = (*own, *finding.chain, *blocks.of(finding))
    return [one for one in candidates if any(_lies_in(place, over) for place in places for over in one.over)]


def _lies_in(place: Span, over: Span) -> bool:
    start = (place.line, place.column)
    return place.file == over.file and (over.line, over.column) <= start < (over.end_line, over.end_column)


class _Blocks:
    """Where the resources of findings are declared, looked up when a finding may be suppressed by that."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = {one.name: one for one in members}
        self._places: dict[str, Mapping[str, Span]] = {}

    def of(self, finding: Finding) -> tuple[Span, ...]:
        """The block of a finding's resource, and the module calls that lead there."""
        member = self._members.get(finding.workspace)
        if member is None or finding.resource is None:
            return ()
        if member.name not in self._places:
            there = member.workspace.resources(frozenset(TYPES))
            self._places[member.name] = {one.address: one.span for one in there}
        place = self._places[member.name].get(finding.resource)
        return () if place is None else (place, *place.calls)


def idle_ones(outcomes: Sequence[Suppressed], ran: Collection[Rule], errors: Iterable[InputError]) -> tuple[Idle, ...]:
    """The comments that suppress nothing, in order of place.

    None is called unused where something could not be read: that may hold what it is for.
    """
    found = [one for outcome in outcomes for one in outcome.wrong]
    if not any(error.kind in FATAL for error in errors):
        found += _unused(outcomes, ran)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.location))


def _unused(outcomes: Sequence[Suppressed], ran: Collection[Rule]) -> Iterator[Idle]:
    """The comments that suppressed nothing anywhere, as far as the rules ran that they name."""
    used = {one for outcome in outcomes for one in outcome.used}
    ids = {rule.info.id for rule in ran}
    for directive in dict.fromkeys(one for outcome in outcomes for one in outcome.directives):
        idle = [rule for rule in directive.rules if rule in ids and (directive.location, rule) not in used]
        if idle and not is_downloaded(directive.location):
            they = "it finds nothing there" if len(idle) == 1 else "they find nothing there"
            why = f"is not needed: {they}" if directive.over else "has no effect: it stands at no block or statement"
            yield Idle("unused", f"the suppression of {' and '.join(idle)} {why}", directive.location)


# ---- what a comment says


def directive(remark: Remark, day: date) -> Directive | Idle:
    """What a remark asks for, or why it does not count on ``day``."""
    own = _OWN.fullmatch(remark.text)
    other = None if own else _CHECKOV.fullmatch(remark.text)
    match = own or other
    if match is None:
        return Idle("invalid", f"this suppresses nothing: {_FORM}", remark.span)
    try:
        rules = _rules(match["rules"])
        reason, until = _reason(match["reason"] or "")
    except UsageError as error:
        return Idle("invalid", f"this suppresses nothing: {error}", remark.span)
    if until is not None and until < day:
        return Idle("expired", f"this suppresses nothing any more: it held until {until}", remark.span)
    over = remark.at if own else () if remark.inside is None else (remark.inside,)
    held = None if until is None else until.isoformat()
    marker = "tf-kms-guard:ignore" if own else "checkov:skip"
    return Directive(rules, over, Suppression("in-source", reason, held, remark.span, marker), remark.span)


def _rules(text: str) -> tuple[str, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UsageError(f"it names no rule; {_FORM}")
    names = _names()
    found = []
    for word in words:
        if word not in names:
            near = nearest(word, names)
            hint = "; name each rule" if "*" in word else f"; did you mean {near}?" if near else ""
            raise UsageError(f"there is no rule {word[:_LONGEST_SHOWN]}{hint}")
        id_ = names[word]
        if id_ == UNDETERMINED:
            raise UsageError(f"{word} tells what is not known: settle it, or switch it off in the configuration")
        found.append(id_)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {word: rule.info.id for rule in RULES.values() for word in (rule.info.id, rule.info.name)}


def _reason(text: str) -> tuple[str, date | None]:
    """The reason and the last day. A day that stands behind the reason counts too: it is never taken for words."""
    until = None
    match = _UNTIL.search(text.removeprefix(":"))
    text = text.removeprefix(":")
    if match is not None:
        until = _date(match["day"].rstrip(":,;"))
        text = text[: match.start()] + text[match.end() :]
    reason = " ".join(text.split())
    if not re.search(r"\w", reason):
        raise UsageError("it gives no reason; write one behind the rule")
    return reason, until


def _date(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        example = f"until={today().year + 1}-01-31"
        raise UsageError(f"{text[:_LONGEST_SHOWN] or 'nothing'} is no day; write it as {example}") from None
