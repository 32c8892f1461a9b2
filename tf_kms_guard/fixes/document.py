"""A statement as a ``statement`` block of ``data.aws_iam_policy_document``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tf_kms_guard.fixes.layout import Body, Items, Node, hcl_block
from tf_kms_guard.fixes.leaves import as_string
from tf_kms_guard.fixes.quoting import Dollar, Name

_LISTS: Final = {
    "Action": ("actions", Dollar.TEMPLATE),
    "NotAction": ("not_actions", Dollar.TEMPLATE),
    "Resource": ("resources", Dollar.POLICY_DOCUMENT),
    "NotResource": ("not_resources", Dollar.POLICY_DOCUMENT),
}
_PRINCIPALS: Final = {"Principal": "principals", "NotPrincipal": "not_principals"}
_KNOWN: Final = frozenset({"Sid", "Effect", "Condition", *_LISTS, *_PRINCIPALS})


def statement_block(statement: Mapping[str, Any], name: Name) -> str | None:
    """The block; ``None`` when a block cannot say what the statement says.

    The provider turns ``&{`` into ``${`` in resources, identifiers and condition values, so that ``${`` of a
    policy variable is written ``&{`` there.
    """
    if not _fits(statement):
        return None

    def text(value: object, dollar: Dollar = Dollar.TEMPLATE) -> str:
        return as_string(value, name, dollar)

    def texts(value: object, dollar: Dollar) -> Items:
        return Items(tuple(text(item, dollar) for item in _listed(value)))

    attributes: list[tuple[str, Node]] = []
    if "Sid" in statement:
        attributes.append(("sid", text(statement["Sid"])))
    if statement.get("Effect", "Allow") != "Allow":
        attributes.append(("effect", text(statement["Effect"])))
    for key, (argument, dollar) in _LISTS.items():
        if key in statement:
            attributes.append((argument, texts(statement[key], dollar)))
    blocks: list[tuple[str, Body]] = []
    for key, kind in _PRINCIPALS.items():
        for type_, identifiers in _principals(statement.get(key, {})):
            values = texts(identifiers, Dollar.POLICY_DOCUMENT)
            blocks.append((kind, Body((("type", text(type_)), ("identifiers", values)))))
    for test, variables in statement.get("Condition", {}).items():
        for variable, operands in variables.items():
            values = texts(operands, Dollar.POLICY_DOCUMENT)
            arguments = (("test", text(test)), ("variable", text(variable)), ("values", values))
            blocks.append(("condition", Body(arguments)))
    return hcl_block("statement", Body(tuple(attributes), tuple(blocks)))


def _fits(statement: Mapping[str, Any]) -> bool:
    """Whether the arguments of a block have room for everything in the statement."""
    if not _KNOWN.issuperset(statement) or not isinstance(statement.get("Effect", ""), str):
        return False
    for key in _PRINCIPALS:
        named = statement.get(key, {})
        if isinstance(named, Mapping):
            if not all(map(_is_list_of_leaves, named.values())):
                return False
        elif not (isinstance(named, str) and named == "*"):
            return False
    condition = statement.get("Condition", {})
    if not isinstance(condition, Mapping) or not all(isinstance(c, Mapping) for c in condition.values()):
        return False
    if not all(_is_list_of_leaves(v) for variables in condition.values() for v in variables.values()):
        return False
    return all(_is_list_of_leaves(statement.get(key, [])) for key in _LISTS)


def _is_list_of_leaves(value: object) -> bool:
    return not any(isinstance(item, (Mapping, list, tuple)) for item in _listed(value))


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _principals(named: Any) -> list[tuple[str, Any]]:
    return list(named.items()) if isinstance(named, Mapping) else [("*", "*")]
