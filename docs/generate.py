"""Write the pages below ``docs/rules/`` from the rules, their examples and the texts in ``docs/rules_text/``, and
``docs/functions.md`` from the functions and how often they agree with Terraform, and ``docs/configuration.md`` from the
schema of the configuration, the rules as checkov's bridge has them, and ``docs/schema/facts-1.json`` from the records
that facts are read into.

``make docs`` writes them; ``python docs/generate.py --check`` writes nothing and ends with 1 if one is stale.
The pages are made of what is tested: the rule's own docstring and metadata, and the example modules in
``tests/rules/<ID>/`` with their expected findings. Written by hand is ``docs/rules_text/<ID>.md`` alone.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from configuration_page import configuration_page
from facts_schema import facts_schema
from function_table import functions_page

from tf_kms_guard.messages.meanings import MEANINGS, Meaning
from tf_kms_guard.pages import CHECKOV, rule_page
from tf_kms_guard.rules import engine as _registers_the_rules  # noqa: F401
from tf_kms_guard.rules.catalogue import GROUPS_OF_RULES, RULES, Rule, group_of

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = ROOT / "docs" / "rules"
TEXTS: Final = ROOT / "docs" / "rules_text"
EXAMPLES: Final = ROOT / "tests" / "rules"
FUNCTIONS: Final = ROOT / "docs" / "functions.md"
CONFIGURATION: Final = ROOT / "docs" / "configuration.md"
BRIDGE: Final = ROOT / "tf_kms_guard" / "bridges" / "checkov_checks" / "tfkms_rules.py"
FACTS: Final = ROOT / "docs" / "schema" / "facts-1.json"
AGREEMENT: Final = ROOT / "tests" / "terraform" / "functions" / "agreement.json"

_NOTE: Final = "<!-- Written by `make docs` from the rule, its examples and docs/rules_text/. -->\n"
_LANGUAGES: Final = {".tf": "hcl", ".tofu": "hcl", ".tfvars": "hcl", ".json": "json"}
_SHORT_WORDS: Final = {"arn": "ARN", "id": "ID", "kms": "KMS", "s3": "S3", "sse": "SSE"}
_SEVERITIES: Final = ("error", "warning", "note")


class Incomplete(Exception):
    """Something that a page needs is missing; the message names it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a rule: a root module, or one before and after a change."""

    directory: Path
    expected: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether the rule must leave it alone."""
        return self.directory.name.startswith("good-")

    @property
    def title(self) -> str:
        """Its folder's name as words."""
        words = [_SHORT_WORDS.get(word, word) for word in self.directory.name.split("-")[1:]]
        return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])

    @property
    def files(self) -> list[Path]:
        """What it consists of, what is before a change first, and of that ``main.tf``."""
        found = [path for path in self.directory.rglob("*") if path.is_file() and path.name != "expected.json"]
        return sorted(found, key=lambda path: (path.parent.name == "after", path.name != "main.tf", path.as_posix()))


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them with what is there; the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    try:
        wanted = pages()
    except Incomplete as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    there = {
        path: path.read_text(encoding="utf-8")
        for path in [*PAGES.glob("*.md"), FUNCTIONS, CONFIGURATION, BRIDGE, FACTS]
        if path.is_file()
    }
    stale = sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))
    if arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT).as_posix()} is stale: run make docs", file=sys.stderr)
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    print(f"docs: {len(wanted)} pages, {len(stale)} of them changed")
    return 0


def pages() -> dict[Path, str]:
    """Every page by its path.

    Raises:
        Incomplete: a rule has no text, no docstring or no examples.
    """
    found = {f"{id_}.md": page(entry) for id_, entry in RULES.items()}
    orphans = sorted(path.name for path in TEXTS.glob("*.md") if path.name not in found)
    if orphans:
        raise Incomplete(f"docs/rules_text/{orphans[0]} belongs to no rule")
    rules = {PAGES / name: text for name, text in {**found, "README.md": index()}.items()}
    agreement = json.loads(AGREEMENT.read_text(encoding="utf-8"))
    written = {FUNCTIONS: functions_page(agreement), CONFIGURATION: configuration_page(), BRIDGE: bridge_rules()}
    return {**rules, **written, FACTS: facts_schema()}


