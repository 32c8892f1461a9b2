"""The shapes of what is not known, by their names."""

from __future__ import annotations

from typing import Any, Final

from tf_kms_guard.facts.model import LooksLike
from tf_kms_guard.iam import shapes
from tf_kms_guard.values.unknown import ANY, Shape

_USUAL: Final = {
    shape.name: shape
    for shape in (
        shapes.ACCOUNT_ID,
        shapes.REGION,
        shapes.PARTITION,
        shapes.KMS_KEY_ID,
        shapes.BUCKET_NAME,
        shapes.NAME,
        shapes.PATH,
        shapes.UNIQUE_ID,
    )
}


def shape_word(shape: Shape) -> str | dict[str, Any] | None:
    """How a shape is written; ``None`` for texts of which nothing is known."""
    if shape == ANY:
        return None
    if _USUAL.get(shape.name) == shape:
        return shape.name
    alphabet = {} if shape.alphabet is None else {"alphabet": "".join(sorted(shape.alphabet))}
    maximum = {} if shape.maximum is None else {"maximum": shape.maximum}
    return {"name": shape.name, **alphabet, "minimum": shape.minimum, **maximum}


def shape_of(written: str | LooksLike | None) -> Shape | None:
    """The shape that is written so; ``None`` if there is none of that name."""
    if written is None:
        return ANY
    if isinstance(written, str):
        return _USUAL.get(written)
    alphabet = None if written.alphabet is None else frozenset(written.alphabet)
    return Shape(written.name, alphabet, written.minimum, written.maximum)
