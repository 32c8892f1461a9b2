"""The JSON Schema of facts files, from the records into which they are read."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from tf_kms_guard.facts import model


def facts_schema() -> str:
    """The text of ``docs/schema/facts-1.json``."""
    _, definitions = msgspec.json.schema_components([model.Facts], ref_template="#/$defs/{name}")
    facts = definitions.pop("Facts")
    facts["properties"]["facts_version"] = {"const": model.VERSION}
    for name, one in definitions.items():
        described = getattr(model, name, None)
        if described is not None:
            one["description"] = " ".join((inspect.getdoc(described) or "").replace("``", "`").split())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts of workspaces, as tf-kms-guard collect writes them",
        "description": "See docs/facts.md. A value that is an array begins with a word for its kind.",
    }
    schema = {**head, **_without(facts, ("title", "description")), "$defs": dict(sorted(definitions.items()))}
    return json.dumps(_plain(schema), indent=2, ensure_ascii=True) + "\n"


def _without(one: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in names}


def _plain(value: Any) -> Any:
    """Without defaults, which say nothing to who writes such a file, and with Python's patterns as JavaScript's."""
    if isinstance(value, dict):
        found = {name: _plain(item) for name, item in value.items() if name != "default"}
        if isinstance(found.get("pattern"), str):
            found["pattern"] = found["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
        return found
    return [_plain(item) for item in value] if isinstance(value, list) else value
