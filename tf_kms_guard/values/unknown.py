"""Values that are not known, and what is known of them all the same."""

from __future__ import annotations

from typing import NoReturn

from msgspec import Struct

from tf_kms_guard.values.span import Span


class Shape(Struct, frozen=True):
    """What a text that is not known must look like.

    ``alphabet`` is the set of characters that it may be made of (``None``: any), ``minimum`` and
    ``maximum`` bound its length in characters (``maximum=None``: no bound).
    """

    name: str
    alphabet: frozenset[str] | None = None
    minimum: int = 0
    maximum: int | None = None

    def admits(self, text: str) -> bool:
        """Whether ``text`` could be the value."""
        if len(text) < self.minimum or (self.maximum is not None and len(text) > self.maximum):
            return False
        return self.alphabet is None or self.alphabet.issuperset(text)


ANY = Shape("any")


def refuse(*_: object) -> NoReturn:
    """Stands in for operators that Python would answer wrongly for a value that is not wholly known."""
    raise TypeError("this value is not wholly known: compare it with tf_kms_guard.values.compare")


class Unknown(Struct, frozen=True, eq=False):
    """A value that is not known, with an identity: two unknowns of one identity are surely equal.

    ``minted``: AWS will assign it to a thing that this configuration declares (a key's id, the account
    of a provider configuration); otherwise it is *free* and may be anything of its shape.
    ``unique``: AWS guarantees that no other unique unknown has the same value (key ids, unique ids).
    ``shown`` is how people should see it where the identity is unwieldy. ``because`` says for people why it
    is not known, ``settle`` which option would make it known.
    """

    identity: str
    because: str
    shape: Shape = ANY
    minted: bool = False
    unique: bool = False
    settle: str | None = None
    origin: Span | None = None
    shown: str | None = None

    __eq__ = refuse
    __ne__ = refuse
    __lt__ = refuse
    __le__ = refuse
    __gt__ = refuse
    __ge__ = refuse
    __hash__ = refuse
    __bool__ = refuse
    __len__ = refuse
    __iter__ = refuse
    __contains__ = refuse

    __str__ = refuse

    def is_same(self, other: object) -> bool:
        """Whether ``other`` is surely the same value."""
        return isinstance(other, Unknown) and other.identity == self.identity
