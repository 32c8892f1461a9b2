"""A workspace: one root module as read from a directory, with its variables."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from tf_kms_guard.terraform.containers import CONTAINERS
from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.downloads import Downloads
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import Expanded
from tf_kms_guard.terraform.files import (
    Sandbox,
    Unreadable,
    display_path,
    read_bytes,
    repository_of,
    repository_root,
)
from tf_kms_guard.terraform.inputs import marked_by, type_of
from tf_kms_guard.terraform.instance import ModuleInstance
from tf_kms_guard.terraform.marks import MASK, bare, parts_shown_alone, secret_texts
from tf_kms_guard.terraform.module import Module
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.terraform.plan.overlay import Overlay
from tf_kms_guard.terraform.resource import ResourceInstance, Schema
from tf_kms_guard.terraform.syntax.nodes import Block
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.terraform.traversal import DefaultWorkspace
from tf_kms_guard.terraform.types import ANY_TYPE, Type, convert
from tf_kms_guard.terraform.unread import UnreadCall, unread_calls
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.variables import GivenVariables, Standing, read_variables
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.terraform.backends import StatePlace

_LONGEST_NAME: Final = 4096
_MOST_INSTANCES: Final = 20_000
_MOST_STEPS: Final = 500_000
"""Nested loops over long lists multiply: the largest environment seen has a two-hundredth of it."""
_MOST_MODULE_INSTANCES: Final = 2_000
"""Modules that call modules several times multiply: beyond this the rest is left out, with a diagnostic."""


class WorkspaceOptions(Struct, frozen=True):
    """What the user says about a root module.

    ``assumed`` maps addresses (``data.x.y.attribute``, ``module.m.output``, ``var.n``) to values. What is ``standing``
    is said for every run, and nobody asks what it would change: a plan's own variables and workspace count before it.
    """

    variables: tuple[tuple[str, str], ...] = ()
    variable_files: tuple[Path, ...] = ()
    workspace_name: str | None = None
    assumed: Mapping[str, Value] = field(default_factory=dict)
    standing: Standing | None = None
    standing_name: str | None = None
    standing_assumed: Mapping[str, Value] = field(default_factory=dict)


class Taken(Struct, frozen=True, eq=False):
    """Something that a plan takes away, with the attributes that it had, if they are told."""

    type: str
    before: Mapping[str, Value] | None


class Workspace:
    """One root module with its variables; everything in it is evaluated on demand.

    ``modules`` reads the modules, once for all workspaces that are given the same reader.
    """

    def __init__(
        self,
        directory: Path,
        schema: Schema,
        options: WorkspaceOptions,
        modules: ModuleReader | None = None,
        overlay: Overlay | None = None,
    ) -> None:
        self.directory = directory
        self.schema = schema
        self.overlay = overlay
        self.assumed = {**options.standing_assumed, **options.assumed}
        recorded = None if overlay is None else overlay.record.workspace_name
        self.workspace_name = _workspace_name(directory, options.workspace_name or recorded or options.standing_name)
        self.asked_for_workspace = False
        self.repository = repository_of(directory)
        self.sandbox = Sandbox(repository_root(directory)) if overlay is None else overlay.sandbox(directory)
        self.variables: dict[str, Value] = {}
        self.undeclared: list[str] = []
        self.files: set[str] = set()
        self.knows_secrets = False
        self.secrets: dict[str, str] = {}
        self._noted: dict[int, Value] = {}
        self._made = 0
        self._steps = 0
        self._diagnostics: dict[tuple[str, str, str], Diagnostic] = {}
        self._reader = modules or ModuleReader()
        self._modules: dict[Path, Module] = {}
        self.remarks: list[Remark] = []
        self._from_record: set[str] = set()
        self._downloads = Downloads(directory, self.repository, self.report)
        self.root = ModuleInstance(self, self._packed("") or self.load(directory), "")
        if overlay is not None:
            overlay.outranked = bool(options.variables or options.variable_files or options.assumed)
            for name in overlay.record.sensitive_variables & overlay.record.variables.keys():
                self.keep_secret(overlay.record.variables[name])
            for diagnostic in overlay.record.diagnostics:
                self.report(diagnostic)
            self.knows_secrets |= overlay.knows_secrets
            for secret in overlay.secrets():
                self.keep_secret(secret)

    @property
    def rests_on_default_workspace(self) -> bool:
        """Whether something was worked out from ``terraform.workspace`` though nobody named the workspace."""
        return self.asked_for_workspace and isinstance(self.workspace_name, DefaultWorkspace)

    @property
    def plans(self) -> bool:
        """Whether it is read beside a plan, which changes something."""
        return self.overlay is not None and self.overlay.record.plans

    @property
    def is_told(self) -> bool:
        """Whether facts that were collected before tell of it."""
        return False

    def look_elsewhere(self, elsewhere: object, member: object) -> None:
        """Take note of where other workspaces are; what is evaluated asks its schema instead."""

    @property
    def presumed(self) -> tuple[str, ...]:
        """What everything in it rests on, said when its facts were collected."""
        return ()

    @property
    def gone(self) -> Iterator[Taken]:
        """What a plan takes away."""
        for one in () if self.overlay is None else self.overlay.record.gone.values():
            yield Taken(one.type, one.before)

    @property
    def state_place(self) -> StatePlace | None:
        """Where it keeps its state, as far as that can be told."""
        from tf_kms_guard.terraform.backends import own_state

        return own_state(self)

    @property
    def source(self) -> str:
        """The directory, or the plan or state, for people."""
        return display_path(self.directory) if self.overlay is None else self.overlay.record.path

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What went wrong so far; evaluation goes on as more is asked for."""
        told = None if self.overlay is None else self.overlay.told
        more = (self._downloads.note(self.source), None if told is None else told.note)
        return (*self._diagnostics.values(), *(diagnostic for diagnostic in more if diagnostic is not None))

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, once. What a record alone seems to evaluate to proves nothing, where it fails."""
        if diagnostic.kind is DiagnosticKind.EVALUATION and self.overlay is not None and self._is_told(diagnostic):
            return
        key = (diagnostic.kind.value, diagnostic.message, str(diagnostic.span or diagnostic.file))
        self._diagnostics.setdefault(key, diagnostic)

    def _is_told(self, diagnostic: Diagnostic) -> bool:
        assert self.overlay is not None
        at_record = diagnostic.span is not None and diagnostic.span.file == self.overlay.record.path
        return self.overlay.alone is not None or at_record

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        """Note the texts in a marked value: no output may show them but as ``shown``."""
        inner = bare(value)
        if isinstance(inner, CONTAINERS):
            if id(inner) in self._noted:
                return
            self._noted[id(inner)] = inner
        for text in secret_texts(value):
            if text not in self.secrets:
                self.secrets.update(dict.fromkeys((text, *parts_shown_alone(text)), shown))

    def relative(self, directory: Path) -> str:
        """``path.module`` of a module in ``directory``."""
        return os.path.relpath(directory, self.directory).replace(os.sep, "/")

    def instances(self) -> Iterator[ModuleInstance]:
        """Every module instance, the root first."""
        todo = deque([self.root])
        count = 0
        while todo:
            instance = todo.popleft()
            yield instance
            count += 1
            if count >= _MOST_MODULE_INSTANCES:
                message = f"there are more than {_MOST_MODULE_INSTANCES} module instances; the rest is not looked at"
                self.report(Diagnostic(DiagnosticKind.INPUT, message, file=self.source))
                return
            todo.extend(instance.children())

    def resources(self, types: frozenset[str]) -> Iterator[ResourceInstance]:
        """Every instance of the resources and data sources of some types."""
        for instance in self.instances():
            yield from instance.resource_instances(types)

    @property
    def speaks_of_other_partitions(self) -> bool:
        """Whether some file that was read has to do with partitions other than ``aws``."""
        return any(module.speaks_of_other_partitions for module in self._modules.values())

    @property
    def is_full(self) -> bool:
        """Whether no more instances are made."""
        return self._made > _MOST_INSTANCES

    def with_room_for(self, expanded: list[Expanded], shown: str) -> list[Expanded]:
        """As many of the instances of something as there is room for; a diagnostic says if that is not all."""
        room = max(0, _MOST_INSTANCES - self._made)
        self._made += len(expanded)
        if len(expanded) > room:
            message = f"there are more than {_MOST_INSTANCES} instances: {shown} is not looked at as a whole"
            self.report(Diagnostic(DiagnosticKind.INPUT, message, file=self.source))
        return expanded[:room]

    def take(self, steps: int) -> bool:
        """Whether there is room for so many more elements in loops and results; a diagnostic says where it ends."""
        self._steps += steps
        if self._steps <= _MOST_STEPS:
            return True
        message = f"loops and functions make more than {_MOST_STEPS} elements in all: the rest is not followed"
        self.report(Diagnostic(DiagnosticKind.INPUT, message, file=self.source))
        return False

    def unread_calls(self) -> Iterator[UnreadCall]:
        """The module calls whose source is not here, with the arguments that they are given."""
        for instance in self.instances():
            yield from unread_calls(instance)

    def provider_names(self) -> frozenset[str]:
        """The names of the provider configurations that modules declare, and of the implied default ones."""
        names = {instance.prefixed(name) for instance in self.instances() for name in instance.module.providers}
        return frozenset(names | {name.split(".", 1)[0] for name in self.root.module.providers} | {"aws"})

    def declares(self, address: str) -> bool:
        """Whether ``address`` may be that of a value here: ``var.n``, ``data.x.y.attribute``, ``module.m.output`` …"""
        return any(
            instance.declares(address.removeprefix(f"{instance.path}.") if instance.path else address)
            for instance in self.instances()
            if not instance.path or address.startswith(f"{instance.path}.")
        )

    # ---- modules

    def load(self, directory: Path) -> Module:
        """The module in a directory; what could not be read of it becomes this workspace's diagnostics, once."""
        real = directory.resolve()
        if real not in self._modules:
            module = self._reader.module(directory, self.repository)
            for diagnostic in module.diagnostics:
                self.report(diagnostic)
            self.files.update(module.files)
            self.knows_secrets |= module.speaks_of_marks
            self._modules[real] = module
            self.remarks.extend(module.remarks)
        return self._modules[real]

    def _packed(self, key: str) -> Module | None:
        """The module of a key, where the modules are those of a plan or state."""
        if self.overlay is None or self.overlay.modules is None:
            return None
        module = self.overlay.modules.module(key)
        if module is not None and key not in self._from_record:
            self._from_record.add(key)
            for diagnostic in module.diagnostics:
                self.report(diagnostic)
            self.files.update(module.files)
            self.knows_secrets |= module.speaks_of_marks
            self.remarks.extend(module.remarks)
        return module

    def module_for(self, caller: ModuleInstance, name: str, call: Block) -> Module | None:
        """The module that a call names; ``None``, with a diagnostic, if its source is not here."""
        shown = caller.prefixed(f"module.{name}")
        if caller.told is not None and self.overlay is not None and self.overlay.modules is None:
            return self.overlay.missing_module(_module_key(caller, name))
        if self.overlay is not None and self.overlay.modules is not None:
            module = self._packed(_module_key(caller, name))
            return module or self._missing(shown, call, f"{self.source} does not hold its source")
        source = self._source_of(caller, call)
        if source is None:
            return self._missing(shown, call, "its source is not a plain string")
        if source.startswith(("./", "../")) or source in (".", ".."):
            directory = caller.directory / source
        else:
            key = _module_key(caller, name)
            installed = self._downloads.directory_of(key)
            if installed is None:
                module = self._told_by_record(key)
                self._downloads.miss(key, source, call.header, told=module is not None)
                return module
            directory = installed
        if not directory.is_dir():
            return self._wrong(shown, call, f"there is no directory {display_path(directory)}")
        real = directory.resolve()
        if self.repository is not None and not real.is_relative_to(self.repository):
            return self._missing(shown, call, "it lies outside the repository, where this tool does not read")
        if real in caller.callers():
            return self._wrong(shown, call, "modules call each other in a circle")
        return self.load(directory)

    def _told_by_record(self, key: str) -> Module | None:
        """A module whose source is not here, as far as a plan or state beside the source tells."""
        module = None if self.overlay is None else self.overlay.missing_module(key)
        if module is not None:
            self.knows_secrets |= module.speaks_of_marks
        return module

    def _source_of(self, caller: ModuleInstance, call: Block) -> str | None:
        attribute = call.body.attributes.get("source")
        if attribute is None:
            return None
        try:
            return known(bare(Evaluator(caller, {}).settled(attribute.expression)))
        except EvaluationError:
            return None

    def _missing(self, shown: str, call: Block, why: str) -> Module | None:
        message = f"{shown} is not read: {why}"
        self.report(Diagnostic(DiagnosticKind.MODULE_MISSING, message, call.header))
        return None

    def _wrong(self, shown: str, call: Block, why: str) -> Module | None:
        """A call that Terraform itself would refuse."""
        self.report(Diagnostic(DiagnosticKind.INPUT, f"{shown} is not read: {why}", call.header))
        return None

    # ---- variables

    def give_variables(self, given: GivenVariables, types: Mapping[str, Type]) -> None:
        """Take over values for the root's variables; one of the wrong type becomes a diagnostic."""
        for diagnostic in given.diagnostics:
            self.report(diagnostic)
        self.undeclared = given.undeclared
        self.files.update(given.files)
        for name, entry in given.values.items():
            if name not in types:
                continue
            value = marked_by(self.root, self.root.module.variables[name].block, entry.value)
            try:
                self.variables[name] = convert(value, types[name])
            except EvaluationError as error:
                message = f"the value of variable {name} from {entry.source} does not fit its type: {error.message}"
                self.report(Diagnostic(DiagnosticKind.INPUT, message, entry.span))


