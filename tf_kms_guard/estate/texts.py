"""From Terraform's values to the texts that ``iam`` decides on."""

from __future__ import annotations

from decimal import Decimal

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.resource import NotSet
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.values.text import Text, TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Shape, Unknown


def as_text(value: Value | NotSet) -> TextLike | None:
    """A string argument as far as it is known; ``None`` when it is not set.

    An empty string is not set either: where AWS wants an id or a name, the provider sends nothing for it.
    """
    if isinstance(value, NotSet) or value is None:
        return None
    if isinstance(value, (str, Text, Unknown)):
        return None if known(value) == "" else value
    if isinstance(value, (bool, int, Decimal)):
        text = to_string(value)
        return text if isinstance(text, str) else None
    return derived(f"text({identity_of(value)})", value)


def text_or(text: TextLike | None, default: str) -> TextLike:
    """``text``, or ``default`` when it is not set (``or`` would ask a text with holes for its truth)."""
    return default if text is None else text


def surely_set(text: TextLike | None) -> TextLike | None:
    """A text that surely is no null: of an unknown value that something else decides, nothing is certain."""
    return None if isinstance(text, Unknown) and not text.minted else text


def as_texts(value: Value | NotSet) -> tuple[TextLike, ...] | Unknown:
    """A list or set of strings; an ``Unknown`` when not even its length is known."""
    if isinstance(value, NotSet) or value is None:
        return ()
    if isinstance(value, (list, SetValue)):
        return tuple(text for text in map(as_text, value) if text is not None)
    if isinstance(value, Unknown):
        return value
    return derived(f"texts({identity_of(value)})", value)


def as_truth(value: Value | NotSet, default: Truth) -> Truth:
    """A truth value; ``default`` when it is not set."""
    if isinstance(value, NotSet) or value is None:
        return default
    if isinstance(value, bool):
        return Truth.of(value)
    text = known(value)
    if text in ("true", "false"):
        return Truth.of(text == "true")
    return Truth.UNKNOWN


def account_in(arn: TextLike) -> TextLike | None:
    """The account field of an ARN; ``None`` when it has none or cannot be told apart."""
    parsed = parse_arn(arn)
    if not isinstance(parsed, Arn) or known(parsed.account) == "":
        return None
    return parsed.account


def minted(
    identity: str,
    because: str,
    shape: Shape,
    *,
    unique: bool = False,
    settle: str | None = None,
    shown: str | None = None,
) -> Unknown:
    """A value that AWS will assign."""
    return Unknown(identity, because, shape, minted=True, unique=unique, settle=settle, shown=shown)
