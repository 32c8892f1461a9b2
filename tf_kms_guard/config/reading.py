"""Reading a configuration file: what it says, checked against the schema, as a :class:`Config`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.config.errors import ConfigError
from tf_kms_guard.config.forms import nearest
from tf_kms_guard.config.kinds import Surroundings
from tf_kms_guard.config.model import Config
from tf_kms_guard.config.schema import (
    ACCOUNT,
    ARGUMENTS,
    BLOCKS,
    EXTERNAL_BUCKET,
    EXTERNAL_KEY,
    EXTERNAL_ROLE,
    RULE,
    Argument,
    BlockType,
)
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.files import LARGEST_SOURCE, Unreadable, display_path, read_bytes, repository_root
from tf_kms_guard.terraform.syntax import parse_file
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Literal
from tf_kms_guard.values.span import Span


class Vocabulary(Struct, frozen=True):
    """The names that other packages give: ``rules`` maps ids and names to ids, ``formats`` are those of reports.

    ``without_severity``: the ids of rules that have no findings, but list what is undetermined.
    """

    rules: Mapping[str, str]
    formats: tuple[str, ...]
    without_severity: frozenset[str] = frozenset()


def read_config(path: Path, vocabulary: Vocabulary, *, named: bool = False) -> Config:
    """What a configuration file says. ``named``: the user named it; else it has to lie in the repository.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    shown = display_path(path)
    repository = repository_root(path.parent)
    try:
        data = read_bytes(path, LARGEST_SOURCE, None if named else repository)
    except Unreadable as error:
        raise ConfigError(f"cannot read this file: {error}", shown) from error
    parsed = parse_file(shown, data)
    for diagnostic in parsed.diagnostics:
        raise ConfigError(diagnostic.message, diagnostic.span or shown)
    try:
        blocks = [top.block() for top in parsed.blocks]
    except EvaluationError as error:
        raise ConfigError(error.message, error.span or shown) from error
    around = Surroundings(path.parent, repository, {}, vocabulary.rules, vocabulary.formats)
    said = _arguments(parsed.attributes, ARGUMENTS, "the file", around)
    _known_blocks(blocks)
    for block_type in BLOCKS:
        records = _records(block_type, [block for block in blocks if block.type == block_type.name], around)
        said[block_type.field] = tuple(records)
        if block_type is ACCOUNT:
            _one_name_each(records)
            around = replace(around, accounts={record.name: record.id for record in records})
    for rule in said[RULE.field]:
        if rule.enabled and rule.severity is None:
            raise ConfigError(f"rule {rule.rule} says nothing: add enabled = false, or a severity", rule.span)
        if rule.severity is not None and rule.rule in vocabulary.without_severity:
            raise ConfigError(
                f"{rule.rule} has no severity: switch it off with enabled = false, or leave it", rule.span
            )
    _one_block_each(said)
    return Config(shown, path.parent, **said)


def _known_blocks(blocks: Iterable[Block]) -> None:
    for block in blocks:
        _known(block.type, block.header, [one.name for one in BLOCKS], [one.name for one in ARGUMENTS], "block", "file")


def _known(word: str, place: Span, there: Sequence[str], others: Sequence[str], what: str, where: str) -> None:
    """Refuse a name that does not exist; ``others`` are names that exist in the other syntactic form."""
    if word in there:
        return
    if word in others:
        form = f"{word} = …" if what == "block" else f'{word} "…" {{ … }}'
        raise ConfigError(f"{word} is no {what}: write {form}", place)
    near = nearest(word, there)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(there)}"
    raise ConfigError(
        f"there is no {what} {word} in {where if what == 'argument' else 'a configuration'}: {hint}", place
    )


def _arguments(
    attributes: Mapping[str, Attribute], arguments: Sequence[Argument], where: str, around: Surroundings
) -> dict[str, Any]:
    """The values of arguments by name; those that are null are as if they were not there."""
    there = {argument.name: argument for argument in arguments}
    blocks = [block.name for block in BLOCKS] if arguments is ARGUMENTS else []
    said: dict[str, Any] = {}
    for name, attribute in attributes.items():
        _known(name, attribute.name_span, list(there), blocks, "argument", where)
        if isinstance(attribute.expression, Literal) and attribute.expression.value is None:
            continue
        try:
            said[name] = there[name].kind.read(attribute.expression, around)
        except ConfigError as error:
            raise error.within(name) from None
    return said


def _records(block_type: BlockType, blocks: Sequence[Block], around: Surroundings) -> list[Any]:
    records: list[Any] = []
    labels: dict[str, Span] = {}
    for block in blocks:
        form = f'{block_type.name} "{block_type.label_name}" {{ … }}'
        if len(block.labels) != 1:
            raise ConfigError(f"a block of type {block_type.name} has one label: write {form}", block.header)
        for inner in block.body.blocks:
            raise ConfigError(f"there are no blocks in {block_type.name}: write {inner.type} = …", inner.header)
        label = block_type.label.read(Literal(block.labels[0], block.header), around)
        if block_type.unique and label in labels:
            raise ConfigError(
                f'{block_type.name} "{label}" is there twice, first in line {labels[label].line}: make them one',
                block.header,
            )
        labels.setdefault(label, block.header)
        said = _arguments(block.body.attributes, block_type.arguments, f"{block_type.name} blocks", around)
        for argument in block_type.arguments:
            if argument.required and argument.name not in said:
                words = f'{block_type.name} "{label}" has no {argument.name}: add {argument.name} = {argument.example}'
                raise ConfigError(words, block.header)
        if "places" in block_type.record.__struct_fields__:
            said["places"] = {name: attribute.span for name, attribute in block.body.attributes.items()}
        records.append(block_type.record(label, block.header, **said))
    return records


def _one_block_each(said: Mapping[str, Any]) -> None:
    """What is outside is described once."""
    for block_type in (EXTERNAL_KEY, EXTERNAL_BUCKET, EXTERNAL_ROLE):
        arns: dict[str, Any] = {}
        for record in said[block_type.field]:
            first = arns.setdefault(record.arn, record)
            if first is not record:
                raise ConfigError(
                    f'{block_type.name} "{record.name}" has the ARN of "{first.name}" in line {first.span.line}: '
                    "make them one",
                    record.places["arn"],
                )


def _one_name_each(accounts: Iterable[Any]) -> None:
    names: dict[str, str] = {}
    for account in accounts:
        if account.name[:1].isdigit():
            raise ConfigError(f'"{account.name}" begins with a digit, as ids do: give it another name', account.span)
        if names.setdefault(account.id, account.name) != account.name:
            raise ConfigError(
                f'account {account.id} has two names, "{names[account.id]}" and "{account.name}": keep one',
                account.span,
            )
