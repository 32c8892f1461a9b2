"""Which root modules the arguments mean: directories, trees of directories, files that roots use, plans and states."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tf_kms_guard.cli.records import (
    STDIN,
    is_facts_file,
    is_named_like_facts,
    is_named_like_record,
    is_no_document,
    is_record,
)
from tf_kms_guard.config.discovery import FILE_NAME
from tf_kms_guard.rules.finding import InputError
from tf_kms_guard.terraform.files import (
    LARGEST_SOURCE,
    Unreadable,
    display_path,
    read_bytes,
    repository_of,
    repository_root,
)
from tf_kms_guard.terraform.module import SUFFIXES, module_files
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.terraform.syntax.nodes import Literal

_SKIPPED: Final = frozenset((".terraform", ".terragrunt-cache", "node_modules", "__pycache__"))


class Target(Struct, frozen=True):
    """One root module to check, or the name of a plan or state (``-``: the standard input).

    ``named``: it was named itself; else it was found in a tree, or for a file that it uses. ``facts``: the record is a
    facts file, which may hold several workspaces.
    """

    directory: Path
    record: str | None = None
    named: bool = False
    facts: bool = False

    @property
    def place(self) -> Path:
        """The directory, or the file."""
        return self.directory if self.record is None else Path(self.record)


class FoundTargets(Struct, frozen=True):
    """The root modules that were meant, and the arguments that could not be used."""

    targets: tuple[Target, ...]
    errors: tuple[InputError, ...]

    @property
    def groups(self) -> tuple[tuple[Target, ...], ...]:
        """What is judged together: all that were named; what was only found, each by itself."""
        named = tuple(target for target in self.targets if target.named)
        found = tuple((target,) for target in self.targets if not target.named)
        return (named, *found) if named else found


def _none(_: Target) -> bool:
    return False


def _no_files(_: Target) -> Iterable[Path]:
    return ()


def find_targets(
    names: Sequence[str],
    modules: ModuleReader,
    excluded: Callable[[Target], bool] = _none,
    values: Callable[[Target], Iterable[Path]] = _no_files,
) -> FoundTargets:
    """The root modules that the arguments of a command mean, each once, in order.

    A directory with Terraform files is a root; one without is a tree of roots. A file stands for the roots
    that use it: a file that no root uses stands for nothing. A plan or state stands for itself, and so does a
    file that is named like one; beside directories and facts files, an empty JSON file stands for facts that were lost.
    Those that are ``excluded`` are left out. ``values`` gives the files of variables
    that a root is configured to have.
    """
    targets: list[Target] = []
    errors: list[InputError] = []
    beside = any(_is_there(name) and (os.path.isdir(name) or is_facts_file(Path(name))) for name in names)
    for name in names or ["."]:
        path = Path(name)
        if name == STDIN:
            targets.append(Target(Path(), STDIN, named=True))
        elif not _is_there(name):
            errors.append(InputError("input", "there is no such file or directory", name or "an empty name"))
        elif path.is_dir():
            roots = list(roots_in(path, modules))
            if not roots:
                errors.append(
                    InputError(
                        "input",
                        "there are no Terraform files (.tf, .tofu, .tf.json) in this directory or below it",
                        display_path(path),
                    )
                )
            targets.extend(Target(root, named=root == path) for root in roots)
        elif path.is_file() and is_facts_file(path):
            targets.append(Target(path.parent, name, named=True, facts=True))
        elif path.is_file() and is_record(path):
            targets.append(Target(path.parent, name, named=True))
        elif path.is_file():
            roots = list(dict.fromkeys((*roots_using(path, modules), *_configured(path, modules, values))))
            if not roots and (is_named_like_facts(path) or (beside and is_no_document(path))):
                targets.append(Target(path.parent, name, named=True, facts=True))  # likewise
            elif not roots and is_named_like_record(path):
                targets.append(Target(path.parent, name))  # to be told why it is none
            targets.extend(map(Target, roots))
        else:
            errors.append(InputError("input", "this is neither a file nor a directory", display_path(path)))
    seen: dict[tuple[Path, bool], Target] = {}
    for target in targets:
        seen.setdefault((target.place.resolve(), target.record is None), target)
    return FoundTargets(tuple(one for one in seen.values() if not excluded(one)), tuple(errors))


def _is_there(name: str) -> bool:
    try:
        return bool(name) and os.path.exists(name)
    except (OSError, ValueError):
        return False


def roots_in(directory: Path, modules: ModuleReader) -> Iterator[Path]:
    """The root modules of a tree: the directory itself if it has Terraform files, else those below it that
    no other one calls.
    """
    if has_terraform(directory):
        yield directory
    else:
        yield from roots_below(directory, modules)


def roots_below(directory: Path, modules: ModuleReader) -> Iterator[Path]:
    """The directories with Terraform files in a tree that no other one there calls; all, if they call each other."""
    candidates = list(_below(directory))
    called = {called for candidate in candidates for called in local_calls(candidate, modules)}
    uncalled = [candidate for candidate in candidates if candidate.resolve() not in called]
    yield from uncalled or candidates


def has_terraform(directory: Path) -> bool:
    """Whether a directory holds Terraform files."""
    try:
        return bool(module_files(directory))
    except OSError:
        return False


def _below(directory: Path) -> Iterator[Path]:
    for place, directories, files in os.walk(directory):
        directories[:] = sorted(d for d in directories if not d.startswith(".") and d not in _SKIPPED)
        if any(name.endswith(SUFFIXES) and not name.startswith(".") for name in files):
            yield Path(place)


def local_calls(directory: Path, modules: ModuleReader) -> set[Path]:
    """The directories of the modules that a directory's files call by a local path."""
    return {(directory / source).resolve() for source in _local_sources(directory, modules)}


