"""The kinds of values that arguments take: how each is checked, and its words for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tf_kms_guard.config.errors import ConfigError
from tf_kms_guard.config.forms import is_account_id, is_region, is_workspace_name, nearest
from tf_kms_guard.config.literals import literal
from tf_kms_guard.config.patterns import malformed
from tf_kms_guard.terraform.syntax.nodes import Expression, ObjectItems, TupleItems
from tf_kms_guard.values.span import Span


class Surroundings(Struct, frozen=True):
    """What values are checked against.

    ``directory`` is that of the file, ``repository`` what paths may not lead out of. ``accounts``: ids by name.
    ``rules``: ids by id and by name. ``formats``: those of reports.
    """

    directory: Path
    repository: Path
    accounts: Mapping[str, str]
    rules: Mapping[str, str]
    formats: tuple[str, ...]


Check = Callable[[str, Span, Surroundings], Any]


class Kind(Struct, frozen=True):
    """A kind of value: its words, and the function that checks and gives it.

    The function raises :class:`ConfigError` for a value that is none.
    """

    words: str
    read: Callable[[Expression, Surroundings], Any]


def _text(expression: Expression) -> str:
    value = literal(expression)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError('expected a text in quotes: write "…"', expression.span)
    return value


def _truth(expression: Expression, _: Surroundings) -> bool:
    value = literal(expression)
    if not isinstance(value, bool):
        raise ConfigError("expected true or false, without quotes", expression.span)
    return value


def _one(words: str, check: Check) -> Kind:
    return Kind(words, lambda expression, around: check(_text(expression), expression.span, around))


def _list(words: str, check: Check) -> Kind:
    def read(expression: Expression, around: Surroundings) -> tuple[Any, ...]:
        if not isinstance(expression, TupleItems):
            literal(expression)
            raise ConfigError('expected a list: write ["…"]', expression.span)
        return tuple(check(_text(item), item.span, around) for item in expression.items)

    return Kind(words, read)


def _map(words: str, key: Check, value: Callable[[Expression, Surroundings], Any]) -> Kind:
    def read(expression: Expression, around: Surroundings) -> dict[str, Any]:
        if not isinstance(expression, ObjectItems):
            literal(expression)
            raise ConfigError('expected an object: write { "…" = … }', expression.span)
        names = literal(expression)
        assert isinstance(names, dict)
        return {
            key(name, item[0].span, around): value(item[1], around)
            for name, item in zip(names, expression.items, strict=True)
        }

    return Kind(words, read)


def _any_text(text: str, _: Span, __: Surroundings) -> str:
    return text


def _account_id(text: str, span: Span, _: Surroundings) -> str:
    if not is_account_id(text):
        digits = f"{len(text)} digits" if text.isdigit() else "not"
        raise ConfigError(f'an account id has 12 digits, "{text}" has {digits}', span)
    return text


def _account(text: str, span: Span, around: Surroundings) -> str:
    if text in around.accounts:
        return around.accounts[text]
    if not text[:1].isdigit():
        near = nearest(text, around.accounts)
        hint = f"did you mean {near}?" if near else f'write account "{text}" {{ id = "…" }}'
        raise ConfigError(f'no account block is named "{text}": {hint}', span)
    _account_id(text, span, around)
    return text


def _region(text: str, span: Span, _: Surroundings) -> str:
    if not is_region(text):
        raise ConfigError(f'"{text}" is no Region: write it like eu-west-1', span)
    return text


def _provider(text: str, span: Span, _: Surroundings) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)?", text):
        raise ConfigError(f'"{text}" names no provider configuration: write it like aws.replica', span)
    return text


def _workspace_name(text: str, span: Span, _: Surroundings) -> str:
    if not is_workspace_name(text):
        raise ConfigError(f'"{text}" is no workspace: its name has no spaces and slashes', span)
    return text


def _organization(text: str, span: Span, _: Surroundings) -> str:
    if not re.fullmatch(r"o-[a-z0-9]{10,32}", text):  # AWS Organizations API reference, "Organization"
        raise ConfigError(f'"{text}" is no organization: its id is o- and 10 to 32 small letters or digits', span)
    return text


def _ou_path(text: str, span: Span, _: Surroundings) -> str:
    """IAM User Guide, ``aws:PrincipalOrgPaths``: ``o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/``."""
    if not re.fullmatch(r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*", text):
        raise ConfigError(f'"{text}" is no path: write o-…/r-…/ou-…/ with a slash at the end', span)
    return text


def _file(text: str, span: Span, around: Surroundings) -> Path:
    path = around.directory / text
    try:
        real = path.resolve()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError):
        raise ConfigError(f'"{text}" is not a path', span) from None
    if not real.is_relative_to(around.repository):
        raise ConfigError(f'"{text}" lies outside the repository, where nothing is read', span)
    if not there:
        raise ConfigError(f'there is no file "{text}" (paths are relative to this configuration)', span)
    return path


def _pattern(text: str, span: Span, _: Surroundings) -> str:
    words = malformed(text)
    if words is not None:
        raise ConfigError(f'"{text}": {words}', span)
    return text


def _rule(text: str, span: Span, around: Surroundings) -> str:
    if text not in around.rules:
        near = nearest(text, around.rules)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(dict.fromkeys(around.rules.values()))}"
        raise ConfigError(f"there is no rule {text}: {hint}", span)
    return around.rules[text]


def _format(text: str, span: Span, around: Surroundings) -> str:
    name, separator, file = text.partition("=")
    if name not in around.formats:
        near = nearest(name, around.formats)
        hint = f"did you mean {near}?" if near else f"choose one of {', '.join(around.formats)}"
        raise ConfigError(f'there is no format "{name}": {hint}', span)
    if separator and not file:
        raise ConfigError(f'"{text}": name a file after the =', span)
    return text


def _arn(service: str, form: str) -> Check:
    pattern = re.compile(form)

    def check(text: str, span: Span, _: Surroundings) -> str:
        if not pattern.fullmatch(text):
            raise ConfigError(f'"{text}" is not the ARN of a {service}', span)
        return text

    return check


def _alias(text: str, span: Span, _: Surroundings) -> str:
    """KMS API Reference, CreateAlias: ``alias/`` and letters, digits, ``/``, ``_`` and ``-``."""
    if not re.fullmatch(r"alias/[\w/-]+", text, re.ASCII):
        raise ConfigError(f'"{text}" is no alias: write it like alias/shared', span)
    return text


def _address(text: str, span: Span, _: Surroundings) -> str:
    if "." not in text:
        raise ConfigError(f'"{text}" is no address: write it like data.aws_kms_key.shared.arn', span)
    return text


def _value(expression: Expression, _: Surroundings) -> Any:
    return literal(expression)


def choice(*words: str) -> Kind:
    """One of some words."""

    def check(text: str, span: Span, _: Surroundings) -> str:
        if text not in words:
            near = nearest(text, words)
            hint = f"did you mean {near}?" if near else f"choose one of {', '.join(words)}"
            raise ConfigError(f'there is no "{text}" here: {hint}', span)
        return text

    return _one(f"one of {', '.join(f'`{word}`' for word in words)}", check)


_PARTITION: Final = r"arn:aws(-cn|-us-gov)?"
_KEY_ARN: Final = _arn("KMS key", _PARTITION + r":kms:[a-z0-9-]+:\d{12}:key/[\w-]+")
_BUCKET_ARN: Final = _arn("bucket", _PARTITION + r":s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ROLE_ARN: Final = _arn("role", _PARTITION + r":iam::\d{12}:role/[\w+=,.@/-]+")

TRUTH: Final = Kind("`true` or `false`", _truth)
TEXT: Final = _one("a text", _any_text)
NAME: Final = _one("a name of your choice", _any_text)
ACCOUNT_ID: Final = _one("an account id", _account_id)
ACCOUNT: Final = _one("an account id, or the name of an `account` block", _account)
ACCOUNTS: Final = _map(
    "an object: accounts by provider configuration",
    _provider,
    lambda expression, around: _account(_text(expression), expression.span, around),
)
REGION: Final = _one("a Region", _region)
REGIONS: Final = _map(
    "an object: Regions by provider configuration",
    _provider,
    lambda expression, around: _region(_text(expression), expression.span, around),
)
WORKSPACE: Final = _one("the name of a workspace", _workspace_name)
ORGANIZATION: Final = _one("an organization's id", _organization)
OU_PATHS: Final = _list("a list of paths of organizational units", _ou_path)
FILE: Final = _one("a file", _file)
FILES: Final = _list("a list of files", _file)
PATTERN: Final = _one("a pattern of paths", _pattern)
PATTERNS: Final = _list("a list of patterns of paths", _pattern)
RULE: Final = _one("the id or name of a rule", _rule)
FORMATS: Final = _list("a list of formats, as `--format` takes them", _format)
VARIABLES: Final = _map("an object: values by variable", _any_text, _value)
ADDRESSES: Final = _map("an object: values by address", _address, _value)
ALIASES: Final = _list("a list of names of aliases", _alias)
KEY_ARN: Final = _one("the ARN of a key", _KEY_ARN)
BUCKET_ARN: Final = _one("the ARN of a bucket", _BUCKET_ARN)
ROLE_ARN: Final = _one("the ARN of a role", _ROLE_ARN)
