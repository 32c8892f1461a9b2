"""Numbers, dates, addresses and bytes in conditions.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators"; W3C note "Date and Time Formats".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import FREE
from tests.iam.test_conditions import judge
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN

ORDERS = {
    # the request's value against the policy's: smaller, the same, larger
    "Equals": (NO, YES, NO),
    "NotEquals": (YES, NO, YES),
    "LessThan": (YES, NO, NO),
    "LessThanEquals": (YES, YES, NO),
    "GreaterThan": (NO, NO, YES),
    "GreaterThanEquals": (NO, YES, YES),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("smaller", "same", "larger"),
    [
        ("9", "10", "11"),
        ("-1.5", "-1", "0"),
        ("9.999", "10.0", "10.001"),
        ("3", "12345678901234567890123", "12345678901234567890124"),
    ],
)
def test_numbers_are_compared_by_value(order: str, smaller: str, same: str, larger: str) -> None:
    answers = tuple(judge(f"Numeric{order}", same, (given,)) for given in (smaller, same, larger))
    assert answers == ORDERS[order]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("smaller", "same", "larger"),
    [
        ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:01Z"),
        ("2026-02-01T00:00:00.1Z", "2026-02-01T00:00:00.25Z", "2026-02-01T00:00:01Z"),
        ("2026-02-01T02:29+02:30", "2026-02-01T00:00Z", "2026-02-01T00:00-00:01"),
        ("1767225599", "2026-01-01T00:00:00Z", "1767225601"),
        ("2025-12-29", "2026-01-01T00:00:00Z", "2026-01-03"),
        ("2025-10", "2026-01-01T00:00:00Z", "2026-02"),
    ],
)
def test_dates_are_compared_as_moments(order: str, smaller: str, same: str, larger: str) -> None:
    answers = tuple(judge(f"Date{order}", same, (given,)) for given in (smaller, same, larger))
    assert answers == ORDERS[order]


@pytest.mark.parametrize("order", ORDERS)
def test_a_date_without_a_time_is_not_exact(order: str) -> None:
    """AWS does not say which moment of the day is meant, nor in which zone."""
    assert judge(f"Date{order}", "2026-01-01", ("2026-01-01T12:00:00Z",)) is UNKNOWN
    assert judge(f"Date{order}", "2026-01-01", ("2026-01-01",)) is UNKNOWN


@pytest.mark.parametrize(
    "value",
    [
        "2026",  # a year or an epoch
        "2026-13-01T00:00:00Z",
        "2026-02-30",
        "2026-01-01T24:01:00Z",
        "2026-01-01T00:00:00",  # no zone
        "2026-1-1",
        "1767225599000",  # milliseconds
        "-1",
        "tomorrow",
        "",
        "٢٠٢٦-٠١-٠١",
    ],
)
def test_what_is_no_date_is_never_certain(value: str) -> None:
    for order in ORDERS:
        assert judge(f"Date{order}", value, ("2026-01-01T00:00:00Z",)) is UNKNOWN
        assert judge(f"Date{order}", "2026-01-01T00:00:00Z", (value,)) is UNKNOWN


@pytest.mark.parametrize("value", ["", "ten", "1e3", "0x10", "1,5", "NaN", "Infinity", "١", "1" * 100, "${aws:x}"])
def test_what_is_no_number_is_never_certain(value: str) -> None:
    for order in ORDERS:
        assert judge(f"Numeric{order}", value, ("5",), YES) is UNKNOWN
        assert judge(f"Numeric{order}", "5", (value,), YES) is UNKNOWN


@pytest.mark.parametrize(
    ("wanted", "given", "answer"),
    [
        ("203.0.113.0/24", "203.0.113.255", YES),
        ("203.0.113.0/24", "203.0.114.0", NO),
        ("203.0.113.7/24", "203.0.113.255", YES),
        ("203.0.113.7", "203.0.113.7", YES),
        ("203.0.113.7", "203.0.113.8", NO),
        ("0.0.0.0/0", "203.0.113.8", YES),
        ("0.0.0.0/0", "2001:db8::1", NO),
        ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:0:0:0:1", YES),
        ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", NO),
        ("2001:db8::1", "2001:0db8:0:0::1", YES),
        ("::/0", "203.0.113.8", NO),
        ("203.0.113.7", "::ffff:203.0.113.7", UNKNOWN),
        ("203.0.113.0/33", "203.0.113.1", UNKNOWN),
        ("203.0.113.0/255.255.255.0", "203.0.113.1", UNKNOWN),
        ("203.0.113", "203.0.113.1", UNKNOWN),
        ("203.000.113.007", "203.0.113.7", UNKNOWN),
        ("fe80::1%eth0", "fe80::1", UNKNOWN),
        ("203.0.113.0/24", "203.0.113.0/25", UNKNOWN),
        ("203.0.113.0/24", "vpce-1", UNKNOWN),
        (FREE, "203.0.113.1", UNKNOWN),
        (join_text((FREE, "/32")), "203.0.113.1", UNKNOWN),
        (("10.0.0.0/8", "203.0.113.0/24"), "203.0.113.1", YES),
    ],
)
def test_addresses_are_within_a_range_or_not(wanted: Any, given: str, answer: Truth) -> None:
    assert judge("IpAddress", wanted, (given,)) is answer
    assert judge("NotIpAddress", wanted, (given,)) is ~answer


@pytest.mark.parametrize(
    ("wanted", "given", "answer"),
    [
        ("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", YES),
        ("QmluYXJ5", "QmluYXJ6", NO),
        ("QQ==", "QR==", YES),  # the last bits are not part of the byte
        ("", "QQ==", NO),
        ("no base 64!", "QQ==", UNKNOWN),
        (FREE, "QQ==", UNKNOWN),
    ],
)
def test_bytes_are_compared_decoded(wanted: Any, given: str, answer: Truth) -> None:
    assert judge("BinaryEquals", wanted, (given,)) is answer


def test_several_numbers_are_alternatives_and_a_negation_takes_none_of_them() -> None:
    assert judge("NumericEquals", ("1", "2"), ("2",)) is YES
    assert judge("NumericNotEquals", ("1", "2"), ("2",)) is NO
    assert judge("NumericNotEquals", ("1", "2"), ("3",)) is YES
    assert judge("NumericLessThan", ("1", "5"), ("3",)) is YES
    assert judge("NumericEquals", ("x", "2"), ("2",)) is YES
    assert judge("NumericNotEquals", ("x", "2"), ("3",)) is UNKNOWN
    assert judge("ForAllValues:NumericLessThan", "5", ("1", "4")) is YES
    assert judge("ForAllValues:NumericLessThan", "5", ("1", "5")) is NO
    assert judge("ForAnyValue:NumericLessThan", "5", ("9", "4")) is YES