def _local_sources(directory: Path, modules: ModuleReader) -> Iterator[str]:
    for declaration in modules.module(directory, repository_of(directory)).calls.values():
        source = declaration.block.body.attributes.get("source")
        if source is not None and isinstance(source.expression, Literal) and isinstance(source.expression.value, str):
            if source.expression.value.startswith("."):
                yield source.expression.value


def roots_using(path: Path, modules: ModuleReader) -> Iterable[Path]:
    """The root modules that use a file.

    A Terraform or variables file belongs to the module of its directory, and so to the roots that call that
    module. A configuration belongs to all that is below it. Any other file (a template, a JSON document) belongs to the
    modules whose code speaks of it.
    """
    here = path.parent
    if path.name == FILE_NAME:
        return tuple(roots_below(here, modules))
    own = path.name.endswith((*SUFFIXES, ".tfvars", ".tfvars.json"))
    if own and not has_terraform(here):
        return ()
    places = {d.resolve(): d for d in [here, *_below(_search_root(here))] if has_terraform(d)}
    used = [here.resolve()] if own else [real for real, d in places.items() if _speaks_of(d, path)]
    graph = {real: local_calls(d, modules) for real, d in places.items()}
    called = {target for targets in graph.values() for target in targets}
    using = {caller for one in used for caller in _reaching(one, graph)}
    roots = [places[real] for real in sorted(using) if real not in called]
    return roots or [places[real] for real in used]


def _configured(path: Path, modules: ModuleReader, values: Callable[[Target], Iterable[Path]]) -> Iterator[Path]:
    """The root modules whose configuration names a variables file, which may lie anywhere."""
    if path.name.endswith((".tfvars", ".tfvars.json")):
        real = path.resolve()
        for root in roots_below(_search_root(path.parent), modules):
            if any(file.resolve() == real for file in values(Target(root))):
                yield root


def _speaks_of(directory: Path, path: Path) -> bool:
    """Whether a module's code may read a file: it has its name, or makes up names of files that end like it."""
    name, suffix = path.name.encode(), path.suffix.encode()
    for file in module_files(directory):
        try:
            source = read_bytes(file, LARGEST_SOURCE)
        except Unreadable:
            continue
        if name in source or (suffix and b"}" + suffix + b'"' in source and b"file" in source):
            return True
    return False


def _search_root(home: Path) -> Path:
    root = repository_root(home)
    here = Path.cwd().resolve()
    return Path(os.path.relpath(root)) if root.is_relative_to(here) or here.is_relative_to(root) else root


def _reaching(target: Path, graph: dict[Path, set[Path]]) -> set[Path]:
    """The directories from which ``target`` is called, directly or not, and itself."""
    found = {target}
    grown = True
    while grown:
        more = {directory for directory, calls in graph.items() if directory not in found and calls & found}
        grown = bool(more)
        found |= more
    return found
