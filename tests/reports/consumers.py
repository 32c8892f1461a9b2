"""Reading each format as its consumer does, with a parser that is not ours wherever there is one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from lxml import etree, html
from markdown_it import MarkdownIt

SCHEMAS = Path(__file__).parents[1] / "schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


SARIF = validator("sarif-2.1.0.json")
GITLAB = validator("gitlab-code-quality.json")
JUNIT = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))
CHECKSTYLE = etree.XMLSchema(etree.parse(SCHEMAS / "checkstyle.xsd"))


def sarif(text: str) -> Any:
    log = json.loads(text)
    SARIF.validate(log)
    return log


def gitlab(text: str) -> Any:
    issues = json.loads(text)
    GITLAB.validate(issues)
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    return issues


def junit(text: str) -> etree._Element:
    return _xml(text, JUNIT)


def checkstyle(text: str) -> etree._Element:
    return _xml(text, CHECKSTYLE)


def _xml(text: str, schema: etree.XMLSchema) -> etree._Element:
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    schema.assertValid(root)
    return root


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command as GitHub's runner understands it."""

    name: str
    properties: dict[str, str]
    message: str


_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def commands(log: str) -> list[Command]:
    """The commands in a step's log: a line is one if it begins with ``::``, up to the next ``::``.

    As the runner's ``ActionCommand.TryParseV2`` does it: it unescapes in this order, ``%25`` last.
    """
    found = []
    for line in log.splitlines():
        assert line.startswith("::"), line
        head, separator, data = line[2:].partition("::")
        assert separator
        name, _, written = head.partition(" ")
        properties = dict(one.split("=", 1) for one in written.split(",") if one)
        unescaped = {key: _unescaped(value, _PROPERTY) for key, value in properties.items()}
        found.append(Command(name, unescaped, _unescaped(data, _DATA)))
    return found


def _unescaped(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for escape, character in pairs:
        text = text.replace(escape, character)
    return text


def page(text: str) -> html.HtmlElement:
    """The page that Markdown becomes, with raw HTML, tables and bare links as on GitHub."""
    rendered = MarkdownIt("gfm-like", {"html": True}).render(text)
    return html.document_fromstring(f"<!DOCTYPE html><html><body>{rendered}</body></html>").body


def read(name: str, text: str) -> Any:
    """What is in a report, in the consumer's terms."""
    parsers = {
        "text": lambda text: None,
        "json": json.loads,
        "sarif": sarif,
        "gitlab": gitlab,
        "junit": junit,
        "checkstyle": checkstyle,
        "csv": rows,
        "github": commands,
        "markdown": page,
    }
    return parsers[name](text)


def strings(of: Any) -> Iterator[str]:
    """All text in what was read."""
    if isinstance(of, str):
        yield of
    elif isinstance(of, dict):
        yield from strings([*of.keys(), *of.values()])
    elif isinstance(of, list):
        for one in of:
            yield from strings(one)
    elif isinstance(of, Command):
        yield from strings([of.message, of.properties])
    elif isinstance(of, etree._Element):
        for element in of.iter():
            yield from strings([element.text or "", element.tail or "", *element.attrib.values()])
        if isinstance(of, html.HtmlElement):
            yield " ".join(of.text_content().split())


def shape(of: Any) -> Any:
    """What was read without its texts: two reports that differ in texts alone have one shape."""
    if isinstance(of, dict):
        # Addresses and names of providers are keys.
        return [shape(value) for value in of.values()]
    if isinstance(of, list):
        return [shape(one) for one in of]
    if isinstance(of, Command):
        return (of.name, sorted(of.properties), of.message.count("\n"))
    if isinstance(of, html.HtmlElement):
        # Words are written as they are and everything else as code.
        return [(element.tag, sorted(element.attrib.items())) for element in of.iter() if element.tag != "code"]
    if isinstance(of, etree._Element):
        return [(element.tag, sorted(element.attrib)) for element in of.iter()]
    return type(of).__name__
