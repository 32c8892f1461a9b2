"""Doing by hand what a report asks for: taking the printed statement and putting it into the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FINDING = re.compile(r"^(?:error|warning|note)\[(\w+)\]: ", re.MULTILINE)
_HELP = re.compile(r"^ += help: +", re.MULTILINE)


class NotPasted(Exception):
    """The policy is written in a way that this reader of reports does not know its way about."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a report for people prints as the help of one finding: the words, and the statements in order."""

    rule: str
    words: str
    statements: tuple[str, ...]


def printed(report: str) -> list[Printed]:
    """The help of every finding of a report for people, in order."""
    heads = list(_FINDING.finditer(report))
    ends = [*(head.start() for head in heads[1:]), len(report)]
    return [_help_of(head[1], report[head.start() : end]) for head, end in zip(heads, ends, strict=True)]


def _help_of(rule: str, block: str) -> Printed:
    head = _HELP.search(block)
    assert head is not None, block
    indent = " " * len(head.group())
    first, *rest = block[head.end() :].split("\n")
    lines = [first]
    for line in rest:
        if line and not line.startswith(indent):
            break
        lines.append(line.removeprefix(indent))
    words, _, statements = "\n".join(lines).partition("\n\n")
    parts = re.split(r"\n\nor as \w+:\n\n", statements.strip()) if statements.strip() else []
    return Printed(rule, " ".join(words.split()), tuple(parts))


def paste(directory: Path, finding: dict[str, Any], statement: str) -> None:
    """Put a printed statement into the policy that a finding is about.

    ``finding`` is of a report in JSON whose paths are relative to ``directory``.

    Raises:
        NotPasted: the place cannot be found.
    """
    location = finding["location"]
    file, line = directory / location["file"], location["line"]
    text = file.read_text(encoding="utf-8")
    code = text.split("\n")[line - 1].strip()
    if finding["gate"].startswith("identity"):
        _paste_for_identity(directory, finding["resource"], statement)
    elif re.match(r"policy\b", code):
        _into_policy(directory, file, _offset(text, line), statement)
    elif code.startswith(("{", "statement {")):
        start = _offset(text, line) + len(text.split("\n")[line - 1]) - len(text.split("\n")[line - 1].lstrip())
        separator = "\n" if code.startswith("statement") else ",\n"
        _insert(file, start, statement + separator)
    elif code.startswith('resource "aws_kms_key"'):
        _new_key_policy(file, line, statement)
    elif code.startswith('resource "aws_s3_bucket"'):
        _new_bucket_policy(file, code, statement)
    else:
        raise NotPasted(code)


def _paste_for_identity(directory: Path, address: str, statement: str) -> None:
    """Into the first policy of the role or user that is written in the directory."""
    owner = re.escape(address)
    for file, start, block in _blocks(directory, r'resource "aws_iam_(?:role|user)_policy" "\w+"'):
        if re.search(rf"\b(?:role|user)\s*=\s*{owner}\b", block):
            return _into_policy(directory, file, start + _policy_argument(block), statement)
    for _, _, block in _blocks(directory, r'resource "aws_iam_(?:role|user)_policy_attachment" "\w+"'):
        attached = re.search(r"policy_arn\s*=\s*aws_iam_policy\.(\w+)\.arn", block)
        if attached is not None and re.search(rf"\b(?:role|user)\s*=\s*{owner}\b", block):
            for file, start, policy in _blocks(directory, rf'resource "aws_iam_policy" "{attached[1]}"'):
                return _into_policy(directory, file, start + _policy_argument(policy), statement)
    return _new_identity_policy(directory, address, statement)


def _policy_argument(block: str) -> int:
    found = re.search(r"^ *policy\s*=", block, re.MULTILINE)
    if found is None:
        raise NotPasted(block)
    return found.start()


