"""Callers and things as messages name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tf_kms_guard.messages.denial import Caller, Place

_SESSION: Final = re.compile(r"arn:(aws[\w-]{0,20}):sts::(\d{12}):assumed-role/([\w+=,.@-]{1,128})/([\w+=,.@-]{1,128})")
_ARN: Final = re.compile(r"arn:aws[\w-]{0,20}:(?:iam|sts)::(\d{12}|cloudfront):\S{1,1024}")
_UNCERTAIN: Final = ("/", "")

_URL: Final = re.compile(r"\bs3[an]?://([a-z0-9][a-z0-9.-]{1,62})(?:/([^\s\"'<>`\[\]]{0,1024}))?")
_BUCKET_ARN: Final = re.compile(r"\barn:aws[\w-]{0,20}:s3:::([a-zA-Z0-9][\w.-]{1,254})(?:/([^\s\"'<>`]{1,1024}))?")
_HOST: Final = re.compile(
    r"\bhttps?://(?:([a-z0-9][a-z0-9.-]{1,62})\.)?s3[.-](?:dualstack\.)?(?:[a-z0-9-]{1,30}\.)?amazonaws\.com(?:\.cn)?"
    r"(?:/([^\s\"'<>?`]{0,1024}))?"
)
_TRAILING: Final = ".,;:)]}'\"`"
_MOST_PLACES: Final = 4


def caller_named(arn: str, issuer: str | None = None) -> Caller | None:
    """A caller by the ARN in a message; ``issuer``: the ARN of the role behind a session, where that is told too."""
    arn = arn.strip(_TRAILING + "<>(")
    session = _SESSION.fullmatch(arn)
    if session is not None:
        partition, account, name, _ = session.groups()
        if issuer is not None:
            return Caller(arn, account, issuer, True)
        return Caller(arn, account, f"arn:{partition}:iam::{account}:role/{name}", False)
    found = _ARN.fullmatch(arn)
    if found is not None:
        return Caller(arn, found[1] if found[1].isdigit() else None)
    if len(arn) == 12 and arn.isascii() and arn.isdigit():
        return Caller(f"arn:aws:iam::{arn}:root", arn)
    return Caller("anonymous", None) if arn.lower() == "anonymous" else None


def places_in(text: str) -> tuple[Place, ...]:
    """The buckets and objects that a stretch of text names, in order and once each."""
    found = [(one.start(), _place(one[1], one[2])) for pattern in (_URL, _BUCKET_ARN) for one in pattern.finditer(text)]
    for one in _HOST.finditer(text):
        if one[1] is not None:
            found.append((one.start(), _place(one[1], one[2])))
        elif one[2]:
            bucket, _, key = one[2].partition("/")
            found.append((one.start(), _place(bucket, key)))
    places = list(dict.fromkeys(place for _, place in sorted(found, key=lambda pair: pair[0])))
    return tuple(_whole(places))[:_MOST_PLACES]


def place_of(resource: str) -> Place | None:
    """The bucket, or object, of an S3 ARN."""
    found = _BUCKET_ARN.fullmatch(resource)
    if found is not None:
        return Place(found[1], found[2])
    start = _BUCKET_ARN.match(resource)  # a key with spaces in it
    return Place(start[1], resource.partition("/")[2] or None) if start is not None else None


def _place(bucket: str, key: str | None) -> Place:
    key = (key or "").rstrip(_TRAILING)
    return Place(bucket.rstrip("."), key if key not in _UNCERTAIN else None)


def _whole(places: list[Place]) -> Iterator[Place]:
    """Without buckets alone of which an object is named too."""
    with_keys = {place.bucket for place in places if place.key is not None}
    yield from (place for place in places if place.key is not None or place.bucket not in with_keys)
