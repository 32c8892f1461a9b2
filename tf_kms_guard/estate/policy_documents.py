"""``data.aws_iam_policy_document`` as the provider renders it (provider documentation, "aws_iam_policy_document")."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.texts import as_text, as_texts, text_or
from tf_kms_guard.terraform.choices import choose, distribute, hoist
from tf_kms_guard.terraform.derived import derived, first_unknown
from tf_kms_guard.terraform.functions.json_encoding import compact_json_of, laid_out_json_of
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.types import as_set
from tf_kms_guard.terraform.values import Object, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.text import Located, Text, TextLike, join_text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown

_LATEST_VERSION: Final = "2012-10-17"


def rendered(resource: ResourceInstance, account: Account) -> Value | NotSet:
    """The ``json`` of a policy document data source, with holes where its inputs have them."""
    return _rendered(resource, laid_out_json_of)


def minified(resource: ResourceInstance, account: Account) -> Value | NotSet:
    """The ``minified_json`` of a policy document data source."""
    return _rendered(resource, compact_json_of)


def _rendered(resource: ResourceInstance, write: Callable[[Value], Value]) -> Value:
    untold = resource.untold("statement")
    if untold is not None:
        return derived(f"{resource.address}.json", untold)
    blocks = resource.blocks("statement")
    own: list[Value] = [_statement(block) for block in blocks]
    presences = [block.presence for block in blocks]
    sources = [*_legacy(resource, "source_json"), *_documents(resource, "source_policy_documents")]
    overrides = [*_documents(resource, "override_policy_documents"), *_legacy(resource, "override_json")]
    for document in (*sources, *overrides):
        if isinstance(document, Unknown):
            return derived(f"{resource.address}.json", document)

    def assemble(*values: Value) -> Value:
        flags, rest = values[: len(own)], values[len(own) :]
        kept = [statement for statement, flag in zip(own, flags, strict=True) if flag is not False]
        read = [_read(document) for document in rest]
        hidden = next((one for one in read if isinstance(one, Unknown)), None)
        documents = [one for one in read if isinstance(one, Object)]
        if hidden is None and documents:
            hidden = _unclear_sid([*kept, *(statement for one in documents for statement in _statements_of(one))])
        if hidden is not None:
            return derived(f"{resource.address}.json", hidden)
        merged = _assembled(resource, kept, documents[: len(sources)], documents[len(sources) :])
        return hoist(write, merged, call=f"{resource.address}.json")

    return distribute(assemble, *(_truth(presence) for presence in presences), *sources, *overrides)


def _truth(presence: Value) -> Value:
    """A presence as a choice of true and false."""
    return choose(presence, [(True, True), (False, False)]) if isinstance(presence, Unknown) else presence


def _assembled(resource: ResourceInstance, own: list[Value], sources: list[Object], overrides: list[Object]) -> Value:
    """The documents merged: the highest version and the last id stay, statements of a known Sid are replaced."""
    document = _own_head(resource)
    statements: list[Value] = []
    for source in sources:
        statements.extend(_statements_of(source))
    for statement in own:
        _put(statements, statement)
    for override in overrides:
        for statement in _statements_of(override):
            _put(statements, statement)
    result = Object(origin=resource.span)
    result["Version"] = _latest([document["Version"], *(one.get("Version") for one in (*sources, *overrides))])
    for one in (*sources, document, *overrides):
        if as_text(one.get("Id")) is not None:
            result["Id"] = one["Id"]
    if statements:
        result["Statement"] = Tuple(statements)
    return result


def _latest(versions: list[Value]) -> Value:
    return max((version for version in versions if known(version) is not None), key=lambda one: str(known(one)))


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


def _unclear_sid(statements: list[Value]) -> Unknown | None:
    """A Sid that is not known: whether it replaces another statement, or is replaced, cannot be told."""
    for statement in statements:
        sid = as_text(statement.get("Sid")) if isinstance(statement, dict) else None
        if sid is not None and known(sid) is None:
            return first_unknown(sid)
    return None


def _read(document: Value) -> Object | Unknown:
    """A document to merge; nothing where there is none, an unknown where it cannot be read."""
    if document is None or known(document) == "":
        return Object()
    decoded = decode_json(document) if isinstance(document, (str, Text)) else document
    if isinstance(decoded, Object):
        return decoded
    unknown = first_unknown(decoded)
    return derived("a policy document", because="a document to merge is no policy") if unknown is None else unknown


def _statements_of(document: Object) -> list[Value]:
    statements = document.get("Statement")
    if isinstance(statements, list):
        return [_merged_statement(statement) for statement in statements]
    return [] if statements is None else [_merged_statement(statements)]


def _merged_statement(statement: Value) -> Value:
    """A statement of a merged document: the provider reads it, and writes what it knows of in its own order."""
    if not isinstance(statement, dict) or any(isinstance(name, UnknownKey) for name in statement):
        return statement
    result = Object(origin=statement.origin if isinstance(statement, Object) else None)
    for element in _ELEMENTS:
        value = statement.get(element)
        if value is None or (element == "Sid" and known(value) == ""):
            continue
        if element in ("Principal", "NotPrincipal"):
            value = _merged_principals(value)
        elif element == "Condition":
            value = _merged_conditions(value)
        if value is not None:
            result[element] = value
    return result


def _merged_principals(value: Value) -> Value:
    if known(value) is not None:
        return "*"
    if not isinstance(value, dict) or any(isinstance(name, UnknownKey) for name in value):
        return value
    by_type = Object(origin=value.origin if isinstance(value, Object) else None)
    for kind in sorted(value):
        by_type[kind] = _descending(value[kind])
    return by_type if by_type else None


def _merged_conditions(value: Value) -> Value:
    """The provider turns a truth value into text, a list of one into that one, and drops numbers."""
    if not isinstance(value, dict) or not all(isinstance(keys, dict) for keys in value.values()):
        return value
    conditions = Object(origin=value.origin if isinstance(value, Object) else None)
    for operator, keys in _sorted_items(value):
        if not isinstance(keys, dict):
            continue
        kept = Object(origin=keys.origin if isinstance(keys, Object) else None)
        for key, values in _sorted_items(keys):
            if isinstance(values, bool):
                kept[key] = "true" if values else "false"
            elif isinstance(values, list) and len(values) == 1:
                kept[key] = values[0]
            elif not isinstance(values, (int, Decimal)):
                kept[key] = values
        if kept:
            conditions[operator] = kept
    return conditions if conditions else None


def _sorted_items(value: dict[str, Value]) -> list[tuple[str, Value]]:
    return sorted(value.items(), key=lambda item: item[0])


def _documents(resource: ResourceInstance, name: str) -> list[Value]:
    value = resource.attribute(name)
    if isinstance(value, NotSet):
        return []
    return list(value) if isinstance(value, list) else [derived(f"{resource.address}.{name}", value)]


def _legacy(resource: ResourceInstance, name: str) -> list[Value]:
    """``source_json`` and ``override_json``: up to provider 4 they were the first source and the last override."""
    value = resource.attribute(name)
    return [] if isinstance(value, NotSet) else [value]


def _own_head(resource: ResourceInstance) -> Object:
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
        listed = _listed(_set_of_texts(block.attribute(argument)), variables=element not in ("Action", "NotAction"))
        if not isinstance(listed, list) or listed:
            statement[element] = listed
    for kind, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        untold = block.untold(kind)
        principals = _principals(block, block.blocks(kind)) if untold is None else untold
        if principals is not None:
            statement[element] = principals
    untold = block.untold("condition")
    conditions = _conditions(block, block.blocks("condition")) if untold is None else untold
    if conditions is not None:
        statement["Condition"] = conditions
    return statement


_LISTS: Final = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)

_ELEMENTS: Final = (
    "Sid",
    "Effect",
    *(element for _, element in _LISTS),
    "Principal",
    "NotPrincipal",
    "Condition",
)
"""What the provider keeps of a statement, in the order in which it writes them."""


def _set_of_texts(value: Value | NotSet) -> tuple[TextLike, ...] | Unknown:
    """A set of strings. What is a list in the configuration becomes a set in the provider's schema."""
    texts = _texts(value)
    return texts if isinstance(texts, Unknown) else tuple(_text(item) for item in as_set(texts))


