"""Functions that encode and decode: JSON, base64, URLs, CSV, hashes."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.csv_text import decode_csv
from tf_kms_guard.terraform.functions.registry import Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.functions.searching import derived, map_text
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, holes_of
from tf_kms_guard.values.unknown import Unknown

_TEXT, _STRING = Parameter.TEXT, Parameter.STRING
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@function("jsondecode", Kind.STRUCTURAL, _TEXT)
def jsondecode(text: TextLike) -> Value:
    """The value that a JSON text holds; holes inside and outside its quotes become unknown values."""
    from tf_kms_guard.terraform.json_text import decode_json

    try:
        return decode_json(text)
    except EvaluationError:
        if holes_of(text):
            raise NotKnown(text) from None
        raise


@function("base64encode", Kind.WHOLE, _STRING)
def base64encode(text: str) -> Value:
    """The UTF-8 bytes in base64."""
    return base64_text(_bytes(text))


@function("base64decode", Kind.WHOLE, _STRING)
def base64decode(text: str) -> Value:
    """The UTF-8 text that base64 holds."""
    try:
        return base64_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("this is no base64 of UTF-8 text") from None


@function("urlencode", Kind.STRUCTURAL, _TEXT)
def urlencode(text: TextLike) -> Value:
    """The string for use in a query."""
    from urllib.parse import quote_plus

    def in_hole(hole: Unknown) -> Unknown:
        if hole.shape.alphabet is not None and hole.shape.alphabet <= _UNRESERVED:
            return hole
        return derived(hole, f"urlencode({hole.identity})")

    return map_text(text, lambda piece: quote_plus(_bytes(piece), safe=""), in_hole)


@function("md5", Kind.WHOLE, _STRING)
def md5(text: str) -> Value:
    """The MD5 hash in hexadecimal."""
    return _hash("md5", text).hex()


@function("sha1", Kind.WHOLE, _STRING)
def sha1(text: str) -> Value:
    """The SHA-1 hash in hexadecimal."""
    return _hash("sha1", text).hex()


@function("sha256", Kind.WHOLE, _STRING)
def sha256(text: str) -> Value:
    """The SHA-256 hash in hexadecimal."""
    return _hash("sha256", text).hex()


@function("sha512", Kind.WHOLE, _STRING)
def sha512(text: str) -> Value:
    """The SHA-512 hash in hexadecimal."""
    return _hash("sha512", text).hex()


@function("base64sha256", Kind.WHOLE, _STRING)
def base64sha256(text: str) -> Value:
    """The SHA-256 hash in base64."""
    return base64_text(_hash("sha256", text))


@function("base64sha512", Kind.WHOLE, _STRING)
def base64sha512(text: str) -> Value:
    """The SHA-512 hash in base64."""
    return base64_text(_hash("sha512", text))


@function("uuidv5", Kind.WHOLE, _STRING, _STRING)
def uuidv5(namespace: str, name: str) -> Value:
    """The UUID of ``name`` in a namespace: dns, url, oid, x500 or a UUID."""
    import uuid

    known = {
        "dns": uuid.NAMESPACE_DNS,
        "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID,
        "x500": uuid.NAMESPACE_X500,
    }
    try:
        return str(uuid.uuid5(known.get(namespace) or uuid.UUID(namespace), name))
    except ValueError:
        raise EvaluationError("the namespace must be dns, url, oid, x500 or a UUID") from None


@function("csvdecode", Kind.WHOLE, _STRING)
def csvdecode(text: str) -> Value:
    """The rows of a CSV text as objects, named by its first row."""
    return decode_csv(text)


def _hash(name: str, text: str) -> bytes:
    return digest(name, _bytes(text))


def digest(name: str, data: bytes) -> bytes:
    """The hash of some bytes."""
    import hashlib

    return hashlib.new(name, data, usedforsecurity=False).digest()


def base64_text(data: bytes) -> str:
    """Bytes in base64."""
    import base64

    return base64.b64encode(data).decode("ascii")


def base64_bytes(text: str) -> bytes:
    """The bytes that base64 holds. Raises ``EvaluationError`` where it is none."""
    import base64
    import binascii

    text = text.replace("\n", "").replace("\r", "")
    if not _BASE64.issuperset(text):
        raise EvaluationError("this is no base64")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise EvaluationError("this is no base64") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
