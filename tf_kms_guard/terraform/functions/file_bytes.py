"""Functions on the bytes of files, and ``fileset``. What is read, and from where, is the caller's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tf_kms_guard.terraform.functions.encoding import base64_text, digest
from tf_kms_guard.terraform.functions.registry import CallContext, Kind, Parameter, function
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.unknown import Unknown

_TEXT: Final = Parameter.TEXT


@function("filebase64", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filebase64(context: CallContext, path: TextLike) -> Value:
    """The content of a file in base64."""
    return _of_bytes(context, path, "filebase64", base64_text)


@function("filemd5", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filemd5(context: CallContext, path: TextLike) -> Value:
    """The MD5 hash of a file in hexadecimal."""
    return _of_bytes(context, path, "filemd5", lambda data: digest("md5", data).hex())


@function("filesha1", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filesha1(context: CallContext, path: TextLike) -> Value:
    """The SHA-1 hash of a file in hexadecimal."""
    return _of_bytes(context, path, "filesha1", lambda data: digest("sha1", data).hex())


@function("filesha256", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filesha256(context: CallContext, path: TextLike) -> Value:
    """The SHA-256 hash of a file in hexadecimal."""
    return _of_bytes(context, path, "filesha256", lambda data: digest("sha256", data).hex())


@function("filesha512", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filesha512(context: CallContext, path: TextLike) -> Value:
    """The SHA-512 hash of a file in hexadecimal."""
    return _of_bytes(context, path, "filesha512", lambda data: digest("sha512", data).hex())


@function("filebase64sha256", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filebase64sha256(context: CallContext, path: TextLike) -> Value:
    """The SHA-256 hash of a file in base64."""
    return _of_bytes(context, path, "filebase64sha256", lambda data: base64_text(digest("sha256", data)))


@function("filebase64sha512", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def filebase64sha512(context: CallContext, path: TextLike) -> Value:
    """The SHA-512 hash of a file in base64."""
    return _of_bytes(context, path, "filebase64sha512", lambda data: base64_text(digest("sha512", data)))


@function("fileset", Kind.WHOLE, _TEXT, _TEXT, contextual=True, partial=True)
def fileset(context: CallContext, directory: TextLike, pattern: TextLike) -> Value:
    """The files below a directory whose path fits a pattern."""
    return context.find_files(directory, pattern)


def _of_bytes(context: CallContext, path: TextLike, name: str, made_of: Callable[[bytes], str]) -> Value:
    data = context.read_bytes(path, name)
    return data if isinstance(data, Unknown) else made_of(data)
