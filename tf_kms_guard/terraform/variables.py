"""Values for the root module's variables: tfvars files, ``--var-file``, ``--var``, in Terraform's order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from tf_kms_guard.terraform.calls import ConstantScope
from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.files import LARGEST_SOURCE, Unreadable, display_path, read_bytes, repository_of
from tf_kms_guard.terraform.syntax import ParsedFile, parse_expression, parse_file
from tf_kms_guard.terraform.types import AnyType, Primitive, Type
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span


class GivenVariable(Struct, frozen=True):
    """A value for a variable and where it was given."""

    value: Value
    span: Span | None
    source: str


class Standing(Struct, frozen=True, eq=False):
    """What is said of a root module's variables once, for every run: files, and values, which outrank them."""

    files: tuple[Path, ...] = ()
    values: Mapping[str, GivenVariable] = field(default_factory=dict)


class GivenVariables(Struct):
    """Everything that was given, later sources winning, and what could not be read."""

    values: dict[str, GivenVariable] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def automatic_files(directory: Path) -> list[Path]:
    """The tfvars files that Terraform reads without being told, in its order."""
    named = [directory / name for name in ("terraform.tfvars", "terraform.tfvars.json")]
    auto = sorted(path for path in directory.iterdir() if path.name.endswith((".auto.tfvars", ".auto.tfvars.json")))
    return [path for path in named if os.path.lexists(path)] + auto


def read_variables(
    directory: Path,
    declared: Mapping[str, Type],
    files: Iterable[Path],
    arguments: Iterable[tuple[str, str]],
    recorded: tuple[Mapping[str, Value], str] | None = None,
    standing: Standing | None = None,
) -> GivenVariables:
    """Collect the values for the variables of the root module in ``directory``.

    ``declared`` are the types of its variables, ``files`` those named by ``--var-file``, ``arguments`` the
    names and texts of ``--var``. ``recorded`` are the values that a plan says it was made with, and its name:
    they stand in for the files that Terraform reads by itself. ``standing`` is outranked by ``files`` and
    ``arguments``.
    """
    given = GivenVariables()
    repository = repository_of(directory)
    if recorded is None:
        for path in automatic_files(directory):
            _read_file(given, path, repository)
    else:
        values, source = recorded
        given.values.update((name, GivenVariable(value, None, source)) for name, value in values.items())
    if standing is not None:
        for path in standing.files:
            _read_file(given, path)
        given.values.update(standing.values)
    for path in files:
        _read_file(given, path)
    for name, text in arguments:
        if name not in declared:
            given.undeclared.append(name)
            continue
        _read_argument(given, name, text, declared[name])
    return given


def _read_file(given: GivenVariables, path: Path, within: Path | None = None) -> None:
    shown = display_path(path)
    try:
        data = read_bytes(path, LARGEST_SOURCE, within)
    except Unreadable as error:
        given.diagnostics.append(Diagnostic(DiagnosticKind.INPUT, f"cannot read this file: {error}", file=shown))
        return
    parsed = _parse(path, shown, data)
    given.files.append(shown)
    given.diagnostics.extend(parsed.diagnostics)
    for block in parsed.blocks:
        message = f"a block cannot stand in a variables file: write {block.type} = {{ … }}"
        given.diagnostics.append(Diagnostic(DiagnosticKind.SYNTAX, message, block.header))
    evaluator = Evaluator(ConstantScope("a variables file"), {})
    for name, attribute in parsed.attributes.items():
        try:
            value = evaluator.settled(attribute.expression)
        except EvaluationError as error:
            message = f"variable {name}: {error.message}"
            given.diagnostics.append(Diagnostic(DiagnosticKind.INPUT, message, error.span or attribute.span))
            continue
        given.values[name] = GivenVariable(value, attribute.span, shown)


def _parse(path: Path, shown: str, data: bytes) -> ParsedFile:
    if path.name.endswith(".json"):
        from tf_kms_guard.terraform.syntax.json_files import parse_json_file

        return parse_json_file(shown, data)
    return parse_file(shown, data)


def _read_argument(given: GivenVariables, name: str, text: str, type_: Type) -> None:
    """Terraform takes the text as it is for primitive and untyped variables, as an expression for others."""
    if isinstance(type_, (Primitive, AnyType)):
        given.values[name] = GivenVariable(text, None, f"--var {name}")
        return
    try:
        expression = parse_expression(text, f"--var {name}")
        value = Evaluator(ConstantScope(f"--var {name}"), {}).settled(expression)
    except EvaluationError as error:
        message = f"--var {name}: {error.message}"
        given.diagnostics.append(Diagnostic(DiagnosticKind.INPUT, message))
        return
    given.values[name] = GivenVariable(value, None, f"--var {name}")
