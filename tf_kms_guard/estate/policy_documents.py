"""``data.aws_iam_policy_document`` as the provider renders it (provider documentation, "aws_iam_policy_document")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.texts import as_text, as_texts, text_or
from tf_kms_guard.terraform.choices import choose, distribute, hoist
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.functions.json_encoding import json_of
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Object, Tuple, Value
from tf_kms_guard.values.text import Located, Text, TextLike, join_text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown

_LATEST_VERSION: Final = "2012-10-17"


def rendered(resource: ResourceInstance, _: Account) -> Value | NotSet:
    """The ``json`` of a policy document data source, with holes where its inputs have them."""
    blocks = resource.blocks("statement")
    own: list[Value] = [_statement(block) for block in blocks]
    presences = [block.presence for block in blocks]
    sources = [*_documents(resource, "source_policy_documents"), *_legacy(resource, "source_json")]
    overrides = [*_documents(resource, "override_policy_documents"), *_legacy(resource, "override_json")]
    for document in (*sources, *overrides):
        if isinstance(document, Unknown):
            return derived(f"{resource.address}.json", document)
    head = _head(resource)

    def assemble(*values: Value) -> Value:
        flags, rest = values[: len(own)], values[len(own) :]
        kept = [statement for statement, flag in zip(own, flags, strict=True) if flag is not False]
        before, after = rest[: len(sources)], rest[len(sources) :]
        return _assembled(resource, head, kept, before, after)

    return distribute(assemble, *(_truth(presence) for presence in presences), *sources, *overrides)


def _truth(presence: Value) -> Value:
    """A presence as a choice of true and false."""
    return choose(presence, [(True, True), (False, False)]) if isinstance(presence, Unknown) else presence


def _assembled(
    resource: ResourceInstance, head: Object, own: list[Value], sources: Iterable[Value], overrides: Iterable[Value]
) -> Value:
    statements: list[Value] = []
    for source in sources:
        statements.extend(_statements_of(source))
    for statement in own:
        _put(statements, statement)
    for override in overrides:
        for statement in _statements_of(override):
            _put(statements, statement)
    return hoist(json_of, Object({**head, "Statement": Tuple(statements)}, resource.span))


def _put(statements: list[Value], statement: Value) -> None:
    """Add a statement; one with a Sid replaces the statement of that Sid."""
    sid = _sid(statement)
    if sid:
        for index, existing in enumerate(statements):
            if _sid(existing) == sid:
                statements[index] = statement
                return
    statements.append(statement)


def _sid(statement: Value) -> str | None:
    return known(statement.get("Sid")) if isinstance(statement, dict) else None


def _statements_of(document: Value) -> list[Value]:
    if document is None or known(document) == "":
        return []
    if not isinstance(document, (str, Text)):
        return []
    decoded = decode_json(document)
    statements = decoded.get("Statement") if isinstance(decoded, dict) else None
    if isinstance(statements, list):
        return list(statements)
    return [] if statements is None else [statements]


def _documents(resource: ResourceInstance, name: str) -> list[Value]:
    value = resource.attribute(name)
    if isinstance(value, NotSet):
        return []
    return list(value) if isinstance(value, list) else [derived(f"{resource.address}.{name}", value)]


def _legacy(resource: ResourceInstance, name: str) -> list[Value]:
    value = resource.attribute(name)
    return [] if isinstance(value, NotSet) else [value]


def _head(resource: ResourceInstance) -> Object:
    head = Object()
    identifier = as_text(resource.attribute("policy_id"))
    if identifier is not None:
        head["Id"] = identifier
    head["Version"] = text_or(as_text(resource.attribute("version")), _LATEST_VERSION)
    return head


def _statement(block: BlockInstance) -> Object:
    statement = Object(origin=block.span)
    sid = as_text(block.attribute("sid"))
    if sid is not None:
        statement["Sid"] = sid
    statement["Effect"] = text_or(as_text(block.attribute("effect")), "Allow")
    for argument, element in _LISTS:
        value = block.attribute(argument)
        if not isinstance(value, NotSet):
            listed = _listed(as_texts(value), sort=True)
            if listed is not None:
                statement[element] = listed
    for kind, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals = _principals(block.blocks(kind))
        if principals is not None:
            statement[element] = principals
    conditions = _conditions(block.blocks("condition"))
    if conditions is not None:
        statement["Condition"] = conditions
    return statement


_LISTS: Final = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)


def _listed(texts: tuple[TextLike, ...] | Unknown, *, sort: bool) -> Value:
    """One value stands alone, several in a list; the provider sorts lists of actions and the like downwards."""
    if isinstance(texts, Unknown):
        return texts
    values: list[TextLike] = [_policy_variables(text) for text in texts]
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    strings = [text for text in values if isinstance(text, str)]
    if sort and len(strings) == len(values):
        return Tuple(sorted(strings, reverse=True))
    return Tuple(values)


def _policy_variables(text: TextLike) -> TextLike:
    """``&{x}`` is how Terraform code writes the policy variable ``${x}``."""
    return join_text(
        piece if isinstance(piece, Unknown) or "&{" not in piece else _located(piece.replace("&{", "${"), piece)
        for piece in pieces_of(text)
    )


def _located(text: str, like: str) -> str:
    return Located(text, like.origin) if isinstance(like, Located) else text


def _principals(blocks: tuple[BlockInstance, ...]) -> Value:
    by_type: dict[str, list[TextLike]] = {}
    for block in blocks:
        kind = as_text(block.attribute("type"))
        name = None if kind is None else known(kind)
        identifiers = as_texts(block.attribute("identifiers"))
        if kind is None or name is None or isinstance(identifiers, Unknown):
            unknown = identifiers if isinstance(identifiers, Unknown) else kind
            return derived(f"{block.path}", unknown, origin=block.span)
        by_type.setdefault(name, []).extend(identifiers)
    if not by_type:
        return None
    if set(by_type) == {"*"} and [known(item) for item in by_type["*"]] == ["*"]:
        return "*"
    principals = Object(origin=blocks[0].span)
    for name, items in by_type.items():
        principals[name] = _listed(tuple(items), sort=True) if items else Tuple()
    return principals


def _conditions(blocks: tuple[BlockInstance, ...]) -> Value:
    if not blocks:
        return None
    conditions = Object()
    for block in blocks:
        test, variable = as_text(block.attribute("test")), as_text(block.attribute("variable"))
        operator, key = known(test), known(variable)
        if operator is None or key is None:
            return derived(f"{block.path}", test, variable, origin=block.span)
        keys = conditions.setdefault(operator, Object(origin=block.span))
        values = _listed(as_texts(block.attribute("values")), sort=False)
        if isinstance(keys, dict):
            keys[key] = _merged(keys.get(key), values)
    return conditions


def _merged(earlier: Value, values: Value) -> Value:
    if earlier is None:
        return values
    both = [*(earlier if isinstance(earlier, list) else [earlier]), *(values if isinstance(values, list) else [values])]
    return Tuple(both)
