"""The condition operators of AWS, each with the comparison that it makes.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

from tf_kms_guard.iam import quantities
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.glob import text_equal, text_matches
from tf_kms_guard.iam.quantities import Comparison
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth, all_of


class Operator(Struct, frozen=True):
    """``words`` come between key and value; ``pattern``: the value may have wildcards."""

    compare: Comparison
    words: str
    negated: bool = False
    pattern: bool = False
    variables: bool = True
    """Whether ``${…}`` in a value is a policy variable: with texts and ARNs (pages differ on ``Bool``)."""

    @property
    def literal(self) -> bool:
        """Whether it compares texts and takes ``*`` and ``?`` in a value literally."""
        return self.compare in (text_equal, _fold_equal)


class Quantifier(enum.Enum):
    """What is asked of a key with several values."""

    NONE = ""
    ANY = "ForAnyValue:"
    ALL = "ForAllValues:"


class Spelled(Struct, frozen=True):
    """An operator's name, taken apart."""

    base: str
    quantifier: Quantifier
    if_exists: bool


def take_apart(name: str) -> Spelled:
    """``ForAnyValue:StringLikeIfExists``: what is asked, of which values, and what of an absent key."""
    quantifier = Quantifier.NONE
    for candidate in (Quantifier.ANY, Quantifier.ALL):
        if name.startswith(candidate.value):
            quantifier, name = candidate, name[len(candidate.value) :]
            break
    if_exists = name.endswith("IfExists")
    return Spelled(name[: -len("IfExists")] if if_exists else name, quantifier, if_exists)


def known_operator(name: str) -> bool:
    """Whether AWS has a condition operator of this name, with its prefixes and suffix."""
    spelled = take_apart(name)
    if spelled.base == "Null":
        return spelled.quantifier is Quantifier.NONE and not spelled.if_exists
    return spelled.base in OPERATORS


def _fold_equal(wanted: TextLike, given: TextLike, world: World) -> Truth:
    return equal(wanted, given, world, fold_case=True)


def _like(wanted: TextLike, given: TextLike, world: World) -> Truth:
    return text_matches(wanted, given, world)


def _arn_like(wanted: TextLike, given: TextLike, world: World) -> Truth:
    """Each of the six colon-delimited components is checked separately, and each can have wildcards."""
    whole = text_matches(wanted, given, world)
    if whole is Truth.NO:
        return Truth.UNKNOWN if parse_arn(wanted) is None else Truth.NO  # AWS does not say what no ARN matches
    one, other = parse_arn(wanted), parse_arn(given)
    if isinstance(one, Arn) and isinstance(other, Arn):
        return all_of(
            text_matches(getattr(one, part), getattr(other, part), world)
            for part in ("partition", "service", "region", "account", "resource")
        )
    return Truth.YES if equal(wanted, given, world) is Truth.YES else Truth.UNKNOWN


def _same_truth(wanted: TextLike, given: TextLike, world: World) -> Truth:
    for value in (wanted, given):
        text = known(value)
        if text is not None and text.lower() not in ("true", "false"):
            return Truth.UNKNOWN
    return equal(wanted, given, world, fold_case=True)


def _quantity(compare: Comparison, words: str, negated: bool = False) -> Operator:
    return Operator(compare, words, negated, variables=False)


OPERATORS: Final = {
    "StringEquals": Operator(text_equal, "must equal"),
    "StringNotEquals": Operator(text_equal, "must not equal", True),
    "StringEqualsIgnoreCase": Operator(_fold_equal, "must equal (in any case)"),
    "StringNotEqualsIgnoreCase": Operator(_fold_equal, "must not equal (in any case)", True),
    "StringLike": Operator(_like, "must be like", pattern=True),
    "StringNotLike": Operator(_like, "must not be like", True, pattern=True),
    "ArnEquals": Operator(_arn_like, "must be like", pattern=True),
    "ArnLike": Operator(_arn_like, "must be like", pattern=True),
    "ArnNotEquals": Operator(_arn_like, "must not be like", True, pattern=True),
    "ArnNotLike": Operator(_arn_like, "must not be like", True, pattern=True),
    "Bool": Operator(_same_truth, "must be", variables=False),
    "IpAddress": _quantity(quantities.within, "must be within"),
    "NotIpAddress": _quantity(quantities.within, "must not be within", True),
    "BinaryEquals": _quantity(quantities.same_bytes, "must equal"),
    "NumericEquals": _quantity(quantities.same_number, "must equal"),
    "NumericNotEquals": _quantity(quantities.same_number, "must not equal", True),
    "NumericLessThan": _quantity(quantities.less, "must be less than"),
    "NumericLessThanEquals": _quantity(quantities.at_most, "must be at most"),
    "NumericGreaterThan": _quantity(quantities.greater, "must be greater than"),
    "NumericGreaterThanEquals": _quantity(quantities.at_least, "must be at least"),
    "DateEquals": _quantity(quantities.same_moment, "must equal"),
    "DateNotEquals": _quantity(quantities.same_moment, "must not equal", True),
    "DateLessThan": _quantity(quantities.before, "must be before"),
    "DateLessThanEquals": _quantity(quantities.not_after, "must be at or before"),
    "DateGreaterThan": _quantity(quantities.after, "must be after"),
    "DateGreaterThanEquals": _quantity(quantities.not_before, "must be at or after"),
}
"""By name, without prefix and suffix. ``Null`` is none of them: it asks only whether the key is there."""
