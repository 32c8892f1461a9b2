"""What a plan or a state says, in whichever form it came."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct, field

from tf_kms_guard.terraform.diagnostics import Diagnostic
from tf_kms_guard.terraform.values import Value


class Origin(enum.Enum):
    """The form in which it came."""

    PLAN_JSON = "plan"
    """``terraform show -json tfplan``."""
    PLAN_FILE = "tfplan"
    """What ``terraform plan -out`` writes."""
    STATE = "state"
    """``terraform show -json``, ``terraform.tfstate``."""


class Recorded(Struct, frozen=True, eq=False):
    """One instance of a resource or data source.

    ``module`` is the path of the module instance (``module.a["k"]``, ``""`` for the root), ``key`` the instance
    key. ``values`` are the attributes after the change, nested blocks and sets as lists, ``before`` those before
    it (``None``: it was not there, or nothing is said of it); ``values`` is ``None`` for something that
    will be gone. A part that is not known before apply is an ``Unknown`` with the identity
    ``<address>.<path of attributes>``. ``sensitive`` holds the paths (names and numbers) of parts that must not
    be shown. ``actions`` are Terraform's words (``create``, ``update``, ``delete``, ``read``, ``no-op``, ``forget``),
    more than one for a replacement; none for what is there and stays. ``provider`` is the name of the provider
    configuration (``aws``, ``aws.replica``; ``module.a:aws`` for one that a module configures for itself), where
    it is said. ``drifted``: changed outside of Terraform since its last run.
    """

    address: str
    module: str
    mode: str
    type: str
    name: str
    key: str | int | None
    values: Mapping[str, Value] | None
    before: Mapping[str, Value] | None = None
    actions: tuple[str, ...] = ()
    provider: str | None = None
    sensitive: frozenset[tuple[str | int, ...]] = frozenset()
    previous_address: str | None = None
    drifted: bool = False


class ConfiguredResource(Struct, frozen=True):
    """A resource block as the ``configuration`` of a plan JSON tells: constants and references, without text.

    ``expressions`` is Terraform's own structure: by argument ``{"constant_value": …}`` or ``{"references": […]}``,
    nested blocks as objects or lists of objects. ``provider`` is the ``provider_config_key``.
    """

    mode: str
    type: str
    name: str
    provider: str
    expressions: Mapping[str, object]
    count: Mapping[str, object] | None = None
    for_each: Mapping[str, object] | None = None


class ConfiguredModule(Struct, frozen=True):
    """A module as the ``configuration`` of a plan JSON tells; ``calls`` holds the calls with what they call."""

    resources: tuple[ConfiguredResource, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    outputs: Mapping[str, object] = field(default_factory=dict)
    calls: Mapping[str, ConfiguredCall] = field(default_factory=dict)


class ConfiguredCall(Struct, frozen=True):
    """A module call: its arguments as expressions, and what it calls."""

    source: str
    expressions: Mapping[str, object]
    module: ConfiguredModule
    count: Mapping[str, object] | None = None
    for_each: Mapping[str, object] | None = None


class ModuleSource(Struct, frozen=True):
    """The source of one module inside a plan file.

    ``key`` is Terraform's (``""`` for the root, ``a.b`` for ``module.a.module.b``), ``directory`` the place it was
    read from, relative to the root module; ``files`` maps names to contents.
    """

    key: str
    directory: str
    files: Mapping[str, bytes]


class Record(Struct, frozen=True, eq=False):
    """Everything that one plan or state says.

    ``resources`` are those after the change, by address, data sources too; ``gone``: those that it deletes or
    forgets. ``providers`` is the ``provider_config`` of a plan JSON as it stands. ``configuration`` is there for a
    plan JSON, ``sources`` for a plan file. ``complete``: not limited by ``-target`` and not ``errored``.
    ``sensitive_variables`` and ``sensitive_outputs`` are names whose values must not be shown, as far as the record
    tells: a plan file leaves that of variables to the configuration. ``timestamp`` is when it was planned.
    """

    origin: Origin
    path: str
    format_version: str
    terraform_version: str | None
    variables: Mapping[str, Value]
    resources: Mapping[str, Recorded]
    gone: Mapping[str, Recorded] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    providers: Mapping[str, object] = field(default_factory=dict)
    configuration: ConfiguredModule | None = None
    sources: tuple[ModuleSource, ...] = ()
    workspace_name: str | None = None
    complete: bool = True
    sensitive_variables: frozenset[str] = frozenset()
    sensitive_outputs: frozenset[str] = frozenset()
    timestamp: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
