"""How far are the policies of real Terraform code readable, and what hides the rest?

    python benchmarks/public_documents.py DIR…

Each DIR is a repository, or any tree of root modules (those that no other one there calls). Every root module is
read and judged as `tf-kms-guard check` does it, without any variable given. Counted are the policy documents that data
sources make, and the policies that arguments of AWS resources hold, each instance by itself:

- fully readable: every part is known, or is an attribute that something declared there gets when it is applied;
- partly: there are statements, and something in them is not known;
- not: no statement is visible.

JSON that surely is no policy (rules of an ECR repository) is not counted.

Each document that is not fully readable counts under the first cause that hides something. Nothing may crash, and no
cause may lack a name: else the exit code is 1. `--list` prints every such document with its place, `--syntax` every
file with a syntax error.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from tf_kms_guard.cli.run import RunOptions, read_target
from tf_kms_guard.cli.targets import Target, roots_below
from tf_kms_guard.rules.catalogue import RULES
from tf_kms_guard.rules.engine import run_rules
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.derived import first_unknown, unknowns_in
from tf_kms_guard.terraform.diagnostics import DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.text import Text, known
from tf_kms_guard.values.unknown import Unknown

ARGUMENTS: Final = ("policy", "assume_role_policy", "access_policy", "resource_policy")

AFTER_APPLY: Final = re.compile(r"is known only after apply|is not known before apply|^AWS assigns ")
REFUSED: Final = "refused by Terraform"
NAMELESS: Final = "NO NAMED CAUSE"

CAUSES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^variable \S+ has no value", "variable without value"),
        (r"^the source of .* is not here", "module not downloaded"),
        (r"^(module\..*\.)?data\..* is not visible here|data\..* (finds )?is not visible$", "data source"),
        (r"^the account of provider \S+ is not known", "account of a provider"),
        (r"^a null argument", "left open by Terraform too"),
        (AFTER_APPLY.pattern, "known only after apply"),
        (r"none is named|workspace default", "workspace not named"),
    )
)
"""Words that say why a value is not known, and the name of the cause."""


class Seen(Struct, frozen=True):
    """One document. ``cause`` is ``None`` if it is fully readable; ``visible`` whether any statement is."""

    address: str
    place: str
    visible: bool
    cause: str | None
    because: str


class Read(Struct, frozen=True):
    """What came of one root module."""

    files: frozenset[str]
    broken: frozenset[str]
    documents: tuple[Seen, ...]


@cache
def shared_modules() -> ModuleReader:
    """The modules that this process has read."""
    return ModuleReader()


def read_root(directory: Path) -> Read:
    """Read and judge one root module."""
    checked = read_target(Target(directory), RunOptions(), shared_modules())
    workspace = checked.workspace
    run_rules(workspace.source, checked.judged, tuple(RULES.values()))
    documents = tuple(_documents(workspace))
    broken = (d.span.file for d in workspace.diagnostics if d.kind is DiagnosticKind.SYNTAX and d.span is not None)
    return Read(frozenset(workspace.files), frozenset(broken), documents)


def _documents(workspace: Workspace) -> Iterator[Seen]:
    for instance in workspace.instances():
        types = frozenset(key[1] for key in instance.module.resources if key[1].startswith("aws_"))
        for resource in instance.resource_instances(types):
            if resource.type == "aws_iam_policy_document":
                yield from _seen(workspace, resource, "json", resource.read("json"))
            elif resource.mode == "managed":
                for name in ARGUMENTS:
                    yield from _seen(workspace, resource, name, resource.attribute(name))


def _seen(workspace: Workspace, resource: ResourceInstance, name: str, value: Value | NotSet) -> Iterator[Seen]:
    if isinstance(value, NotSet) or value is None or known(value) == "" or _is_something_else(resource, value):
        return
    visible, hiding = _hiding(value)
    named = None if hiding is None else _cause(hiding, workspace)
    place = str(resource.span_of("policy" if name == "json" else name))
    yield Seen(f"{resource.address}.{name}", place, visible, named, "" if hiding is None else _words(hiding))


def _is_something_else(resource: ResourceInstance, value: Value) -> bool:
    """Whether an argument surely holds JSON of another kind."""
    if resource.mode == "data" or not isinstance(value, (str, Text)):
        return False
    try:
        decoded = decode_json(value)
    except EvaluationError:
        return False
    return isinstance(decoded, dict) and "Statement" not in decoded


def _hiding(value: Value) -> tuple[bool, Unknown | str | None]:
    """Whether any statement is visible, and what first hides a part of the document."""
    if isinstance(value, Choice):
        return any(_hiding(alternative)[0] for _, alternative in alternatives(value)), value.condition
    if isinstance(value, Unknown):
        return False, value
    if not isinstance(value, (str, Text)):
        return False, "the policy is not a string"
    try:
        decoded = decode_json(value)
    except EvaluationError as error:
        hole = first_unknown(value)
        return False, hole if hole is not None else f"no JSON: {error.message}"
    statements = decoded.get("Statement") if isinstance(decoded, dict) else None
    visible = isinstance(statements, dict) or (
        isinstance(statements, list) and any(isinstance(statement, dict) for statement in statements)
    )
    free = next((unknown for unknown in unknowns_in(decoded) if not _assigned(unknown)), None)
    return visible, free


def _assigned(unknown: Unknown) -> bool:
    """Whether it is what something that is declared there gets when it is applied."""
    return unknown.minted or AFTER_APPLY.search(unknown.because) is not None


def _words(hiding: Unknown | str) -> str:
    return hiding if isinstance(hiding, str) else f"{hiding.identity}: {hiding.because}"


def _cause(hiding: Unknown | str, workspace: Workspace) -> str:
    if isinstance(hiding, str):
        return "no JSON" if hiding.startswith("no JSON") else hiding
    for pattern, name in CAUSES:
        if pattern.search(hiding.because):
            return name
    refused = {d.message for d in workspace.diagnostics if d.kind is DiagnosticKind.EVALUATION}
    return REFUSED if hiding.because in refused else NAMELESS


class Row:
    """The figures of one repository."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.roots = self.crashes = 0
        self.files: set[str] = set()
        self.broken: set[str] = set()
        self.documents: list[Seen] = []

    def add(self, read: Read) -> None:
        """Count a root module."""
        self.files |= read.files
        self.broken |= read.broken
        self.documents.extend(read.documents)

    def line(self) -> str:
        """The row of the table."""
        fully = sum(seen.cause is None for seen in self.documents)
        partly = sum(seen.cause is not None and seen.visible for seen in self.documents)
        hidden = len(self.documents) - fully - partly
        figures = (self.roots, len(self.files), self.crashes, len(self.broken), fully, partly, hidden)
        return f"{self.name[-52:]:52}" + "".join(f"{figure:8,}" for figure in figures)


