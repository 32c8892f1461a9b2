"""The statement of a fix, ready to paste: as HCL and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tf_kms_guard.fixes.document import statement_block
from tf_kms_guard.fixes.layout import Fields, Items, Node, hcl_object, json_object
from tf_kms_guard.fixes.leaves import as_hcl, as_json
from tf_kms_guard.fixes.quoting import Dollar, Name, json_string
from tf_kms_guard.fixes.references import Written, written_hole
from tf_kms_guard.fixes.structure import StandIns, arranged
from tf_kms_guard.rules.finding import Fix

if TYPE_CHECKING:
    from hcl2 import Builder

    from tf_kms_guard.values.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Snippets:
    """One statement in both languages, as lines without a line break at the end.

    ``hcl``: a ``statement`` block where the policy is an ``aws_iam_policy_document``, else an object
    expression for the list in ``jsonencode``. ``json``: the text for a heredoc where the policy is one or
    where something is written as ``${reference}``, else JSON as AWS takes it.
    """

    hcl: str
    json: str


def written(fix: Fix, module: str = "") -> Snippets:
    """Write the statement of ``fix`` for a policy of the module with the path ``module`` (``""``: the root).

    Both snippets are empty when the fix has no statement.
    """
    if fix.statement is None:
        return Snippets("", "")
    references: list[str] = []

    def name(hole: Unknown) -> Written:
        spelled = written_hole(hole.identity, module)
        if spelled.is_reference:
            references.append(spelled.text)
        return spelled

    block = statement_block(fix.statement, name) if fix.form == "document" else None
    hcl = _object(fix.statement, name) if block is None else block
    is_template = fix.form == "json" or bool(references)
    return Snippets(hcl, _json(fix.statement, name, Dollar.TEMPLATE if is_template else Dollar.PLAIN))


def _object(statement: Mapping[str, Any], name: Name) -> str:
    def fill(builder: Builder, words: StandIns) -> None:
        builder.attributes["statement"] = words.value(statement, lambda leaf: as_hcl(leaf, name))

    ((_, value),) = arranged(fill).attributes
    assert isinstance(value, Fields)
    return hcl_object(value)


def _json(statement: Mapping[str, Any], name: Name, dollar: Dollar) -> str:
    def node(value: object) -> Node:
        if isinstance(value, Mapping):
            return Fields(tuple((json_string(str(key), name, dollar), node(v)) for key, v in value.items()))
        if isinstance(value, (list, tuple)):
            return Items(tuple(node(item) for item in value))
        return as_json(value, name, dollar)

    fields = node(statement)
    assert isinstance(fields, Fields)
    return json_object(fields)