def load_workspace(
    directory: Path,
    schema: Schema,
    options: WorkspaceOptions = WorkspaceOptions(),  # noqa: B008
    modules: ModuleReader | None = None,
    overlay: Overlay | None = None,
) -> Workspace:
    """Read the root module in ``directory``. What cannot be read is in the workspace's diagnostics.

    ``overlay`` is a plan or state beside the source, or instead of it.
    """
    workspace = Workspace(directory, schema, options, modules, overlay)
    types: dict[str, Type] = {}
    for name, declared in workspace.root.module.variables.items():
        span: Span = declared.top.header
        try:
            types[name] = type_of(workspace.root, declared.block)
        except EvaluationError as error:
            workspace.report(
                Diagnostic(DiagnosticKind.EVALUATION, f"variable {name}: {error.message}", error.span or span)
            )
            types[name] = ANY_TYPE
    recorded = None if overlay is None or not overlay.has_variables else overlay.record
    given = read_variables(
        directory,
        types,
        options.variable_files,
        options.variables,
        None if recorded is None else (recorded.variables, recorded.path),
        options.standing if recorded is None else None,
    )
    workspace.give_variables(given, types)
    return workspace


def _workspace_name(directory: Path, named: str | None) -> str:
    if named is not None:
        return named
    try:
        chosen = read_bytes(directory / ".terraform" / "environment", _LONGEST_NAME).decode("utf-8").strip()
    except (Unreadable, UnicodeDecodeError):
        chosen = ""
    return chosen or DefaultWorkspace("default")


def _module_key(caller: ModuleInstance, name: str) -> str:
    """The key of a call in ``modules.json``: names joined by dots, without instance keys."""
    names = [name]
    instance: ModuleInstance | None = caller
    while instance is not None and instance.call is not None:
        names.insert(0, instance.call.labels[0])
        instance = instance.parent
    return ".".join(names)
