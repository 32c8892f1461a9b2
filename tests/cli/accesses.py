"""Matrices of access, and how their tests look at them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.cli.support import ROOT, guard

SCHEMA = json.loads((ROOT / "docs" / "schema" / "access-1.json").read_text(encoding="utf-8"))

OPEN_GATES = {
    "bucket-policy": "allowed",
    "key-policy": "allowed",
    "identity-s3": "allowed",
    "identity-kms": "allowed",
}


def access(*arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    """The matrix in JSON, valid against its schema."""
    ran = guard("access", "--format", "json", *arguments)
    assert ran.code == code, ran.err
    rows: list[dict[str, Any]] = ran.json
    jsonschema.validate(rows, SCHEMA, cls=jsonschema.Draft202012Validator)
    return rows


def cells(*arguments: str | Path) -> list[tuple[str, str, str, str]]:
    """Principal, bucket, intent and verdict of every row."""
    return [(r["principal"]["value"], r["bucket"], r["intent"], r["verdict"]) for r in access(*arguments)]


def lines(*arguments: str | Path) -> list[str]:
    """The matrix as text, line by line; none is longer than 80 columns."""
    ran = guard("access", *arguments)
    assert ran.code == 0, ran.err
    found = ran.out.splitlines()
    assert [line for line in found if len(line) > 80] == []
    return found


def why(*arguments: str | Path) -> dict[str, Any]:
    """The evidence of the only row that is left, by gate."""
    (row,) = access("--why", *arguments)
    return {gate["gate"]: gate for gate in row["why"]["asked"]}
