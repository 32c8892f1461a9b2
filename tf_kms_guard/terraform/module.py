"""A module as it is written: the blocks of one directory, by what they declare."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct, field

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind
from tf_kms_guard.terraform.files import LARGEST_SOURCE, Unreadable, display_path, read_bytes
from tf_kms_guard.terraform.syntax import ParsedFile, TopBlock, parse_file
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Body, Literal
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.values.span import Span

SUFFIXES: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")

Key = TypeVar("Key")
ResourceKey = tuple[str, str, str]
"""Mode (``managed``, ``data`` or ``ephemeral``), type and name."""


class Declaration(Struct):
    """A top-level block, and what override files change in it. Parsed when asked for, once."""

    top: TopBlock
    overrides: list[TopBlock] = field(default_factory=list)
    _block: Block | None = None

    @property
    def block(self) -> Block:
        """The whole block, overrides applied."""
        if self._block is None:
            block = self.top.block()
            for override in self.overrides:
                block = _overridden(block, override.block())
            self._block = block
        return self._block


def _overridden(block: Block, by: Block) -> Block:
    """Terraform's override rule: arguments replace arguments, blocks of a type replace all of that type."""
    replaced = {inner.type for inner in by.body.blocks if inner.type != "dynamic"}
    replaced |= {inner.labels[0] for inner in by.body.blocks if inner.type == "dynamic" and inner.labels}
    kept = tuple(inner for inner in block.body.blocks if _kind(inner) not in replaced)
    body = Body({**block.body.attributes, **by.body.attributes}, kept + by.body.blocks, block.body.span)
    return Block(block.type, block.labels, body, block.span, block.header)


def _kind(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


class Module(Struct):
    """What the files of one directory declare. ``size`` is that of the files, in bytes.

    ``is_told``: it was made of what a plan or state tells, without source.
    """

    directory: Path
    files: list[str] = field(default_factory=list)
    variables: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Declaration] = field(default_factory=dict)
    resources: dict[ResourceKey, Declaration] = field(default_factory=dict)
    calls: dict[str, Declaration] = field(default_factory=dict)
    providers: dict[str, Declaration] = field(default_factory=dict)
    settings: list[Declaration] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    speaks_of_other_partitions: bool = False
    repeated_locals: dict[str, Span] = field(default_factory=dict)
    size: int = 0
    speaks_of_marks: bool = False
    is_told: bool = False
    remarks: list[Remark] = field(default_factory=list)
    _local_blocks: list[tuple[TopBlock, bool]] = field(default_factory=list)
    _locals: dict[str, Attribute] | None = None
    _managed_types: set[str] | None = None

    @property
    def managed_types(self) -> Set[str]:
        """The types of which it declares resources."""
        if self._managed_types is None:
            self._managed_types = {type_ for mode, type_, _ in self.resources if mode == "managed"}
        return self._managed_types

    @property
    def locals(self) -> dict[str, Attribute]:
        """The local values by name."""
        if self._locals is None:
            self._locals = {}
            for top, override in self._local_blocks:
                for name, attribute in top.block().body.attributes.items():
                    if name in self._locals and not override:
                        self.repeated_locals[name] = attribute.span
                    self._locals[name] = attribute
        return self._locals


def module_files(directory: Path) -> list[Path]:
    """The Terraform files of a directory, override files last, each in order of name.

    As OpenTofu has it, a ``.tofu`` file stands in for the ``.tf`` file of the same name; Terraform reads no such files.
    """
    return ordered(
        directory / entry.name for entry in directory.iterdir() if is_terraform_file(entry.name) and not entry.is_dir()
    )