def _into_policy(directory: Path, file: Path, offset: int, statement: str) -> None:
    """As the first statement of the policy whose argument begins at ``offset``."""
    text = file.read_text(encoding="utf-8")
    expression = text[offset:].split("\n", 1)[0].partition("=")[2].strip()
    document = re.fullmatch(r"data\.aws_iam_policy_document\.(\w+)\.json", expression)
    if document is not None:
        for place, start, block in _blocks(directory, rf'data "aws_iam_policy_document" "{document[1]}"'):
            _insert(place, start + len(block) - 1, "\n" + _indent(statement, 2) + "\n")
            return
        raise NotPasted(expression)
    if expression.startswith("jsonencode("):
        opening = re.compile(r"Statement\s*=\s*([\[{])")
    elif expression.startswith("<<"):
        opening = re.compile(r'"Statement"\s*:\s*([\[{])')
    else:
        raise NotPasted(expression)
    found = opening.search(text, offset)
    if found is None:
        raise NotPasted(expression)
    if found[1] == "{":  # one statement stands there without a list
        _insert(file, _closing(text, found.start(1)) + 1, "]")
        _insert(file, found.start(1), "[\n" + _indent(statement, 6) + ",\n")
    else:
        _insert(file, found.end(), "\n" + _indent(statement, 6) + ",")


def _closing(text: str, opening: int) -> int:
    """The offset of the brace that closes the one at ``opening``."""
    depth = 0
    for found in re.compile(r"[{}]").finditer(text, opening):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.start()
    raise NotPasted(text[opening:])


def _new_key_policy(file: Path, line: int, statement: str) -> None:
    """A key policy for a key that has none: the statement of its own account, and the printed one."""
    own = 'Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*"'
    policy = _document(f'{{ Effect = "Allow", {own} }}', statement)
    text = file.read_text(encoding="utf-8")
    body = text.index("{", _offset(text, line)) + 1
    end = _closing(text, body - 1)
    rest = re.sub(r"^  policy *=[^\n]*\n", "", text[body:end], flags=re.MULTILINE)  # a policy that is null
    file.write_text(text[:body] + rest + text[end:], encoding="utf-8")
    _insert(file, body, f"\n  policy = {policy}\n")


def _new_bucket_policy(file: Path, header: str, statement: str) -> None:
    name = header.split('"')[3]
    _append(
        file,
        f'resource "aws_s3_bucket_policy" "pasted_{name}"',
        f"bucket = aws_s3_bucket.{name}.id\n  policy = {_document(statement)}",
    )


def _new_identity_policy(directory: Path, address: str, statement: str) -> None:
    type_, name = address.split(".")
    kind = type_.removeprefix("aws_iam_")
    for file, _, block in _blocks(directory, f'resource "{type_}" "{name}"'):
        provider = re.search(r"^  provider\s*=.*$", block, re.MULTILINE)
        _append(
            file,
            f'resource "{type_}_policy" "pasted_{name}"',
            f"{'' if provider is None else provider[0].strip()}\n  {kind} = {address}.name\n"
            f"  policy = {_document(statement)}",
        )
        return
    raise NotPasted(address)


def _document(*statements: str) -> str:
    listed = "".join(f"{_indent(one, 4)},\n" for one in statements)
    return f'jsonencode({{\n  Version = "2012-10-17"\n  Statement = [\n{listed}  ]\n}})'


def _append(file: Path, header: str, body: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n{header} {{\n  {body}\n}}\n", encoding="utf-8")


def _blocks(directory: Path, header: str) -> Iterator[tuple[Path, int, str]]:
    """File, offset and text, up to the closing brace, of the blocks whose header matches."""
    for file in sorted(directory.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(rf"^{header} \{{.*?^\}}", text, re.MULTILINE | re.DOTALL):
            yield file, found.start(), found.group()


def _offset(text: str, line: int) -> int:
    return sum(len(one) + 1 for one in text.split("\n")[: line - 1])


def _insert(file: Path, offset: int, addition: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text[:offset] + addition + text[offset:], encoding="utf-8")


def _indent(text: str, width: int) -> str:
    return "\n".join(" " * width + line if line else "" for line in text.split("\n"))
