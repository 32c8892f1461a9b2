"""Addresses of resource instances, as plans and states write them.

The grammar is that of https://developer.hashicorp.com/terraform/cli/state/resource-addressing.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

_KEY: Final = r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*+")\]'
_NAME: Final = r"[^\s.\[\]\"]+"
_MODULE: Final = re.compile(rf"module\.{_NAME}(?:{_KEY})?\.")
_RESOURCE: Final = re.compile(rf"(?P<data>data\.)?(?P<type>{_NAME})\.(?P<name>{_NAME})(?P<key>{_KEY})?")
_KEYS: Final = re.compile(_KEY)
_PROVIDER: Final = re.compile(
    rf'(?P<module>module\..*\.)?provider(?:\["(?P<source>[^"]+)"\]|\.(?P<type>{_NAME}))(?P<alias>\.{_NAME})?(?P<key>{_KEY})?'
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4\{")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Address(Struct, frozen=True):
    """The parts of an address. ``module`` is the path of the module instance, ``""`` for the root."""

    module: str
    mode: str
    type: str
    name: str
    key: str | int | None


def parse_address(text: str) -> Address | None:
    """The parts of ``module.a["k"].data.aws_x.y[0]``; ``None`` if it is no address of a resource instance."""
    at = 0
    while module := _MODULE.match(text, at):
        at = module.end()
    match = _RESOURCE.fullmatch(text, at)
    if match is None or (not match["data"] and match["type"] in ("data", "module")):
        return None
    mode = "data" if match["data"] else "managed"
    return Address(text[: max(at - 1, 0)], mode, match["type"], match["name"], _key(match["key"]))


def spell_address(address: Address) -> str:
    """The address as Terraform writes it."""
    parts = [address.module] if address.module else []
    parts += ["data"] if address.mode == "data" else []
    return ".".join([*parts, address.type, address.name]) + spell_key(address.key)


def spell_key(key: str | int | None) -> str:
    """An instance key in brackets; nothing for an instance without a key."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    characters = "".join(_ESCAPES.get(c, c) for c in key).replace("${", "$${").replace("%{", "%%{")
    return f'["{characters}"]'


def without_keys(address: str) -> str:
    """The address of the block that declares an instance."""
    return _KEYS.sub("", address) if "[" in address else address


def provider_name(text: str) -> str | None:
    """The name of a provider configuration, as ``provider_config_key`` in a plan's JSON has it.

    ``provider["registry.terraform.io/hashicorp/aws"].replica`` is ``aws.replica``; one that a module configures
    for itself has the module before it: ``module.a:aws``. ``None`` for a text of another form.
    """
    match = _PROVIDER.fullmatch(text)
    if match is None:
        return None
    type_ = match["type"] or match["source"].rpartition("/")[2]
    module = f"{match['module'][:-1]}:" if match["module"] else ""
    return f"{module}{type_}{match['alias'] or ''}{match['key'] or ''}"


def _key(spelled: str | None) -> str | int | None:
    if spelled is None:
        return None
    inside = spelled[1:-1]
    if not inside.startswith('"'):
        return int(inside) if len(inside) < 19 else inside
    return _ESCAPE.sub(_unescape, inside[1:-1])


def _unescape(match: re.Match[str]) -> str:
    short, long, letter, sigil = match.groups()
    if sigil is not None:
        return f"{sigil}{{"
    if letter is not None:
        return _ESCAPED.get(letter, letter)
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
