"""Comparing numbers, dates, addresses and bytes.

Every comparison takes the policy's value first and the request's second. The answer is unknown where one of
the two is not known, or is nothing that AWS documents for the operator: no outcome is stated for such values.

IAM User Guide, "IAM JSON policy elements: Condition operators": numbers are integers or decimals; dates are
those of the W3C note "Date and Time Formats" or seconds since 1970; addresses are in CIDR format, and one
without a prefix is a single address; bytes are in base 64.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, Union

from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth

if TYPE_CHECKING:
    from decimal import Decimal
    from ipaddress import IPv4Network, IPv6Network

    Network: TypeAlias = Union[IPv4Network, IPv6Network]

_T = TypeVar("_T")

Comparison: TypeAlias = Callable[[TextLike, TextLike, World], Truth]
"""Whether a policy's value (first) meets the request's value."""

Interval: TypeAlias = tuple[int, int]
"""The first and the last moment that a date may mean, in microseconds since 1970."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?")
_EPOCH: Final = re.compile(r"[0-9]{1,3}|[0-9]{5,10}")
"""Four digits may be a year as well, and longer ones milliseconds."""
_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})"
    r"(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?"
)
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?")
_SECOND: Final = 1_000_000
_FARTHEST_ZONE: Final = 14 * 3600 * _SECOND


def _both(read: Callable[[str], _T | None], holds: Callable[[_T, _T], Truth]) -> Comparison:
    """``holds`` gets the request's value first: the one that must be less, later, within."""

    def compare(wanted: TextLike, given: TextLike, world: World) -> Truth:
        asked, has = known(world.bind(wanted)), known(world.bind(given))
        if asked is None or has is None:
            return Truth.UNKNOWN
        left, right = read(has), read(asked)
        return Truth.UNKNOWN if left is None or right is None else holds(left, right)

    return compare


def _number(text: str) -> Decimal | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    from decimal import Decimal

    return Decimal(text)


def _numbers(holds: Callable[[Any, Any], bool]) -> Comparison:
    return _both(_number, lambda given, wanted: Truth.of(holds(given, wanted)))


@lru_cache(maxsize=1024)
def _interval(text: str) -> Interval | None:
    """When ``text`` is: without a time, AWS says neither in which zone nor at what time of the day or month."""
    if _EPOCH.fullmatch(text) is not None:
        return int(text) * _SECOND, int(text) * _SECOND
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    from calendar import timegm
    from datetime import datetime

    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        at = datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    moment = timegm(at.timetuple()) * _SECOND + int((fraction or "").ljust(6, "0"))
    if zone is None:
        length = (1 if day else 31) * 86_400 * _SECOND
        return moment - _FARTHEST_ZONE, moment + length + _FARTHEST_ZONE
    if zone != "Z":
        ahead = (int(zone[1:3]) * 60 + int(zone[4:])) * 60 * _SECOND
        moment -= ahead if zone[0] == "+" else -ahead
    return moment, moment


def _same_moment(given: Interval, wanted: Interval) -> Truth:
    if given[1] < wanted[0] or wanted[1] < given[0]:
        return Truth.NO
    return Truth.YES if given[0] == given[1] == wanted[0] == wanted[1] else Truth.UNKNOWN


def _before(given: Interval, wanted: Interval) -> Truth:
    if given[1] < wanted[0]:
        return Truth.YES
    return Truth.NO if given[0] >= wanted[1] else Truth.UNKNOWN


@lru_cache(maxsize=1024)
def network(text: str) -> Network | None:
    """The range of addresses in CIDR format, or of one address; ``None`` if AWS documents no such value."""
    if _ADDRESS.fullmatch(text) is None:
        return None
    from ipaddress import IPv6Network, ip_network

    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    # whether an IPv4 address that is written as an IPv6 one equals it is not documented
    mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None
    return None if mapped else network


def within(wanted: TextLike, given: TextLike, world: World) -> Truth:
    """Whether the request's address is the policy's, or in its range."""
    one, other = known(world.bind(wanted)), known(world.bind(given))
    block, address = one and network(one), other and network(other)
    if not block or not address or address.num_addresses != 1:
        return Truth.UNKNOWN
    return Truth.of(address.version == block.version and address.network_address in block)


def _bytes(text: str) -> bytes | None:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def same_bytes(wanted: TextLike, given: TextLike, world: World) -> Truth:
    """Whether two texts in base 64 hold the same bytes."""
    same = equal(wanted, given, world)
    if same is not Truth.NO:
        return same
    one, other = known(world.bind(wanted)), known(world.bind(given))
    left, right = one and _bytes(one), other and _bytes(other)
    return Truth.UNKNOWN if left is None or right is None else Truth.of(left == right)


same_number: Final = _numbers(operator.eq)
less: Final = _numbers(operator.lt)
at_most: Final = _numbers(operator.le)
greater: Final = _numbers(operator.gt)
at_least: Final = _numbers(operator.ge)

same_moment: Final = _both(_interval, _same_moment)
before: Final = _both(_interval, _before)
not_after: Final = _both(_interval, lambda given, wanted: ~_before(wanted, given))
after: Final = _both(_interval, lambda given, wanted: _before(wanted, given))
not_before: Final = _both(_interval, lambda given, wanted: ~_before(given, wanted))