def _texts(value: Value | NotSet) -> tuple[TextLike, ...] | Unknown:
    """A list of strings, empty ones included; an ``Unknown`` when not even its length is known."""
    if isinstance(value, NotSet) or value is None:
        return ()
    if isinstance(value, (list, SetValue)):
        return tuple(_text(item) for item in value)
    return as_texts(value)


def _text(value: Value) -> TextLike:
    return text_or(as_text(value), "")


def _listed(texts: tuple[TextLike, ...] | Unknown, *, variables: bool = True) -> Value:
    """One value stands alone, several in a list; the provider sorts them downwards."""
    if isinstance(texts, Unknown):
        return texts
    values = [_policy_variables(text) if variables else text for text in texts]
    return values[0] if len(values) == 1 else _descending(Tuple(values))


def _descending(value: Value) -> Value:
    """A list of strings in descending order, if all of them are known; anything else as it is."""
    if not isinstance(value, list) or any(known(item) is None for item in value):
        return value
    return Tuple(sorted(value, key=lambda item: str(known(item)), reverse=True))


def _policy_variables(text: TextLike) -> TextLike:
    """``&{x}`` is how Terraform code writes the policy variable ``${x}``."""
    return join_text(
        piece if isinstance(piece, Unknown) or "&{" not in piece else _located(piece.replace("&{", "${"), piece)
        for piece in pieces_of(text)
    )


