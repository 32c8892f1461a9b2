"""``tf-kms-guard explain``: a rule's page in the terminal, or as plain text in a pipe."""

from __future__ import annotations

import os
import sys

from tf_kms_guard.cli.page_text import page_text
from tf_kms_guard.cli.pages import page_of, prepared
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.forms import nearest
from tf_kms_guard.reports.lines import encodable
from tf_kms_guard.rules import engine as _registers_the_rules  # noqa: F401
from tf_kms_guard.rules.catalogue import RULES, Rule

_WIDTH = 80


def explain_command(name: str) -> None:
    """Write the page of a rule.

    Raises:
        UsageError: there is no such rule, or no page of it.
    """
    page = page_of(rule_named(name).info.id)
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        sys.stdout.write(encodable(page_text(page), sys.stdout))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=min(_WIDTH, Console().width), highlight=False)
    console.print(Markdown(prepared(page), hyperlinks=False))


def rule_named(name: str) -> Rule:
    """A rule by its id or name, in any case.

    Raises:
        UsageError: there is none; the message says which are near.
    """
    wanted = name.strip().lower()
    there = {word.lower(): entry for entry in RULES.values() for word in (entry.info.id, entry.info.name)}
    if wanted in there:
        return there[wanted]
    near = nearest(name, [word for entry in RULES.values() for word in (entry.info.id, entry.info.name)])
    words = [f"{there[near.lower()].info.id} ({there[near.lower()].info.name})"] if near is not None else []
    words += [f"{e.info.id} ({e.info.name})" for e in RULES.values() if len(wanted) > 2 and wanted in e.info.name]
    unique = list(dict.fromkeys(words))[:4]
    hint = f"did you mean {' or '.join(unique)}?" if unique else "tf-kms-guard rules lists them"
    raise UsageError(f"there is no rule {name!r}; {hint}")
