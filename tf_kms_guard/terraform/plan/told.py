"""Modules as a record alone tells them: what is declared, with constants and references, but without text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.module import Declaration, Module, ResourceKey
from tf_kms_guard.terraform.plan.model import ConfiguredCall, ConfiguredModule, ConfiguredResource, Record
from tf_kms_guard.terraform.syntax import TopBlock, parse_expression
from tf_kms_guard.terraform.syntax.constants import constant
from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    GetAttribute,
    Literal,
    Name,
)
from tf_kms_guard.values.span import Span

TOLD: Final = "@"
"""The name, which no source can write, under which a record's own values are found."""

_INDEX: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_DEEPEST: Final = 20
"""Through so many modules a reference is followed, to name what it leads to."""
_MODULE: Final = re.compile(r"module\.([^.\[]+)")


class _Ready(Struct, frozen=True):
    """A block that is already there."""

    made: Block

    def block(self) -> Block:
        return self.made


class ToldModules:
    """The modules of a plan JSON by its ``configuration``, of a state by the resources in it."""

    def __init__(self, record: Record, directory: Path) -> None:
        self.place = Span(record.path, 1, 1, 1, 1)
        self._record = record
        self._directory = directory
        self._made: dict[str, Module] = {}
        self.configured: dict[str, ConfiguredModule] = {}
        self.resources: dict[tuple[str, ResourceKey], ConfiguredResource] = {}
        self._calls: dict[str, ConfiguredCall] = {}
        if record.configuration is not None:
            self._meet("", record.configuration)
        self._recorded: dict[str, dict[ResourceKey, type]] = {"": {}}
        self._called: dict[str, dict[str, type]] = {}
        for one in (*record.resources.values(), *record.gone.values()):
            self._meet_path(one.module)
            key = (one.mode, one.type, one.name)
            self._recorded.setdefault(module_key(one.module), {}).setdefault(key, type(one.key))

    def _meet(self, key: str, module: ConfiguredModule) -> None:
        self.configured[key] = module
        for one in module.resources:
            self.resources[key, (one.mode, one.type, one.name)] = one
        for name, call in module.calls.items():
            below = f"{key}.{name}" if key else name
            self._calls[below] = call
            self._meet(below, call.module)

    def _meet_path(self, path: str) -> None:
        above = ""
        for step in re.finditer(rf"module\.([^.\[]+)({_INDEX.pattern})?", path):
            kind: type = type(None) if step[2] is None else str if '"' in step[2] else int
            self._called.setdefault(above, {}).setdefault(step[1], kind)
            above = f"{above}.{step[1]}" if above else step[1]
            self._recorded.setdefault(above, {})

    def module(self, key: str) -> Module | None:
        """The module of a key; made once."""
        if key not in self._made and (key in self.configured or key in self._recorded):
            self._made[key] = self._make(key)
        return self._made.get(key)

    def _make(self, key: str) -> Module:
        told = self.configured.get(key, ConfiguredModule())
        module = Module(self._directory, is_told=True)
        module.resources.update(
            (resource, self._declare("data" if resource[0] == "data" else "resource", resource[1:], arguments))
            for resource, arguments in self._resources(key)
        )
        for name in dict.fromkeys((*told.calls, *self._called.get(key, ()))):
            call = told.calls.get(name)
            module.calls[name] = self._declare("module", (name,), self._call_arguments(key, name, call))
        for name, variable in told.variables.items():
            module.speaks_of_marks |= isinstance(variable, Mapping) and variable.get("sensitive") is True
            module.variables[name] = self._declare("variable", (name,), self._variable(key, name, variable))
        for name, output in told.outputs.items():
            module.outputs[name] = self._declare("output", (name,), self._output(name, output))
        module.providers.update(self._providers(key))
        return module

    def _resources(self, key: str) -> Iterator[tuple[ResourceKey, dict[str, Expression]]]:
        recorded = self._recorded.get(key, {})
        told = self.configured.get(key, ConfiguredModule())
        configured = ((one.mode, one.type, one.name) for one in told.resources)
        for resource in dict.fromkeys((*configured, *recorded)):
            one = self.resources.get((key, resource))
            where = ".".join(resource)
            if one is not None and one.count is not None:
                yield resource, {"count": self.untold(f"{where}.count")}
            elif one is not None and one.for_each is not None:
                yield resource, {"for_each": self.expression(one.for_each, f"{where}.for_each")}
            else:
                yield resource, self._repetition(where, recorded.get(resource))

    def _repetition(self, where: str, kind: type | None) -> dict[str, Expression]:
        if kind is int:
            return {"count": self.untold(f"{where}.count")}
        return {"for_each": self.untold(f"{where}.for_each")} if kind is str else {}

    def _call_arguments(self, key: str, name: str, call: ConfiguredCall | None) -> dict[str, Expression]:
        where = f"module.{name}"
        arguments: dict[str, Expression] = {}
        if call is not None:
            arguments = {
                argument: self.expression(told, f"{where}.{argument}")
                for argument, told in call.expressions.items()
                if self._is_told(told)
            }
        if call is not None and call.count is not None:
            return arguments | {"count": self.untold(f"{where}.count")}
        if call is not None and call.for_each is not None:
            return arguments | {"for_each": self.expression(call.for_each, f"{where}.for_each")}
        return arguments | self._repetition(where, self._called.get(key, {}).get(name))

    def _variable(self, key: str, name: str, variable: object) -> dict[str, Expression]:
        """A variable with its default, unless it is given something that is not told."""
        told = variable if isinstance(variable, Mapping) else {}
        arguments: dict[str, Expression] = {}
        call = self._calls.get(key)
        given = None if call is None else call.expressions.get(name)
        if "default" in told and (given is None or self._is_told(given)):
            arguments["default"] = constant(told["default"], self.place)
        if told.get("sensitive") is True:
            arguments["sensitive"] = Literal(True, self.place)
        return arguments

    def _output(self, name: str, output: object) -> dict[str, Expression]:
        told = output.get("expression") if isinstance(output, Mapping) else None
        return {"value": self.expression(told, f"output.{name}")}

    def _providers(self, key: str) -> Iterator[tuple[str, Declaration]]:
        for told in self._record.providers.values():
            if not isinstance(told, Mapping) or module_key(str(told.get("module_address") or "")) != key:
                continue
            name = f"{told.get('name')}.{told['alias']}" if told.get("alias") else str(told.get("name"))
            expressions = told.get("expressions")
            body = self._body(expressions if isinstance(expressions, Mapping) else {}, f"provider.{name}")
            yield name, self._declared(Block("provider", (str(told.get("name")),), body, self.place, self.place))

    def provider_references(self) -> dict[str, dict[str, str]]:
        """By provider configuration, without instance keys, the arguments and blocks that refer to something."""
        found: dict[str, dict[str, str]] = {}
        for told in self._record.providers.values():
            expressions = told.get("expressions") if isinstance(told, Mapping) else None
            if isinstance(told, Mapping) and isinstance(expressions, Mapping):
                parts = (told.get("module_address"), told.get("name"), told.get("alias"))
                name = ".".join(str(part) for part in parts if part)
                referring = {argument: next(_all_references(one), None) for argument, one in expressions.items()}
                found[without_keys(name)] = {word: one for word, one in referring.items() if one is not None}
        return found

    def _body(self, told: Mapping[str, object], where: str) -> Body:
        """Nested blocks are told as objects or lists of objects that are no expressions themselves."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for name, expression in told.items():
            nested = expression if isinstance(expression, list) else [expression]
            if all(isinstance(one, Mapping) and not _is_expression(one) for one in nested):
                blocks.extend(
                    Block(name, (), self._body(one, f"{where}.{name}"), self.place, self.place)
                    for one in nested
                    if isinstance(one, Mapping)
                )
            else:
                attributes[name] = self.attribute(name, self.expression(expression, f"{where}.{name}"))
        return Body(attributes, tuple(blocks), self.place)

    # ---- nodes

    def _declare(self, kind: str, labels: Sequence[str], arguments: Mapping[str, Expression]) -> Declaration:
        attributes = {name: self.attribute(name, expression) for name, expression in arguments.items()}
        return self._declared(Block(kind, tuple(labels), Body(attributes, (), self.place), self.place, self.place))

    def _declared(self, block: Block) -> Declaration:
        return Declaration(TopBlock(block.type, block.labels, self.place, self.place, _Ready(block)))

    def attribute(self, name: str, expression: Expression) -> Attribute:
        """An argument at the record's place."""
        return Attribute(name, expression, self.place, self.place)

    def expression(self, told: object, where: str) -> Expression:
        """What is told of an expression: its constant, the one thing it refers to, or that it is not told."""
        if isinstance(told, Mapping) and "constant_value" in told:
            return constant(told["constant_value"], self.place)
        referred = references(told)
        if len(referred) == 1:
            parsed = self.parsed(referred[0])
            if parsed is not None:
                return parsed
        return self.untold(where)

    def parsed(self, reference: str) -> Expression | None:
        """A reference as an expression; ``None`` for what a plan does not hold, as local values."""
        if reference.startswith(("local.", "path.", "self", "terraform.")):
            return None
        try:
            return parse_expression(reference, self.place.file)
        except EvaluationError:
            return None

    def output_references(self, key: str, name: str) -> tuple[str, ...]:
        """What an output of the module of a key refers to."""
        told = self.configured.get(key, ConfiguredModule()).outputs.get(name)
        return references(told.get("expression") if isinstance(told, Mapping) else None)

    def things(self, key: str, reference: str, depth: int = 0) -> Iterator[str]:
        """The addresses, without instance keys, of the resources that a reference in the module of a key leads to."""
        parts = without_keys(reference).split(".")
        path = f"module.{key.replace('.', '.module.')}." if key else ""
        match parts:
            case ["var", name, *_] if key and depth < _DEEPEST:
                call = self._calls.get(key)
                for one in references(None if call is None else call.expressions.get(name)):
                    yield from self.things(key.rpartition(".")[0], one, depth + 1)
            case ["module", name, output, *_] if depth < _DEEPEST:
                below = f"{key}.{name}" if key else name
                for one in self.output_references(below, output):
                    yield from self.things(below, one, depth + 1)
            case ["data", type_, name, *_]:
                yield f"{path}data.{type_}.{name}"
            case [type_, name, *_] if ("managed", type_, name) in self._recorded.get(key, {}) or (
                (key, ("managed", type_, name)) in self.resources
            ):
                yield f"{path}{type_}.{name}"

    def untold(self, where: str) -> Expression:
        """Something that stands at ``where`` in the source, and that the record does not tell."""
        return GetAttribute(Name(TOLD, self.place), where, self.place)

    def _is_told(self, told: object) -> bool:
        if isinstance(told, Mapping) and "constant_value" in told:
            return True
        referred = references(told)
        return len(referred) == 1 and self.parsed(referred[0]) is not None


def _is_expression(told: Mapping[str, object]) -> bool:
    return not told or "constant_value" in told or "references" in told


def references(told: object) -> tuple[str, ...]:
    """The different things that an expression refers to, each as precisely as it is told.

    Terraform lists ``x.y.arn`` and then ``x.y``: the second says nothing more.
    """
    listed = told.get("references") if isinstance(told, Mapping) else None
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    before = ("", *names)
    found = (name for name, last in zip(names, before, strict=False) if not last.startswith((f"{name}.", f"{name}[")))
    return tuple(dict.fromkeys(found))


def _all_references(told: object) -> Iterator[str]:
    """What an expression, or those of nested blocks, refer to."""
    yield from references(told)
    if isinstance(told, Mapping) and not _is_expression(told):
        for one in told.values():
            yield from _all_references(one)
    if isinstance(told, list):
        for one in told:
            yield from _all_references(one)


def without_keys(address: str) -> str:
    """An address without the instance keys in it."""
    return _INDEX.sub("", address)


def module_key(path: str) -> str:
    """The key of a module instance's path: ``a.b`` for ``module.a["k"].module.b``."""
    return ".".join(_MODULE.findall(_INDEX.sub("", path)))