def _located(text: str, like: str) -> str:
    return Located(text, like.origin) if isinstance(like, Located) else text


def _principals(statement: BlockInstance, blocks: tuple[BlockInstance, ...]) -> Value:
    by_type: dict[str, list[TextLike]] = {}
    for block in blocks:
        if block.presence is not statement.presence:
            return derived(f"{block.path} is there", block.presence, origin=block.span)
        kind = as_text(block.attribute("type"))
        name = None if kind is None else known(kind)
        identifiers = _set_of_texts(block.attribute("identifiers"))
        if kind is None or name is None or isinstance(identifiers, Unknown):
            unknown = identifiers if isinstance(identifiers, Unknown) else kind
            return derived(f"{block.path}", unknown, origin=block.span)
        by_type.setdefault(name, []).extend(identifiers)
    if not by_type:
        return None
    if set(by_type) == {"*"} and [known(item) for item in by_type["*"]] == ["*"]:
        return "*"
    principals = Object(origin=blocks[0].span)
    for name in sorted(by_type):
        principals[name] = _listed(tuple(by_type[name]))
    return principals


def _conditions(statement: BlockInstance, blocks: tuple[BlockInstance, ...]) -> Value:
    if not blocks:
        return None
    collected: dict[str, Object] = {}
    for block in blocks:
        if block.presence is not statement.presence:
            return derived(f"{block.path} is there", block.presence, origin=block.span)
        test, variable = as_text(block.attribute("test")), as_text(block.attribute("variable"))
        operator, key = known(test), known(variable)
        if operator is None or key is None:
            return derived(f"{block.path}", test, variable, origin=block.span)
        texts = _texts(block.attribute("values"))
        values: Value = texts if isinstance(texts, Unknown) else Tuple(_policy_variables(text) for text in texts)
        keys = collected.setdefault(operator, Object(origin=block.span))
        keys[key] = _merged(keys.get(key), values)
    conditions = Object()
    for operator, keys in sorted(collected.items()):
        conditions[operator] = Object({key: _single(values) for key, values in _sorted_items(keys)}, keys.origin)
    return conditions


def _single(values: Value) -> Value:
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _merged(earlier: Value, values: Value) -> Value:
    if earlier is None:
        return values
    both = [*(earlier if isinstance(earlier, list) else [earlier]), *(values if isinstance(values, list) else [values])]
    return Tuple(both)
