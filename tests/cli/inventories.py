"""Inventories of root modules, and how their tests look at them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tests.cli.support import ROOT, RULES, guard

OK = ROOT / "sample_modules" / "cross_account_read" / "ok"
SAMPLES = sorted(path for path in OK.parent.iterdir() if path.is_dir())
EXAMPLES = sorted(path.parent for path in RULES.glob("*/*/main.tf"))
SCHEMA = json.loads((ROOT / "docs" / "schema" / "inventory-1.json").read_text(encoding="utf-8"))

DATA_KEY = "arn:aws:kms:eu-west-1:111122223333:key/${aws_kms_key.data.key_id}"


def inventory(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """The inventory in JSON, valid against its schema."""
    ran = guard("inventory", "--format", "json", *arguments)
    assert ran.code == code, ran.err
    data: dict[str, Any] = ran.json
    jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
    return data


def workspace(*arguments: str | Path) -> dict[str, Any]:
    """The only workspace of an inventory without errors."""
    data = inventory(*arguments)
    assert data["errors"] == []
    (only,) = data["workspaces"]
    assert isinstance(only, dict)
    return only


def place(location: dict[str, Any] | None) -> str | None:
    """``bucket.tf:12``."""
    return None if location is None else f"{Path(location['file']).name}:{location['line']}"


def values(element: list[dict[str, Any]]) -> list[str]:
    return [item["value"] for item in element]


def unknown(workspace: dict[str, Any], name: str) -> dict[str, Any]:
    (only,) = [entry for entry in workspace["unknowns"] if entry["name"] == name]
    assert isinstance(only, dict)
    return only


def strings(data: Any) -> Iterator[str]:
    """Every string in JSON data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for item in data.values():
            yield from strings(item)
    elif isinstance(data, list):
        for item in data:
            yield from strings(item)
