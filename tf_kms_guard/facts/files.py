"""Facts files: telling them from others, reading and writing them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tf_kms_guard.facts import model
from tf_kms_guard.facts.shapes import shape_of

LARGEST: Final = 256 * 1024 * 1024
_MOST_ENCODED: Final = 8


class UnreadableFacts(Exception):
    """A facts file that cannot be used; the message says why, in one line."""


def read_facts(path: Path) -> model.Facts:
    """A facts file, as a whole or not at all: what half of it says could be wrong.

    Raises:
        UnreadableFacts: it is none, or damaged, or of another version.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableFacts(f"this file cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise UnreadableFacts(f"this file is larger than {LARGEST // 1024 // 1024} MB: facts are not")
    return decoded(content)


def decoded(content: bytes) -> model.Facts:
    """The same for the content of a file.

    Raises:
        UnreadableFacts: it is none, or damaged, or of another version.
    """
    try:
        version = msgspec.json.decode(content, type=model.Versioned).facts_version
        if version != model.VERSION:
            newer = version > model.VERSION
            hint = "update tf-kms-guard here, or collect with the version that is used here"
            raise UnreadableFacts(
                f"these facts are of version {version}, and this tf-kms-guard reads version {model.VERSION}"
                + (f": {hint}" if newer else "")
            )
        facts = _DECODER.decode(content)
    except msgspec.ValidationError as error:
        raise UnreadableFacts(f"this is no valid facts file: {error}") from error
    except msgspec.DecodeError as error:
        raise UnreadableFacts(f"this is no JSON, or only a part of it: {error}; collect the facts again") from error
    except UnicodeDecodeError as error:
        raise UnreadableFacts(f"this is no valid facts file: it is not UTF-8 ({error.reason})") from error
    except RecursionError as error:
        raise UnreadableFacts("this is no valid facts file: it is nested too deeply") from error
    for number, workspace in enumerate(facts.workspaces):
        wrong = next(_contradictions(workspace), None)
        if wrong is not None:
            raise UnreadableFacts(f"this is no valid facts file: {wrong} - at `$.workspaces[{number}]`")
    return facts


_DECODER: Final = msgspec.json.Decoder(model.Facts)


def _contradictions(facts: model.WorkspaceFacts) -> Iterator[str]:
    """What the form allows and facts never say."""
    addresses: set[tuple[str, str]] = set()
    for one in facts.resources:
        if one.provider not in facts.accounts:
            yield f"{one.address} is of provider {one.provider}, which has no account"
        if one.at.file is None:
            yield f"{one.address} is in no file"
        if (one.mode, one.address) in addresses:
            yield f"{one.address} is there twice"
        addresses.add((one.mode, one.address))
    for name, unknown in facts.unknowns.items():
        if shape_of(unknown.shape) is None:
            yield f"there is no shape {unknown.shape}"
        inner, depth = unknown.encodes, 0
        while inner is not None:
            depth += 1
            if depth > _MOST_ENCODED or inner not in facts.unknowns:
                yield f"what {name} encodes is not listed"
                break
            inner = facts.unknowns[inner].encodes


def written(workspaces: Sequence[dict[str, Any]], tool: dict[str, str]) -> str:
    """A facts file: a line for each resource, output and unknown, so that a change of one is a change of one line."""
    whole = ",\n".join(_workspace(one) for one in workspaces)
    head = f'{{"facts_version": {model.VERSION},\n"tool": {_line(tool)},\n"workspaces": ['
    return f"{head}\n{whole}\n]}}\n" if workspaces else f"{head}]}}\n"


def _workspace(one: dict[str, Any]) -> str:
    return "{" + ",\n".join(f"{_line(name)}: {_lines(value)}" for name, value in one.items()) + "}"


def _lines(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"  {_line(name)}: {_line(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_line(item)}" for item in value) + "]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
