"""The statement of a fix, ready to paste: as HCL and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tf_kms_guard.fixes.document import statement_block
from tf_kms_guard.fixes.layout import Fields, Items, Node, hcl_object, json_object
from tf_kms_guard.fixes.leaves import as_hcl, as_json
from tf_kms_guard.fixes.quoting import Dollar, Name, hcl_key, json_string
from tf_kms_guard.fixes.references import Written, written_hole
from tf_kms_guard.rules.finding import Fix

if TYPE_CHECKING:
    from tf_kms_guard.values.unknown import Unknown


class Snippets(Struct, frozen=True):
    """One statement in both languages, as lines without a line break at the end.

    ``hcl``: a ``statement`` block where the policy is an ``aws_iam_policy_document``, else an object
    expression for the list in ``jsonencode``. ``json``: the text for a heredoc where the policy is one or
    where something is written as ``${reference}``, else JSON as AWS takes it. ``gaps``: something in it can only be
    described, and is left for people to fill in.
    """

    hcl: str
    json: str
    gaps: bool = False


def written(fix: Fix, module: str = "") -> Snippets:
    """Write the statement of ``fix`` for a policy of the module with the path ``module`` (``""``: the root).

    Both snippets are empty when the fix has no statement.
    """
    if fix.statement is None:
        return Snippets("", "")
    references: list[str] = []
    gaps: list[str] = []

    def name(hole: Unknown) -> Written:
        spelled = written_hole(hole.identity, module)
        (references if spelled.is_reference else gaps).append(spelled.text)
        return spelled

    block = statement_block(fix.statement, name) if fix.form == "document" else None
    hcl = _object(fix.statement, name) if block is None else block
    is_template = fix.form == "json" or bool(references)
    return Snippets(hcl, _json(fix.statement, name, Dollar.TEMPLATE if is_template else Dollar.PLAIN), bool(gaps))


def _object(statement: Mapping[str, Any], name: Name) -> str:
    return hcl_object(_fields(statement, hcl_key, lambda leaf: as_hcl(leaf, name)))


def _json(statement: Mapping[str, Any], name: Name, dollar: Dollar) -> str:
    def key(text: str) -> str:
        return json_string(text, name, dollar)

    return json_object(_fields(statement, key, lambda leaf: as_json(leaf, name, dollar)))


def _fields(mapping: Mapping[str, Any], key: Callable[[str], str], leaf: Callable[[object], str]) -> Fields:
    def node(value: object) -> Node:
        if isinstance(value, Mapping):
            return _fields(value, key, leaf)
        if isinstance(value, (list, tuple)):
            return Items(tuple(map(node, value)))
        return leaf(value)

    return Fields(tuple((key(str(name)), node(value)) for name, value in mapping.items()))
