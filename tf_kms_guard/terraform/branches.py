"""What a conditional makes of the branch that holds.

``true ? 1 : "a"`` is ``"1"``, because Terraform converts both branches to one type first (see ``unification``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.conversion import as_type
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.unification import (
    DYNAMIC,
    Elements,
    Inconsistent,
    ValueType,
    is_huge,
    is_uniform,
    type_of,
    unify,
)
from tf_kms_guard.terraform.values import Marked, Value, Wrapped

_OF_ANYTHING: Final = (Elements("list", DYNAMIC), Elements("map", DYNAMIC))
"""The types of an empty list and map. What stands beside them is not made one type in itself."""


def agreed(chosen: Value, other: Value, types: Sequence[ValueType] | None = None) -> Value:
    """``chosen`` as it is when the other branch of its conditional is ``other``.

    ``types`` are those of the two where more is known of them than the values show.

    Raises:
        EvaluationError: the two can have no type in common.
    """
    if chosen is other and types is None:
        return chosen
    if isinstance(chosen, Wrapped):
        kept = types if isinstance(chosen, Marked) else None
        return distribute(lambda inner: agreed(inner, other, kept), chosen)
    if is_huge(chosen) or is_huge(other):
        return chosen
    try:
        seen = types or [type_of(chosen), type_of(other)]
        type_ = unify(seen)
        if type_ in _OF_ANYTHING and type_ in seen and not is_uniform(seen[0]):
            raise Inconsistent
        return as_type(chosen, type_, seen[0])
    except Inconsistent:
        raise EvaluationError("the two results of this conditional can have no type in common") from None
    except RecursionError:
        return chosen