def page(entry: Rule) -> str:
    """The page of one rule."""
    info = entry.info
    sections = text_sections(info.id)
    examples = examples_of(info.id)
    facts = [
        ("severity", " or ".join(severities(entry, examples))),
        ("gate", "any" if info.gate is None else f"`{info.gate}`"),
        ("source", info.source),
    ]
    own_place = ("Related rules", "Sources")
    parts = [
        _NOTE,
        f"# {info.id}: {info.name}\n",
        f"{info.summary}.\n",
        "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in facts),
        "Which gates there are is told in the [README](../../README.md#the-gates), and all rules are in the "
        "[index](README.md).\n",
        f"## What it finds\n\n{docstring(entry)}\n",
        *(f"## {title}\n\n{body}\n" for title, body in sections.items() if title not in own_place),
        "## Bad examples: what it reports\n",
        *(shown(example) for example in examples if not example.is_good),
        "## Good examples: what it leaves alone\n",
        *(shown(example) for example in examples if example.is_good),
        f"## How to suppress it\n\n{suppression(entry)}\n",
        f"## Related rules\n\n{sections['Related rules']}\n",
        f"## Sources\n\n{sections['Sources']}\n",
    ]
    return "\n".join(parts)


def index() -> str:
    """The page that lists all rules by group."""
    parts = [
        _NOTE,
        "# The rules\n",
        "One page a rule: what it finds, why AWS denies the request, and example modules. The examples are "
        "the tests of the rule, so each of them is known to give what its page says.\n",
    ]
    for group, title in GROUPS_OF_RULES.items():
        rows = [row(RULES[id_]) for id_ in sorted(RULES) if group_of(id_) == group]
        if rows:
            parts.append(f"## {group}: {title}\n")
            parts.append("| rule | name | severity | what it finds |\n|---|---|---|---|\n" + "".join(rows))
    return "\n".join([*parts, *seen()])


def seen() -> Iterator[str]:
    """The table that leads from an error message to rules: what ``diagnose`` knows."""
    yield "## What you saw, and which rules find out why\n"
    yield (
        "`tf-kms-guard diagnose 'MESSAGE'` reads these messages in whatever form they come, and with code at hand "
        "shows every closed gate. AWS names one reason only, so other gates may be closed besides.\n"
    )
    rows: dict[str, list[Meaning]] = {}
    for meaning in MEANINGS:
        rows.setdefault(f"{meaning.title}{meaning.gates}", []).append(meaning)
    lines = ["| what you saw | what it means | gate | rules |\n|---|---|---|---|\n"]
    for members in rows.values():
        first = members[0]
        saw = "<br>".join(dict.fromkeys(cell(meaning.saw) for meaning in members))
        gates = ", ".join(f"`{gate}`" for gate in first.gates) or (first.outside or "–")
        there = [rule for rule in first.rules if rule in RULES]
        lines.append(
            f"| {saw} | {cell(first.title)} | {gates} | {', '.join(f'[{id_}]({id_}.md)' for id_ in there) or '–'} |\n"
        )
    yield "".join(lines)


def cell(text: str) -> str:
    """A text as a cell of a table."""
    return re.sub(r"([|*<_])", r"\\\1", text)


def bridge_rules() -> str:
    """The rules as data for checkov's environment, into which the rest of the package cannot be imported."""
    rows = []
    for id_, entry in RULES.items():
        examples = examples_of(id_)
        level = severities(entry, examples)[0]
        if level in _SEVERITIES:  # one that is no finding is no check either
            fields = (id_, level, entry.info.gate, entry.info.summary, rule_page(id_))
            rows.append("    (\n" + "".join(f"        {_literal(field)},\n" for field in fields) + "    ),\n")
    return (
        '"""The rules, written by `make docs`: id, gravest severity, gate, what it finds, page."""\n\n'
        "from __future__ import annotations\n\n"
        f"PAGE = {_literal(CHECKOV)}\n\n"
        "RULES: list[tuple[str, str, str | None, str, str]] = [\n" + "".join(rows) + "]\n"
    )


def _literal(text: str | None) -> str:
    return "None" if text is None else json.dumps(text, ensure_ascii=False)


def row(entry: Rule) -> str:
    """A rule's line in the index."""
    info = entry.info
    levels = " or ".join(severities(entry, examples_of(info.id)))
    return f"| [{info.id}]({info.id}.md) | `{info.name}` | {levels} | {info.summary} |\n"


def severities(entry: Rule, examples: Sequence[Example]) -> list[str]:
    """The severities that a rule is known to give, by its examples; UN001 gives no finding at all."""
    findings = [finding for example in examples for finding in example.expected["findings"]]
    seen = {finding["severity"] for finding in findings if finding["rule"] == entry.info.id}
    if not seen:
        return ["none: listed as undetermined"]
    return [severity for severity in _SEVERITIES if severity in seen]


