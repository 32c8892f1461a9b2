"""The attributes of the AWS resource types and data sources that the stub serves.

``schema.json`` spells an attribute as its marks and its type (``"oc map(string)"``). The marks: ``r``
required, ``o`` optional, ``c`` computed, ``w`` write-only. A block has its nesting and, if the provider
fills it in where a configuration does not, ``computed``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_NESTING: Final = {"single": 1, "list": 2, "set": 3}


@dataclass(frozen=True)
class Attribute:
    """``type`` is in Terraform's JSON form: ``"string"``, ``["set", "string"]`` …"""

    type: Any
    marks: str

    @property
    def computed(self) -> bool:
        return "c" in self.marks

    @property
    def write_only(self) -> bool:
        return "w" in self.marks


@dataclass(frozen=True)
class Block:
    """The attributes and nested blocks of a resource type, a data source or a nested block."""

    attributes: dict[str, Attribute]
    blocks: dict[str, Block]
    nesting: str = "single"
    computed: bool = False

    def message(self) -> dict[str, Any]:
        """The block as a message of the protocol."""
        return {
            "attributes": [
                {
                    "name": name,
                    "type": json.dumps(attribute.type).encode(),
                    "required": "r" in attribute.marks,
                    "optional": "o" in attribute.marks,
                    "computed": attribute.computed,
                    "write_only": attribute.write_only,
                }
                for name, attribute in self.attributes.items()
            ],
            "block_types": [
                {"type_name": name, "block": block.message(), "nesting": _NESTING[block.nesting]}
                for name, block in self.blocks.items()
            ],
        }


@dataclass(frozen=True)
class ProviderSchema:
    provider: Block
    resources: dict[str, Block]
    data: dict[str, Block]

    def of(self, mode: str, type_name: str) -> Block:
        """The schema of a managed resource type or (mode ``data``) of a data source."""
        return (self.data if mode == "data" else self.resources)[type_name]

    def message(self) -> dict[str, Any]:
        """The answer to ``GetProviderSchema``."""
        return {
            "provider": {"block": self.provider.message()},
            "resource_schemas": [_entry(name, block) for name, block in self.resources.items()],
            "data_source_schemas": [_entry(name, block) for name, block in self.data.items()],
            "server_capabilities": {"get_provider_schema_optional": True},
        }


@cache
def aws_schema() -> ProviderSchema:
    """What ``schema.json`` says."""
    read = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return ProviderSchema(
        _block(read["provider"]),
        {name: _block(block) for name, block in read["resources"].items()},
        {name: _block(block) for name, block in read["data"].items()},
    )


def _entry(name: str, block: Block) -> dict[str, Any]:
    return {"key": name, "value": {"block": block.message()}}


def _block(read: dict[str, Any]) -> Block:
    attributes = {}
    for name, spelled in read.get("attributes", {}).items():
        marks, _, type_ = spelled.partition(" ")
        attributes[name] = Attribute(_type(type_), marks)
    blocks = {name: _block(block) for name, block in read.get("blocks", {}).items()}
    return Block(attributes, blocks, read.get("nesting", "single"), read.get("computed", False))


def _type(spelled: str) -> Any:
    kind, bracket, rest = spelled.partition("(")
    if not bracket:
        return kind
    inner = rest[:-1]
    if kind == "object":
        return ["object", {name: _type(type_) for name, _, type_ in (field.partition("=") for field in _split(inner))}]
    return [kind, _type(inner)]


def _split(text: str) -> list[str]:
    """The fields between commas that are not inside brackets."""
    fields, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            fields.append("")
        else:
            fields[-1] += character
    return [field.strip() for field in fields]
