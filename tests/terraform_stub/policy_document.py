"""``aws_iam_policy_document`` rendered as the AWS provider does it.

What it does (provider 6, its documentation and its observed output): source documents are merged in order, then
the document's own statements, then the override documents; a statement with a Sid replaces the one of that Sid; the
last ``Id`` and the highest ``Version`` stay; a merged document keeps only the elements that a policy has. Sets are
listed in descending order, one value stands alone, ``&{`` becomes ``${`` everywhere but in actions. ``source_json``
and ``override_json`` work as they did up to provider 4: as the first source and the last override.
"""

from __future__ import annotations

import json
from typing import Any, Final


class PolicyError(Exception):
    """The provider would refuse this document."""


_ELEMENTS: Final = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource")


def rendered(config: dict[str, Any]) -> tuple[str, str]:
    """The ``json`` and the ``minified_json`` of a data source with this configuration."""
    document: dict[str, Any] = {"Version": "", "Id": "", "Statement": []}
    sids: set[str] = set()
    for text in (config["source_json"], *(config["source_policy_documents"] or ())):
        if text:
            source = _read(text)
            for statement in source["Statement"]:
                if statement.get("Sid") and statement["Sid"] in sids:
                    raise PolicyError(f"duplicate Sid ({statement['Sid']}) in source_policy_documents")
                sids.add(statement.get("Sid", ""))
            _merge(document, source)
    _merge(document, _own(config))
    for text in (*(config["override_policy_documents"] or ()), config["override_json"]):
        if text:
            _merge(document, _read(text))
    kept = {name: value for name, value in document.items() if value}
    return _go_json(kept, indent=2), _go_json(kept, indent=None)


def _go_json(value: Any, indent: int | None) -> str:
    """JSON as Go's encoding/json writes it, which escapes characters that mean something in HTML."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=(",", ":" if indent is None else ": "))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _merge(document: dict[str, Any], new: dict[str, Any]) -> None:
    document["Id"] = new["Id"] or document["Id"]
    document["Version"] = max(document["Version"], new["Version"])
    statements = document["Statement"]
    for statement in new["Statement"]:
        sid = statement.get("Sid")
        place = next((i for i, existing in enumerate(statements) if sid and existing.get("Sid") == sid), None)
        if place is None:
            statements.append(statement)
        else:
            statements[place] = statement


# --- the data source's own statements


def _own(config: dict[str, Any]) -> dict[str, Any]:
    statements = [_statement(block) for block in config["statement"] or ()]
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(sids) != len(set(sids)):
        raise PolicyError("duplicate Sid")
    return {"Version": config["version"] or "2012-10-17", "Id": config["policy_id"] or "", "Statement": statements}


def _statement(block: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {}
    if block["sid"]:
        statement["Sid"] = block["sid"]
    statement["Effect"] = "Allow" if block["effect"] is None else block["effect"]
    for argument, element in (("actions", "Action"), ("not_actions", "NotAction")):
        if block[argument]:
            statement[element] = _listed(block[argument])
    for argument, element in (("resources", "Resource"), ("not_resources", "NotResource")):
        if block[argument]:
            statement[element] = _with_variables(_listed(block[argument]))
    for argument, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if block[argument]:
            entries = [(entry["type"], _with_variables(_listed(entry["identifiers"]))) for entry in block[argument]]
            statement[element] = _principals(entries)
    if block["condition"]:
        statement["Condition"] = _conditions(
            [
                (entry["test"], entry["variable"], _with_variables([value or "" for value in entry["values"]]))
                for entry in block["condition"]
            ]
        )
    return statement


def _listed(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _with_variables(values: Any) -> Any:
    if isinstance(values, str):
        return values.replace("&{", "${")
    return [value.replace("&{", "${") for value in values]


def _principals(entries: list[tuple[str, Any]]) -> Any:
    if len(entries) == 1 and entries[0][0] == "*" and entries[0][1] in ("*", ["*"]):
        return "*"
    by_type: dict[str, Any] = {}
    for kind, identifiers in entries:  # several of one type come in an order of the provider's own: here sorted
        if kind in by_type or isinstance(identifiers, list):
            by_type[kind] = sorted([*_as_list(by_type.get(kind)), *_as_list(identifiers)], reverse=True)
        else:
            by_type[kind] = identifiers
    return dict(sorted(by_type.items()))


def _as_list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else value


def _conditions(entries: list[tuple[str, str, Any]]) -> dict[str, Any]:
    collected: dict[str, dict[str, list[str]]] = {}
    for test, variable, values in entries:
        collected.setdefault(test, {}).setdefault(variable, []).extend(_as_list(values))
    return {
        test: {variable: values[0] if len(values) == 1 else values for variable, values in sorted(by_variable.items())}
        for test, by_variable in sorted(collected.items())
    }


# --- documents that are merged in


def _read(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise PolicyError(f"merging a document: {error}") from error
    if not isinstance(read, dict) or not isinstance(read.get("Statement") or [], list):
        raise PolicyError("merging a document: this is no policy with a list of statements")
    statements = [_read_statement(statement) for statement in read.get("Statement") or []]
    return {"Version": read.get("Version", ""), "Id": read.get("Id", ""), "Statement": statements}


def _read_statement(read: dict[str, Any]) -> dict[str, Any]:
    statement = {name: read[name] for name in _ELEMENTS if read.get(name) not in (None, "")}
    for element in ("Principal", "NotPrincipal"):
        principals = read.get(element)
        if isinstance(principals, str):
            statement[element] = "*"
        elif principals:
            statement[element] = _principals(list(principals.items()))
    if read.get("Condition"):
        statement["Condition"] = _conditions(
            [
                (test, variable, _texts(values))
                for test, by_variable in read["Condition"].items()
                for variable, values in by_variable.items()
                if isinstance(values, (str, bool, list))  # numbers are lost
            ]
        )
        if not statement["Condition"]:
            del statement["Condition"]
    return statement


def _texts(values: Any) -> Any:
    return ("true" if values else "false") if isinstance(values, bool) else values
