"""What an error message says, as data."""

from __future__ import annotations

from msgspec import Struct


class Caller(Struct, frozen=True):
    """Who was denied.

    ``arn`` is as the message has it; ``role`` the ARN of the role behind a session. A session's ARN leaves out the
    path of its role: ``exact`` tells whether ``role`` is the whole ARN.
    """

    arn: str
    account: str | None
    role: str | None = None
    exact: bool = True

    @property
    def identity(self) -> str:
        """The ARN of the role, or of whatever it is."""
        return self.role or self.arn


class Place(Struct, frozen=True):
    """A bucket, and the key of an object in it."""

    bucket: str
    key: str | None = None


class Denial(Struct, frozen=True):
    """One denial, or one error of a key or a policy that ends in one.

    ``kind`` is that of :mod:`tf_kms_guard.messages.meanings`; ``service`` is ``s3`` or ``kms``. ``action`` is the IAM
    action that was refused, if it is named or follows from the operation. ``places``: of a copy the source goes
    first. ``kms_key`` and ``resource`` are as the message names them; ``policy`` is the ARN of the policy that denies.
    ``form`` tells how the message was written, ``text`` is its beginning. ``notes``: what else it gives away.
    """

    kind: str
    service: str
    action: str | None = None
    operation: str | None = None
    caller: Caller | None = None
    places: tuple[Place, ...] = ()
    kms_key: str | None = None
    resource: str | None = None
    policy: str | None = None
    form: str = "text"
    text: str = ""
    notes: tuple[str, ...] = ()
    times: int = 1


class Elsewhere(Struct, frozen=True):
    """An AWS error that this program can say nothing about: another service's, or no denial."""

    code: str
    service: str | None = None
    action: str | None = None


class Recognised(Struct, frozen=True):
    """What is in a text: denials in order, other errors, and how many denials more were not looked at."""

    denials: tuple[Denial, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    more: int = 0