def is_terraform_file(name: str) -> bool:
    """Whether a file belongs to the module of its directory, by its name."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def ordered(paths: Iterable[Path]) -> list[Path]:
    """The files of one module in the order in which they count."""
    by_name = {path.name: path for path in paths}
    shadowed = {_stem(name) + _suffix(name).replace(".tofu", ".tf") for name in by_name if ".tofu" in _suffix(name)}
    kept = [name for name in by_name if name not in shadowed]
    return [by_name[name] for name in sorted(kept, key=lambda name: (_is_override(name), name))]


def _suffix(name: str) -> str:
    return next(suffix for suffix in SUFFIXES if name.endswith(suffix))


def _stem(name: str) -> str:
    return name.removesuffix(_suffix(name))


def _is_override(name: str) -> bool:
    stem = _stem(name)
    return stem == "override" or stem.endswith("_override")


def load_module(directory: Path, within: Path | None = None) -> Module:
    """Read the Terraform files of a directory; files that cannot be read become diagnostics.

    ``within``: the repository, which links may not lead out of.
    """
    return module_of(directory, ((path, _content(path, within)) for path in module_files(directory)))


def _content(path: Path, within: Path | None) -> bytes | Unreadable:
    try:
        return read_bytes(path, LARGEST_SOURCE, within)
    except Unreadable as error:
        return error


def module_of(directory: Path, files: Iterable[tuple[Path, bytes | Unreadable]]) -> Module:
    """The module that some files make, in the order in which they count; each with its content."""
    module = Module(directory)
    contents = dict(files)
    for path in ordered(contents):
        shown = display_path(path)
        data = contents[path]
        if isinstance(data, Unreadable):
            module.diagnostics.append(Diagnostic(DiagnosticKind.INPUT, f"cannot read this file: {data}", file=shown))
            continue
        parsed = _parse(path, shown, data)
        module.files.append(shown)
        module.size += len(data)
        module.speaks_of_other_partitions |= b"aws-us-gov" in data or b"aws-cn" in data
        module.speaks_of_marks |= b"sensitive" in data or b"ephemeral" in data
        module.diagnostics.extend(parsed.diagnostics)
        module.remarks.extend(parsed.remarks)
        for attribute in parsed.attributes.values():
            message = f"expected a block: {attribute.name} = … cannot stand outside of one"
            module.diagnostics.append(Diagnostic(DiagnosticKind.SYNTAX, message, attribute.span))
        _collect(module, parsed.blocks, override=_is_override(path.name))
    return module


def _parse(path: Path, shown: str, data: bytes) -> ParsedFile:
    if path.name.endswith(".json"):
        from tf_kms_guard.terraform.syntax.json_files import parse_json_file

        return parse_json_file(shown, data)
    return parse_file(shown, data)


def _collect(module: Module, blocks: Iterable[TopBlock], override: bool) -> None:
    for top in blocks:
        labels = top.labels
        match top.type, len(labels):
            case "variable", 1:
                _declare(module, module.variables, labels[0], top, override)
            case "output", 1:
                _declare(module, module.outputs, labels[0], top, override)
            case "module", 1:
                _declare(module, module.calls, labels[0], top, override)
            case "resource", 2:
                _declare(module, module.resources, ("managed", labels[0], labels[1]), top, override)
            case "data", 2:
                _declare(module, module.resources, ("data", labels[0], labels[1]), top, override)
            case "ephemeral", 2:
                _declare(module, module.resources, ("ephemeral", labels[0], labels[1]), top, override)
            case "provider", 1:
                _declare(module, module.providers, _provider_name(top), top, override)
            case "locals", 0:
                module._local_blocks.append((top, override))
            case "terraform", 0:
                module.settings.append(Declaration(top))
            case _:
                pass  # moved, removed, import, check: they say nothing about access


def _declare(module: Module, table: dict[Key, Declaration], key: Key, top: TopBlock, override: bool) -> None:
    if override and key in table:
        table[key].overrides.append(top)
    elif key not in table:
        table[key] = Declaration(top)
    else:
        first = table[key].top.header
        message = f"{' '.join((top.type, *top.labels))} is declared twice: also in {first.file}, line {first.line}"
        module.diagnostics.append(Diagnostic(DiagnosticKind.SYNTAX, message, top.header))


def _provider_name(top: TopBlock) -> str:
    alias = top.block().body.attributes.get("alias")
    name = top.labels[0]
    if alias is not None and isinstance(alias.expression, Literal) and isinstance(alias.expression.value, str):
        return f"{name}.{alias.expression.value}"
    return name
