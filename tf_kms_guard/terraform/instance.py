"""A module instance: one use of a module, with its arguments. Everything in it is evaluated on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tf_kms_guard.terraform.assumable import assumable
from tf_kms_guard.terraform.calls import CallSite
from tf_kms_guard.terraform.diagnostics import CycleError, Diagnostic, DiagnosticKind, EvaluationError, LookUpError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.expansion import Expanded
from tf_kms_guard.terraform.inputs import marked_by, type_of, value_of_variable
from tf_kms_guard.terraform.marks import MASK
from tf_kms_guard.terraform.module import Module, ResourceKey
from tf_kms_guard.terraform.namespaces import Instances, Namespace
from tf_kms_guard.terraform.operators import binary
from tf_kms_guard.terraform.plan.told import TOLD
from tf_kms_guard.terraform.providers import ProviderConfiguration, find_provider, provider_reference
from tf_kms_guard.terraform.repetition import repeated
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Expression
from tf_kms_guard.terraform.types import Type
from tf_kms_guard.terraform.unread import META_ARGUMENTS
from tf_kms_guard.terraform.values import Referred, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.plan.alone import Alone
    from tf_kms_guard.terraform.workspace import Workspace


class _InProgress:
    """Marks a value that is being evaluated: meeting it again is a cycle."""


_IN_PROGRESS: Final = _InProgress()


class ModuleInstance:
    """One use of a module. ``path`` is ``""`` for the root, else ``module.a["k"].module.b``."""

    def __init__(
        self,
        workspace: Workspace,
        module: Module,
        path: str,
        parent: ModuleInstance | None = None,
        call: Block | None = None,
        bindings: Mapping[str, Value] | None = None,
        presence: Value = True,
    ) -> None:
        self.workspace = workspace
        self.module = module
        self.path = path
        self.parent = parent
        self.call = call
        self.bindings = bindings or {}
        self.presence = presence
        self.calls: tuple[Span, ...] = ()
        if parent is not None and call is not None:
            self.calls = (call.header, *parent.calls)
        self._memo: dict[str, Value | _InProgress] = {}
        self._resources: dict[ResourceKey, Instances[ResourceInstance]] = {}
        self._references: dict[ResourceKey, Value] = {}
        self._children: dict[str, Instances[ModuleInstance]] = {}
        self._providers: dict[str, ProviderConfiguration] = {}

    def callers(self) -> Iterator[Path]:
        """The directories of this module and of those that call it, up to the root."""
        instance: ModuleInstance | None = self
        while instance is not None:
            yield instance.directory.resolve()
            instance = instance.parent

    # ---- what names mean here

    @property
    def address(self) -> str:
        """The module address; ``(root)`` for the root."""
        return self.path or "(root)"

    def prefixed(self, name: str) -> str:
        """``name`` with the module path in front."""
        return f"{self.path}.{name}" if self.path else name

    def resolve(self, name: str, span: Span) -> Value:
        """The root of a reference."""
        if name in self.module.managed_types:
            return self._types("managed", name, name)
        spaces: Mapping[str, Callable[[str], Value]] = {
            "var": self.variable,
            "local": self.local,
            "module": self.child,
            "data": lambda type_name: self._types("data", type_name, f"data.{type_name}"),
            "ephemeral": lambda type_name: self._types("ephemeral", type_name, f"ephemeral.{type_name}"),
            "path": self._path,
            "terraform": lambda attribute: self._terraform(attribute, span),
        }
        if name in spaces:
            return Referred(Namespace(self.prefixed(name), spaces[name]))
        if name == TOLD:
            return Referred(Namespace(self.prefixed(name), self._untold))
        if name == "resource":
            return Referred(Namespace("resource", lambda kind: self._types("managed", kind, kind)))
        if name in ("each", "count", "self"):
            raise EvaluationError(f"{name} means nothing here", span)
        raise EvaluationError(f"nothing called {name} is declared here", span)

    def _types(self, mode: str, type_name: str, shown: str) -> Value:
        return Referred(Namespace(self.prefixed(shown), lambda name: self.resource((mode, type_name, name))))

    def _path(self, attribute: str) -> Value:
        root = self.workspace.directory
        match attribute:
            case "module":
                return self.workspace.relative(self.module.directory)
            case "root":
                return "."
            case "cwd":
                return str(root)
        raise EvaluationError(f"path has no attribute {attribute}")

    def _terraform(self, attribute: str, span: Span) -> Value:
        if attribute == "workspace":
            self.workspace.asked_for_workspace = True
            return self.workspace.workspace_name
        return Unknown(f"terraform.{attribute}", f"terraform.{attribute} is not evaluated", origin=span)

    def _untold(self, where: str) -> Value:
        assert self.told is not None  # nobody else writes this name
        return self.told.untold(self.prefixed(where))

    @property
    def told(self) -> Alone | None:
        """How this module is read where it is told by a plan or state alone; ``None`` where its source is here."""
        overlay = self.workspace.overlay
        return None if overlay is None or not self.module.is_told else overlay.told

    def placed(self, span: Span) -> Span:
        """A place in this module's code, with the module calls that lead there."""
        return span.through(self.calls) if self.calls else span

    def call_context(self, span: Span) -> CallSite:
        """What functions need to know of the place where they are called."""
        return CallSite(self, span)

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        """Take note that no output may show a value; ``shown`` is what may stand in its place."""
        self.workspace.keep_secret(value, shown)

    @property
    def knows_secrets(self) -> bool:
        """Whether there may be any marked values at all."""
        return self.workspace.knows_secrets

    def take(self, steps: int) -> bool:
        """Whether there is room for so many more elements in the whole workspace."""
        return self.workspace.take(steps)

    # ---- memoised, guarded evaluation

    def guarded(self, identity: str, span: Span | None, make: Callable[[], Value]) -> Value:
        """What ``make`` gives; where Terraform would refuse, a free value and a diagnostic."""
        try:
            return make()
        except EvaluationError as error:
            place = error.span or span
            if isinstance(error, LookUpError) and self.workspace.rests_on_default_workspace:
                because = f"{error.message} for the workspace default, and none is named"
                return Unknown(self._qualified(identity), because, settle="--workspace NAME", origin=place)
            self.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, place))
            return Unknown(self._qualified(identity), error.message, origin=place)
        except CycleError as error:
            self.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, error.message, error.span or span))
            return Unknown(self._qualified(identity), error.message, origin=error.span or span)
        except RecursionError:
            message = "this expression is nested too deeply to be evaluated"
            self.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, message, span))
            return Unknown(self._qualified(identity), message, origin=span)

    def _qualified(self, identity: str) -> str:
        return identity if not self.path or identity.startswith(self.path) else f"{self.path}.{identity}"

    def once(self, name: str, span: Span | None, make: Callable[[], Value]) -> Value:
        """What ``make`` gives, guarded and remembered under a name.

        Raises:
            CycleError: it is being made already.
        """
        value = self._memo.get(name, NOT_SET)
        if isinstance(value, _InProgress):
            raise CycleError(f"{self.prefixed(name)} refers to itself", span)
        if isinstance(value, NotSet):
            self._memo[name] = _IN_PROGRESS
            try:
                value = self.guarded(self.prefixed(name), span, make)
            finally:
                del self._memo[name]
            self._memo[name] = value
        return value

    def assumed(self, address: str) -> Value | NotSet:
        """A value that the user assumes for an address."""
        return self.workspace.assumed.get(address, NOT_SET)

    def assumable(self, address: str, unknown: Unknown) -> Value:
        """An unknown value, with the parts of it that the user assumes."""
        return assumable(address, unknown, self.workspace.assumed)

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        """What the provider would set an attribute to."""
        return self.workspace.schema.computed(resource, attribute)

    def declares(self, address: str) -> bool:
        """Whether ``address``, relative to this module, names a value of something that is declared in it."""
        parts = [part.split("[", 1)[0] for part in address.split(".")]
        match parts:
            case ["var", name]:
                return name in self.module.variables
            case ["module", name, _, *_]:
                return name in self.module.calls
            case ["data" | "ephemeral" as mode, type_name, name, _, *_]:
                return (mode, type_name, name) in self.module.resources
            case [type_name, name, _, *_]:
                return ("managed", type_name, name) in self.module.resources
        return False

    # ---- variables, locals, outputs

    def variable(self, name: str) -> Value:
        """The value of ``var.name``."""
        declared = self.module.variables.get(name)
        if declared is None:
            raise EvaluationError(f"no variable {name} is declared here")
        return self.once(f"var.{name}", declared.top.header, lambda: value_of_variable(self, name, declared.block))

    def declared(self, space: str, name: str) -> Type | Expression | None:
        """The type constraint of ``var.name``, or the expression of ``local.name``."""
        if space == "var" and name in self.module.variables:
            return type_of(self, self.module.variables[name].block)
        if space == "local" and name in self.module.locals:
            return self.module.locals[name].expression
        return None

    def argument(self, name: str) -> Attribute | None:
        """What the call of this module gives a variable; ``None`` if nothing."""
        if self.call is None or name in META_ARGUMENTS:
            return None
        return self.call.body.attributes.get(name)

    def local(self, name: str) -> Value:
        """The value of ``local.name``."""
        attribute = self.module.locals.get(name)
        if attribute is None:
            raise EvaluationError(f"no local value {name} is declared here")
        if name in self.module.repeated_locals:
            message = f"the local value {name} is declared twice"
            place = self.module.repeated_locals[name]
            self.workspace.report(Diagnostic(DiagnosticKind.SYNTAX, message, place))
        return self.once(f"local.{name}", attribute.span, lambda: Evaluator(self, {}).settled(attribute.expression))

    def read(self, attribute: str) -> Value:
        """The value of an output, for whoever refers to this module."""
        declared = self.module.outputs.get(attribute)
        assumed = self.assumed(f"{self.path}.{attribute}")
        if declared is None:
            if not isinstance(assumed, NotSet):
                return assumed
            raise EvaluationError(f"{self.path} has no output {attribute}")
        block = declared.block
        if not isinstance(assumed, NotSet):
            return marked_by(self, block, assumed)
        expression = block.body.attributes.get("value")
        if expression is None:
            return None
        if self.told is not None and self.parent is not None and self.parent.told is None:
            self.told.follow_output(self, attribute)
        return self.once(
            f"output.{attribute}",
            expression.span,
            lambda: marked_by(self, block, Evaluator(self, {}).settled(expression.expression)),
        )

    def names(self) -> list[str]:
        """The outputs."""
        return list(self.module.outputs)

    # ---- resources

    def resource(self, key: ResourceKey) -> Value:
        """The value of a reference to a resource or data source: one instance, or all by number or key."""
        if key not in self.module.resources:
            shown = ".".join(key[1:] if key[0] == "managed" else key)
            raise EvaluationError(f"nothing called {shown} is declared here")
        if key not in self._references:
            self._references[key] = self._instances(key).value()
        return self._references[key]

    def resource_instances(self, types: frozenset[str]) -> Iterator[ResourceInstance]:
        """The instances of the resources and data sources of some types, in this module alone."""
        for key in self.module.resources:
            if key[1] in types:
                yield from self._instances(key).all

    def _instances(self, key: ResourceKey) -> Instances[ResourceInstance]:
        if key not in self._resources:
            self._resources[key] = self._make_instances(key)
        return self._resources[key]

    def _make_instances(self, key: ResourceKey) -> Instances[ResourceInstance]:
        block = self.module.resources[key].block
        shown = self.prefixed(".".join(key[1:] if key[0] == "managed" else key))
        provider = self.provider_of(key, block)

        def make(expanded: Expanded, address: str, bindings: Mapping[str, Value]) -> ResourceInstance:
            presence = binary("&&", self.presence, expanded.presence)
            overlay = self.workspace.overlay
            recorded = None if overlay is None else overlay.recorded(shown, expanded.key)
            written = block
            if self.told is not None:
                written, bindings = self.told.instance(self, key, address, recorded, bindings)
            return ResourceInstance(self, key, expanded.key, address, written, bindings, presence, provider, recorded)

        return repeated(self, block, shown, key[0], make)

    # ---- child modules

    def child(self, name: str) -> Value:
        """The value of ``module.name``."""
        if name not in self.module.calls:
            raise EvaluationError(f"no module {name} is declared here")
        instances = self.child_instances(name)
        return instances.value() if instances is not None else self._missing(name)

    def _missing(self, name: str) -> Value:
        shown = self.prefixed(f"module.{name}")
        because = f"the source of {shown} is not here"
        unknown = Unknown(shown, because, settle="terraform get", origin=self.module.calls[name].top.header)
        return self.assumable(shown, unknown)

    def children(self) -> Iterator[ModuleInstance]:
        """The instances of the modules that this one calls and whose source is here."""
        for name in self.module.calls:
            instances = self.child_instances(name)
            if instances is not None:
                yield from instances.all

    def child_instances(self, name: str) -> Instances[ModuleInstance] | None:
        """The instances of a module that this one calls; ``None`` if its source is not here."""
        if name not in self._children:
            block = self.module.calls[name].block
            module = self.workspace.module_for(self, name, block)
            if module is None:
                return None
            shown = self.prefixed(f"module.{name}")

            def make(expanded: Expanded, path: str, bindings: Mapping[str, Value]) -> ModuleInstance:
                presence = binary("&&", self.presence, expanded.presence)
                return ModuleInstance(self.workspace, module, path, self, block, bindings, presence)

            self._children[name] = repeated(self, block, shown, "module", make)
        return self._children[name]

    # ---- providers

    def provider_of(self, key: ResourceKey, block: Block) -> ProviderConfiguration:
        """The provider configuration of a resource."""
        recorded = None if self.told is None else self.told.provider(self, key)
        if recorded is not None:
            return recorded
        argument = block.body.attributes.get("provider")
        named = None if argument is None else provider_reference(argument.expression)
        return self.provider(named or key[1].split("_", 1)[0])

    def provider(self, name: str) -> ProviderConfiguration:
        """The provider configuration that ``aws`` or ``aws.alias`` means in this module."""
        if name not in self._providers:
            self._providers[name] = find_provider(self, name)
        return self._providers[name]

    @property
    def directory(self) -> Path:
        """Where the module's files are."""
        return self.module.directory