def docstring(entry: Rule) -> str:
    """What the rule's function says of itself.

    Raises:
        Incomplete: it says nothing.
    """
    text = inspect.getdoc(entry.check)
    if not text:
        raise Incomplete(f"the function of {entry.info.id} has no docstring")
    return plain(text)


def plain(text: str) -> str:
    """A docstring's mark-up as Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", re.sub(r":\w+:`([^`]+)`", r"`\1`", text))


def text_sections(id_: str) -> dict[str, str]:
    """The hand-written text of a rule, by heading.

    Raises:
        Incomplete: it is missing, or a section of it is.
    """
    path = TEXTS / f"{id_}.md"
    where = path.relative_to(ROOT).as_posix()
    if not path.is_file():
        raise Incomplete(f"{where} is missing: it says why AWS denies what {id_} finds")
    head, *blocks = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if head.strip():
        raise Incomplete(f"{where} has text before its first heading")
    sections = {}
    for block in blocks:
        title, _, body = block.partition("\n")
        sections[title.strip()] = body.strip()
    if not blocks or not blocks[0].startswith("Why "):
        raise Incomplete(f"{where} has to begin with a section that says why: ## Why …")
    for title in ("Related rules", "Sources"):
        if not sections.get(title):
            raise Incomplete(f"{where} has no section ## {title}")
    return sections


def examples_of(id_: str) -> list[Example]:
    """The examples of a rule in order of name.

    Raises:
        Incomplete: one of the two kinds is missing.
    """
    found = [
        Example(path.parent, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((EXAMPLES / id_).glob("*/expected.json"))
    ]
    if len({example.is_good for example in found}) < 2:
        raise Incomplete(f"tests/rules/{id_} needs a bad-* and a good-* example")
    return found


def shown(example: Example) -> str:
    """One example: caption, what is said of it, and its files."""
    files = example.files
    caption, main = split_caption(files[0].read_text(encoding="utf-8"))
    parts = [f"### {example.title}\n"]
    if caption:
        parts.append(f"{caption}\n")
    parts.append("".join(f"- {line}\n" for line in outcome(example)))
    for path in files:
        if len(files) > 1:
            parts.append(f"`{path.relative_to(example.directory).as_posix()}`\n")
        text = main if path == files[0] else path.read_text(encoding="utf-8")
        parts.append(fenced(text, _LANGUAGES.get(path.suffix, "")))
    return "\n".join(parts)


def split_caption(text: str) -> tuple[str, str]:
    """The comment at the top of a file, as Markdown, and what follows it."""
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    caption = "".join(line.lstrip("#").removeprefix(" ") for line in lines[:count]).strip()
    return re.sub(r"([*<\[\]])", r"\\\1", caption), "".join(lines[count:]).lstrip("\n")


def outcome(example: Example) -> Iterator[str]:
    """What tf-kms-guard says of an example, one line each."""
    for finding in example.expected["findings"]:
        lines = (example.directory / finding["file"]).read_text(encoding="utf-8").splitlines()
        place = lines[finding["line"] - 1].strip()
        what = f"{finding['severity']} {finding['rule']}"
        whom = "" if finding["principal"] is None else f" for `{finding['principal']}`"
        how_sure = "" if finding["confidence"] == "high" else f", {finding['confidence']} confidence"
        yield f"{what}{whom} at `{place}` (`{finding['resource']}`){how_sure}"
    for entry in example.expected["undetermined"]:
        yield f"undetermined: the gate `{entry['gate']}` for `{entry['principal']}`"
    if not example.expected["findings"] and not example.expected["undetermined"]:
        yield "nothing is reported"


def fenced(text: str, language: str) -> str:
    """A code block, with a fence that the text does not contain."""
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def suppression(entry: Rule) -> str:
    """How to turn a rule off."""
    info = entry.info
    return (
        "For one run, by id or by name:\n\n"
        f"```console\n$ tf-kms-guard check --ignore {info.id}\n$ tf-kms-guard check --ignore {info.name}\n```\n\n"
        f"At one place, with a reason, on the line above a block or statement ([suppressions](../suppressions.md)):\n\n"
        f"```hcl\n# tf-kms-guard:ignore={info.id} until=2027-01-31 the reason, in words\n```\n\n"
        "For every run, or for some paths, in the [configuration](../configuration.md):\n\n"
        f'```hcl\nrule "{info.id}" {{\n  enabled = false\n  paths   = ["legacy/**"]\n  reason  = "…"\n}}\n```'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
