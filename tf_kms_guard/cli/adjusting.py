"""Findings as the user wants to see them: which are left out, how severe they are, and the names of accounts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.cli.configured import Wishes
from tf_kms_guard.config.patterns import is_below, relative
from tf_kms_guard.rules.catalogue import UNDETERMINED
from tf_kms_guard.rules.engine import in_order
from tf_kms_guard.rules.finding import Confidence, Finding, Severity, Undetermined, WorkspaceShown
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.config.model import Config, RuleSettings

_T = TypeVar("_T")

_ACCOUNT: Final = re.compile(r'(?<![\w:/.="-])\d{12}(?![\w/="-]|[.:]\w)')
"""An account id that stands by itself: not in an ARN, a name or something quoted."""


class Adjusting(Struct, frozen=True):
    """Adjusts what was found in the workspaces of one estate.

    ``configs``: by the name of a workspace, its configuration and its path. ``names``: of accounts by id.
    """

    configs: Mapping[str, tuple[Config | None, Path]]
    wishes: Wishes
    names: Mapping[str, str]

    def findings(self, findings: Sequence[Finding]) -> tuple[list[Finding], int]:
        """The findings that are left, and how many are not."""
        kept = [one for finding in findings if (one := self._kept(finding)) is not None]
        return in_order(kept), len(findings) - len(kept)

    def undetermined(self, entries: Sequence[Undetermined]) -> list[Undetermined]:
        """What is undetermined, where that is to be told."""
        return [
            self._named(entry, ("because", "settle"))
            for entry in entries
            if (settings := self._settings(UNDETERMINED, UNDETERMINED, entry.workspace, entry.location)) is None
            or settings.enabled
        ]

    def workspaces(self, shown: Sequence[WorkspaceShown]) -> list[WorkspaceShown]:
        """The workspaces, with the names of their accounts."""
        return [
            replace(one, accounts={name: (id_, self._text(words)) for name, (id_, words) in one.accounts.items()})
            for one in shown
        ]

    def _kept(self, finding: Finding) -> Finding | None:
        config = self.configs[finding.workspace][0]
        settings = self._settings(finding.rule.id, finding.rule.name, finding.workspace, finding.location)
        if settings is not None:
            if not settings.enabled:
                return None
            if settings.severity is not None and settings.severity != finding.severity.value:
                reason = "" if settings.reason is None else f": {' '.join(settings.reason.split())}"
                place = f"{settings.span.file}:{settings.span.line}"
                why = (*finding.why, f"severity {settings.severity} by {place}{reason}")
                finding = replace(finding, severity=Severity(settings.severity), why=why)
        said = config.min_severity if config is not None else None
        least = self.wishes.min_severity or (None if said is None else Severity(said))
        if least is not None and finding.severity.rank > least.rank:
            return None
        said = config.min_confidence if config is not None else None
        sure = self.wishes.min_confidence or (None if said is None else Confidence(said))
        if sure is not None and finding.confidence.rank > sure.rank:
            return None
        return self._with_names(finding)

    def _settings(self, id_: str, name: str, workspace: str, location: Span | None) -> RuleSettings | None:
        """The last block that is about a rule, a workspace and a place, and that no ``--select`` outranks."""
        config, path = self.configs[workspace]
        if config is None:
            return None
        found: RuleSettings | None = None
        for block in config.rules:
            if block.rule == id_ and (not block.paths or _is_there(block.paths, config.directory, path, location)):
                found = block
        if found is not None and not found.enabled and {id_, name} & set(self.wishes.select):
            return replace(found, enabled=True)
        return found

    # ---- names of accounts

    def _with_names(self, finding: Finding) -> Finding:
        if not self.names:
            return finding
        return replace(
            self._named(finding, ("message", "label", "nearest")),
            why=tuple(map(self._text, finding.why)),
            related=tuple(self._named(one, ("message",)) for one in finding.related),
            fix=None if finding.fix is None else self._named(finding.fix, ("summary", "where")),
        )

    def _named(self, record: _T, fields: Sequence[str]) -> _T:
        if not self.names:
            return record
        texts = {name: getattr(record, name) for name in fields}
        return replace(record, **{name: self._text(text) for name, text in texts.items() if text is not None})  # type: ignore[type-var]

    def _text(self, text: str) -> str:
        """``text`` with the name of each account beside its id."""
        names = self.names
        return _ACCOUNT.sub(lambda id_: f'{id_[0]} "{names[id_[0]]}"' if id_[0] in names else id_[0], text)


def adjusting(configs: Mapping[str, tuple[Config | None, Path]], wishes: Wishes) -> Adjusting:
    """What adjusts the findings of workspaces with these configurations; of two names the first counts."""
    names: dict[str, str] = {}
    for config, _ in configs.values():
        for account in () if config is None else config.accounts:
            names.setdefault(account.id, account.name)
    return Adjusting(configs, wishes, names)


def _is_there(patterns: Sequence[str], directory: Path, workspace: Path, location: Span | None) -> bool:
    places = [workspace] if location is None else [workspace, Path(location.file)]
    found = (_relative(os.path.abspath(place), directory) for place in places)
    return any(place is not None and is_below(place, patterns) for place in found)


@lru_cache(maxsize=4096)
def _relative(path: str, directory: Path) -> str | None:
    return relative(Path(path), directory)
