"""Reading option values: ``NAME=VALUE`` pairs, accounts, Regions, assumed values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from tf_kms_guard.cli.configured import Configuration, Wishes
from tf_kms_guard.cli.run import RunOptions, Setting
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.forms import is_account_id, is_region, is_workspace_name, nearest
from tf_kms_guard.rules.finding import Confidence, Severity
from tf_kms_guard.terraform.syntax.source import exact_number
from tf_kms_guard.terraform.values import Object, Tuple, Value


def run_options(
    var: Sequence[str] | None,
    var_file: Sequence[Path] | None,
    workspace: str | None,
    account: Sequence[str] | None,
    region: Sequence[str] | None,
    assume: Sequence[str] | None,
    select: Sequence[str] | None,
    ignore: Sequence[str] | None,
    source: Path | None = None,
    only: str | None = None,
    configuration: Configuration | None = None,
    wishes: Wishes | None = None,
    jobs: int | None = None,
) -> RunOptions:
    """The options of a run from what was typed.

    Raises:
        UsageError: a value does not have the form that its option takes.
    """
    selected = _rules("--select", select)
    return RunOptions(
        variables=tuple(_pair("--var", text, "NAME=VALUE") for text in var or ()),
        variable_files=tuple(_readable(path) for path in var_file or ()),
        workspace_name=_workspace(workspace),
        accounts=tuple(_account(text) for text in account or ()),
        regions=tuple(_region(text) for text in region or ()),
        assumed=dict(_assumed(text) for text in assume or ()),
        select=selected,
        ignore=_rules("--ignore", ignore),
        source=_directory(source),
        only=_only(only),
        configuration=configuration or Configuration(),
        wishes=replace(wishes or Wishes(), select=selected),
        jobs=jobs,
    )


def configuration(file: Path | None, off: bool, exclude: Sequence[str] | None) -> Configuration:
    """Which configuration counts, and what is left out, from what was typed.

    Raises:
        UsageError: a value does not have the form that its option takes.
    """
    if file is not None and off:
        raise UsageError("--config and --no-config contradict each other")
    if file is not None and not file.is_file():
        raise UsageError(f"--config {file}: there is no such file")
    patterns = tuple(pattern.removeprefix("./").rstrip("/") for pattern in exclude or ())
    for pattern in patterns:
        from tf_kms_guard.config.patterns import malformed

        if words := malformed(pattern):
            raise UsageError(f"--exclude {pattern}: {words}")
    return Configuration(file, not off, patterns)


def wishes(min_severity: str | None, min_confidence: str | None) -> Wishes:
    """What is to be seen of the findings, from what was typed.

    Raises:
        UsageError: there is no such level.
    """
    return Wishes(
        _level("--min-severity", Severity, min_severity), _level("--min-confidence", Confidence, min_confidence)
    )


_Level = TypeVar("_Level", Severity, Confidence)


def _level(option: str, levels: type[_Level], word: str | None) -> _Level | None:
    if word is None:
        return None
    there = [level.value for level in levels]
    if word not in there:
        raise UsageError(f"{option} {word}: choose one of {', '.join(there)}")
    return levels(word)


def _only(change: str | None) -> str | None:
    if change not in (None, "introduced"):
        raise UsageError(f"--only {change}: choose introduced")
    return change


def _directory(source: Path | None) -> Path | None:
    if source is not None and not source.is_dir():
        raise UsageError(f"--source {source}: there is no such directory")
    return source


def _pair(option: str, text: str, form: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise UsageError(f"{option} {text}: write it as {form}")
    return name.strip(), value


def _workspace(name: str | None) -> str | None:
    if name is not None and not is_workspace_name(name):
        raise UsageError(f"--workspace {name!r}: a workspace has a name without spaces and slashes")
    return name


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"--var-file {path}: there is no such file")
    return path


def _setting(text: str) -> Setting:
    place, separator, value = text.rpartition("=")
    if not separator:
        return Setting(None, "aws", text.strip())
    target, colon, provider = place.rpartition(":")
    return Setting(target if colon else None, provider.strip() or "aws", value.strip())


def _account(text: str) -> Setting:
    setting = _setting(text)
    if not is_account_id(setting.value):
        raise UsageError(f"--account {text}: an account id has 12 digits, {setting.value or 'nothing'!r} has not")
    return setting


def _region(text: str) -> Setting:
    setting = _setting(text)
    if not is_region(setting.value):
        raise UsageError(f"--region {text}: {setting.value!r} is no Region; write it like eu-west-1")
    return setting


def _assumed(text: str) -> tuple[str, Value]:
    import json

    address, value = _pair("--assume", text, "ADDRESS=JSON")
    try:
        return address, _value(json.loads(value, parse_float=exact_number, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        hint = json.dumps(value) if len(value) < 60 else "a string in double quotes"
        raise UsageError(f"--assume {address}: the value is not JSON ({error}); a string is written {hint}") from error


def _no_number(word: str) -> NoReturn:
    """Refuse what Python's reader of JSON takes for a number: ``NaN`` and ``Infinity``."""
    raise ValueError(f"{word} is no number")


def _value(decoded: Any) -> Value:
    if isinstance(decoded, dict):
        return Object({name: _value(item) for name, item in decoded.items()})
    if isinstance(decoded, list):
        return Tuple(_value(item) for item in decoded)
    result: Value = decoded
    return result


def _rules(option: str, names: Iterable[str] | None) -> tuple[str, ...]:
    from tf_kms_guard.rules.catalogue import RULES
    from tf_kms_guard.rules.engine import unknown_rules

    wanted = tuple(part.strip() for name in names or () for part in name.split(",") if part.strip())
    unknown = unknown_rules(wanted)
    if unknown:
        there = [word for rule in RULES.values() for word in (rule.info.id, rule.info.name)]
        near = nearest(unknown[0], there)
        hint = f"; did you mean {near}?" if near else "; tf-kms-guard rules lists them"
        raise UsageError(f"{option} {unknown[0]}: there is no such rule{hint}")
    return wanted