def main() -> int:
    """Print the table and the causes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("directories", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--list", action="store_true", help="print every document that is not fully readable")
    parser.add_argument("--syntax", action="store_true", help="print every file with a syntax error")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    rows = [Row(directory.resolve().name) for directory in options.directories]
    total = Row("all")
    with ProcessPoolExecutor(options.jobs) as pool:
        for row, directory in zip(rows, options.directories, strict=True):
            roots = list(roots_below(directory, ModuleReader()))
            futures = [pool.submit(read_root, root) for root in roots]
            for root, future in zip(roots, futures, strict=True):
                crash = future.exception()
                for one in (row, total):
                    one.roots += 1
                    if crash is None:
                        one.add(future.result())
                    else:
                        one.crashes += 1
                if crash is not None:
                    print(f"crash in {root}:", *traceback.format_exception(crash), sep="\n", file=sys.stderr)
    head = ("roots", "files", "crashes", "syntax", "fully", "partly", "not")
    print(f"{'':52}" + "".join(f"{word:>8}" for word in head))
    for row in (*rows, total):
        print(row.line())
    causes = Counter((seen.cause, seen.visible) for seen in total.documents if seen.cause is not None)
    print("\nwhat hides the first part that is not readable" + f"{'partly':>22}{'not':>8}")
    for cause in sorted({cause for cause, _ in causes}, key=lambda c: -causes[c, True] - causes[c, False]):
        print(f"  {cause:50}{causes[cause, True]:16,}{causes[cause, False]:8,}")
    if options.syntax:
        print("\nfiles with a syntax error:", *sorted(total.broken), sep="\n  ")
    if options.list:
        print("\ndocuments that are not fully readable:")
        for seen in total.documents:
            if seen.cause is not None:
                print(f"  {seen.place} {seen.address}\n    {seen.cause}: {seen.because}")
    return 1 if total.crashes or any(cause == NAMELESS for cause, _ in causes) else 0


if __name__ == "__main__":
    sys.exit(main())
