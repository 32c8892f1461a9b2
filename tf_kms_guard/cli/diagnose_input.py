"""Reading the message: an argument, a file, or the standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.messages.text import MOST_BYTES, NotText, decoded


def message_of(argument: str | None, file: Path | None, targets: list[str]) -> tuple[str, list[str]]:
    """The message and the targets; where ``file`` holds the message, the first argument is a target.

    Raises:
        UsageError: there is no message, or it cannot be read.
    """
    if file is not None:
        return _read(file), [*([] if argument is None else [argument]), *targets]
    if argument is None:
        raise UsageError(
            "name a message, or - for the standard input, or @FILE; tf-kms-guard diagnose --help has examples"
        )
    if argument == "-":
        return _text(sys.stdin.buffer.read(MOST_BYTES + 1), "the standard input"), targets
    if argument.startswith("@") and len(argument) > 1:
        return _read(Path(argument[1:])), targets
    if not argument.strip():
        raise UsageError("the message is empty")
    return argument, targets


def _read(file: Path) -> str:
    try:
        with open(file, "rb") as stream:
            return _text(stream.read(MOST_BYTES + 1), str(file))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


def _text(data: bytes, name: str) -> str:
    try:
        text = decoded(data)
    except NotText as error:
        raise UsageError(f"{name}: {error}") from error
    if not text.strip():
        raise UsageError(f"{name} is empty")
    return text
