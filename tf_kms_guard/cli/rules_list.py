"""``tf-kms-guard rules``: the rules there are, as text and JSON (``docs/schema/rules-1.json``)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tf_kms_guard import __version__
from tf_kms_guard.cli.inventory_lines import Lines
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.forms import nearest
from tf_kms_guard.reports.lines import encodable
from tf_kms_guard.reports.words import counted
from tf_kms_guard.rules import engine as _registers_the_rules  # noqa: F401
from tf_kms_guard.rules.catalogue import GROUPS_OF_RULES, RULES, Rule, group_of
from tf_kms_guard.rules.finding import Severity

SCHEMA_VERSION: Final = 1
_FORMATS: Final = ("text", "json")


def rules_command(
    words: Sequence[str], groups: Sequence[str], severities: Sequence[str], gates: Sequence[str], format: str
) -> None:
    """Write the rules that are asked for.

    Raises:
        UsageError: an option makes no sense.
    """
    titles = {name: title for name, title in GROUPS_OF_RULES.items() if any(group_of(id_) == name for id_ in RULES)}
    _refuse("--format", [format], _FORMATS)
    _refuse("--group", [group.upper() for group in groups], titles)
    _refuse("--severity", severities, [severity.value for severity in Severity])
    _refuse("--gate", gates, {entry.info.gate for entry in RULES.values() if entry.info.gate is not None})
    chosen = [
        entry
        for entry in _in_order(titles)
        if (not groups or group_of(entry.info.id) in {group.upper() for group in groups})
        and (not severities or entry.info.severity.value in severities)
        and (not gates or entry.info.gate in gates)
        and all(_says(entry, word) for word in words)
    ]
    if format == "json":
        sys.stdout.write(json.dumps(_data(chosen, titles), indent=2, ensure_ascii=True) + "\n")
    else:
        sys.stdout.write(encodable(_text(chosen, titles), sys.stdout))


def _in_order(titles: Iterable[str]) -> list[Rule]:
    order = list(titles)
    return sorted(RULES.values(), key=lambda entry: (order.index(group_of(entry.info.id)), entry.info.id))


def _refuse(option: str, values: Iterable[str], there: Iterable[str]) -> None:
    known = list(there)
    for value in values:
        if value not in known:
            near = nearest(value, known)
            hint = f"did you mean {near}?" if near is not None else f"choose from {', '.join(sorted(known))}"
            raise UsageError(f"{option} {value}: there is none; {hint}")


def _says(entry: Rule, word: str) -> bool:
    info = entry.info
    return word.lower() in " ".join((info.id, info.name, info.summary, info.gate or "")).lower()


def _data(chosen: Iterable[Rule], titles: dict[str, str]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tf-kms-guard", "version": __version__},
        "rules": [
            {
                "id": entry.info.id,
                "name": entry.info.name,
                "group": group_of(entry.info.id),
                "group_title": titles[group_of(entry.info.id)],
                "severity": entry.info.severity.value,
                "gate": entry.info.gate,
                "summary": entry.info.summary,
                "source": entry.info.source,
            }
            for entry in chosen
        ],
    }


def _text(chosen: Sequence[Rule], titles: dict[str, str]) -> str:
    out = Lines()
    for group, title in titles.items():
        members = [entry for entry in chosen if group_of(entry.info.id) == group]
        if not members:
            continue
        out.blank()
        out.line(0, f"{group}: {title}" if title else group)
        for entry in members:
            gate = "" if entry.info.gate is None else f", gate {entry.info.gate}"
            out.field(1, entry.info.id, f"{entry.info.name} ({entry.info.severity.value}{gate})")
            out.field(1, "", entry.info.summary)
    out.blank()
    out.line(0, f"{counted(len(chosen), 'rule')}. More of one: tf-kms-guard explain ID")
    return out.text()
