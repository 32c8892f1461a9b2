"""``textencodebase64`` and ``textdecodebase64``: other encodings than UTF-8, by their IANA names."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.encoding import base64_bytes, base64_text
from tf_kms_guard.terraform.functions.registry import Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.values import Value

_STRING: Final = Parameter.STRING

_CODECS: Final = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "koi8-r": "koi8-r",
    "ibm866": "cp866",
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (2, 4, 5, 9, 10, 13, 14, 15, 16)},
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259) if number != 1255},
}
"""IANA names, in lower case, of which Python's codec agrees with Go's for every character that both have."""

_UTF16: Final = "utf-16"


@function("textencodebase64", Kind.WHOLE, _STRING, _STRING)
def textencodebase64(text: str, encoding: str) -> Value:
    """The text in an encoding, in base64."""
    if encoding.lower() == _UTF16:
        return base64_text(b"\xfe\xff" + text.encode("utf-16-be", "replace"))
    try:
        return base64_text(text.encode(_codec(encoding)))
    except UnicodeEncodeError:
        raise EvaluationError(f"the text has characters that {encoding} lacks") from None


@function("textdecodebase64", Kind.WHOLE, _STRING, _STRING)
def textdecodebase64(text: str, encoding: str) -> Value:
    """The text that base64 holds in an encoding."""
    data = base64_bytes(text)
    codec = _codec(encoding) if encoding.lower() != _UTF16 else _by_mark(data)
    try:
        decoded = data.decode(codec)
    except UnicodeDecodeError:
        raise EvaluationError(f"this is no base64 of {encoding} text") from None
    return decoded.removeprefix("\ufeff") if encoding.lower() == _UTF16 else decoded


def _codec(encoding: str) -> str:
    codec = _CODECS.get(encoding.lower())
    if codec is None:
        raise NotKnown(f"the encoding {encoding[:40]} is not modelled")
    return codec


def _by_mark(data: bytes) -> str:
    return "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
