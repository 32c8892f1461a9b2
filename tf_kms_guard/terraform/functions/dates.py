"""Functions on times, which Terraform writes as strings in the form of RFC 3339.

Times keep nanoseconds, which the standard library's do not, so they are a number of seconds and one of
nanoseconds here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from tf_kms_guard.terraform.convert import shortened
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import MOST_CHARACTERS, Kind, NotKnown, Parameter, function, refuse_huge
from tf_kms_guard.terraform.values import Value

_STRING: Final = Parameter.STRING
_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,100}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_DURATION: Final = re.compile(r"(\d{0,30})(?:\.(\d{0,30}))?(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS: Final = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6}
_UNITS_OF_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_SECOND: Final = 10**9
_LARGEST: Final = 2**63 - 1
_PART: Final = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'", re.S)
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Moment(Struct, frozen=True):
    """A time: of the clock in its zone, nanoseconds of the second, and the zone in minutes east of UTC."""

    clock: datetime
    nanoseconds: int
    zone: int

    def in_utc(self) -> tuple[int, int]:
        """Seconds and nanoseconds, to compare."""
        seconds = (self.clock - datetime(1, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
        return seconds - self.zone * 60, self.nanoseconds

    def zone_text(self, separator: str) -> str:
        """The zone as ``+hh:mm`` with the separator asked for."""
        hours, minutes = divmod(abs(self.zone), 60)
        return f"{'-' if self.zone < 0 else '+'}{hours:02d}{separator}{minutes:02d}"


@function("formatdate", Kind.WHOLE, _STRING, _STRING)
def formatdate(spec: str, time: str) -> Value:
    """A time in another form: ``YYYY``, ``MMM``, ``hh`` …; what stands in ``'`` is taken as it is."""
    moment = parsed(time)
    refuse_huge(len(spec), MOST_CHARACTERS // 10)
    return "".join(_part(match, moment) for match in _PART.finditer(spec))


def _part(match: re.Match[str], moment: Moment) -> str:
    part = match[0]
    if match[1]:
        return _field(part, moment)
    if part == "''":
        return "'"
    if part.startswith("'"):
        if len(part) < 2:
            raise EvaluationError("a quote ' in the format does not end")
        return part[1:-1].replace("''", "'")
    return part


def _field(part: str, moment: Moment) -> str:
    clock = moment.clock
    hour12 = clock.hour % 12 or 12
    half = "am" if clock.hour < 12 else "pm"
    fields = {
        "YYYY": f"{clock.year:04d}",
        "YY": f"{clock.year % 100:02d}",
        "MMMM": _MONTHS[clock.month - 1],
        "MMM": _MONTHS[clock.month - 1][:3],
        "MM": f"{clock.month:02d}",
        "M": str(clock.month),
        "DD": f"{clock.day:02d}",
        "D": str(clock.day),
        "EEEE": _DAYS[clock.weekday()],
        "EEE": _DAYS[clock.weekday()][:3],
        "hh": f"{clock.hour:02d}",
        "h": str(clock.hour),
        "HH": f"{hour12:02d}",
        "H": str(hour12),
        "AA": half.upper(),
        "aa": half,
        "mm": f"{clock.minute:02d}",
        "m": str(clock.minute),
        "ss": f"{clock.second:02d}",
        "s": str(clock.second),
        "ZZZZZ": moment.zone_text(":"),
        "ZZZZ": moment.zone_text(""),
        "ZZZ": moment.zone_text("") if moment.zone else "UTC",
        "Z": moment.zone_text(":") if moment.zone else "Z",
    }
    if part not in fields:
        raise EvaluationError(f'the format has no verb "{shortened(part)}"; other letters stand between quotes \'')
    return fields[part]


@function("timeadd", Kind.WHOLE, _STRING, _STRING)
def timeadd(time: str, duration: str) -> Value:
    """The time a duration later, ``1h30m`` or ``-10s``."""
    moment = parsed(time)
    seconds, nanoseconds = divmod(moment.nanoseconds + _nanoseconds(duration), _SECOND)
    try:
        later = moment.clock + timedelta(seconds=seconds)
    except OverflowError:
        raise NotKnown("the years before 1 and after 9999 are not modelled") from None
    zone = Moment(later, nanoseconds, moment.zone).zone_text(":") if moment.zone else "Z"
    return f"{later.year:04d}-{later:%m-%dT%H:%M:%S}{zone}"


@function("timecmp", Kind.WHOLE, _STRING, _STRING)
def timecmp(one: str, other: str) -> Value:
    """-1, 0 or 1: whether the first time is earlier, the same or later."""
    first, second = parsed(one).in_utc(), parsed(other).in_utc()
    return (first > second) - (first < second)


def parsed(time: str) -> Moment:
    """The time that an RFC 3339 string says. Raises ``EvaluationError`` where it is none."""
    match = _RFC3339.fullmatch(time)
    if match is None:
        raise EvaluationError(f'"{shortened(time)}" is no time like 2006-01-02T15:04:05Z')
    year, month, day, hour, minute, second = (int(match[number]) for number in range(1, 7))
    zone_hours, zone_minutes = int(match[9] or 0), int(match[10] or 0)
    if zone_hours > 23 or zone_minutes > 59:
        raise EvaluationError(f'"{time}" has no such time zone')
    if not year:
        raise NotKnown("the years before 1 are not modelled")
    try:
        clock = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise EvaluationError(f'"{time}" is no time: {error}') from None
    zone = zone_hours * 60 + zone_minutes
    return Moment(clock, int((match[7] or "0")[:9].ljust(9, "0")), -zone if match[8] == "-" else zone)


def _nanoseconds(duration: str) -> int:
    """Go's ``ParseDuration``."""
    sign = -1 if duration.startswith("-") else 1
    rest = duration[1:] if duration[:1] in ("-", "+") else duration
    if rest == "0":
        return 0
    refuse_huge(len(rest), 10_000)
    total = at = 0
    while at < len(rest) or not rest:
        match = _DURATION.match(rest, at)
        if match is None or not (match[1] or match[2]):
            raise EvaluationError(f'"{shortened(duration)}" is no duration like 1h30m')
        unit = _UNITS.get(match[3]) or _UNITS_OF_SECONDS[match[3]] * _SECOND
        fraction = match[2] or ""
        total += int(match[1] or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        if total > _LARGEST:
            raise EvaluationError(f'the duration "{shortened(duration)}" is too long')
        at = match.end()
    return sign * total
