"""Where a workspace keeps its state, as far as that tells whether another workspace reads it.

Terraform documentation, "Backend Configuration" and "The terraform_remote_state Data Source": the ``config`` of the
data source has the arguments of the backend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.marks import bare_throughout
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block
from tf_kms_guard.terraform.values import Object, Value
from tf_kms_guard.values.text import known

if TYPE_CHECKING:
    from tf_kms_guard.terraform.workspace import Workspace

_PLACE: Final[Mapping[str, tuple[str, ...]]] = {
    "s3": ("bucket", "key"),
    "gcs": ("bucket", "prefix"),
    "azurerm": ("storage_account_name", "container_name", "key"),
    "consul": ("path",),
    "cos": ("bucket", "prefix", "key"),
    "oss": ("bucket", "prefix", "key"),
    "http": ("address",),
    "kubernetes": ("namespace", "secret_suffix"),
    "pg": ("conn_str", "schema_name"),
    "oci": ("bucket", "namespace", "key"),
    "remote": ("hostname", "organization", "workspaces"),
    "cloud": ("hostname", "organization", "workspaces"),
    "local": ("path",),
}
"""By type of backend, the arguments that tell one state from another."""

_DEFAULTS: Final[Mapping[tuple[str, str], str]] = {
    ("remote", "hostname"): "app.terraform.io",
    ("cloud", "hostname"): "app.terraform.io",
    ("kubernetes", "namespace"): "default",
    ("local", "path"): "terraform.tfstate",
}


_CREDENTIALS: Final = re.compile(r"(?<=//)[^/@\s]*@|\bpassword=('[^']*'|\S+)\s*")
"""What lets somebody in tells no state from another, and is kept nowhere."""


class StatePlace(Struct, frozen=True):
    """A place of a state: the type of its backend and the arguments that tell it; two equal ones are one state."""

    kind: str
    arguments: tuple[tuple[str, str], ...]


def own_state(workspace: Workspace) -> StatePlace | None:
    """Where a workspace keeps its state; ``None`` where that cannot be told (settings given at ``terraform init``)."""
    for settings in workspace.root.module.settings:
        for kind in ("backend", "cloud"):
            for block in settings.block.body.blocks_of(kind):
                type_ = block.labels[0] if kind == "backend" and block.labels else kind
                return _place(type_, _arguments(workspace, block), workspace.workspace_name, workspace.directory)
    return _place("local", lambda _: None, workspace.workspace_name, workspace.directory)


def state_read(kind: Value, config: Value, workspace: Value, directory: Path) -> StatePlace | None:
    """The state that a ``terraform_remote_state`` in ``directory`` reads; ``None`` where that cannot be told."""
    name = known(kind)
    if name is None or not (config is None or isinstance(config, dict)):
        return None
    chosen = "default" if workspace is None else known(workspace)
    fields: Mapping[str, Value] = config or {}
    return None if chosen is None else _place(name, fields.get, chosen, directory)


def as_place(kind: str, arguments: Iterable[tuple[str, str]]) -> StatePlace:
    """A place that facts tell of: paths in it are relative to the working directory."""
    return StatePlace(
        kind,
        tuple(
            (name, str(Path(text).resolve()) if (kind, name) == ("local", "path") else text) for name, text in arguments
        ),
    )


def _place(kind: str, argument: Callable[[str], Value], workspace: str, directory: Path) -> StatePlace | None:
    found: list[tuple[str, str]] = []
    for name in _PLACE.get(kind, ()):
        value = argument(name)
        text = _workspaces(value) if name == "workspaces" else known(value)
        if text is None and value is None:
            text = _DEFAULTS.get((kind, name), "")
        if text is None:
            return None
        if kind == "local":
            text = str((directory / text).resolve())
        found.append((name, _CREDENTIALS.sub("", text)))
    if not found or all(text == "" for _, text in found):
        return None
    if kind in ("remote", "cloud"):
        return StatePlace("remote", tuple(found))
    return StatePlace(kind, (*found, ("workspace", workspace)))


def _workspaces(value: Value) -> str | None:
    """``workspaces { name = … }`` as a block or as an object; with a prefix or tags it is not known which one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return known(value.get("name")) if isinstance(value, dict) else None


def _arguments(workspace: Workspace, block: Block) -> Callable[[str], Value]:
    root = workspace.root

    def value(attribute: Attribute, where: str) -> Value:
        evaluate = Evaluator(root, {}).settled
        return bare_throughout(root.guarded(where, attribute.span, lambda: evaluate(attribute.expression)))

    def argument(name: str) -> Value:
        attribute = block.body.attributes.get(name)
        if attribute is not None:
            return value(attribute, f"backend.{name}")
        blocks = block.body.blocks_of(name)
        if not blocks:
            return None
        return Object((key, value(one, f"backend.{name}.{key}")) for key, one in blocks[0].body.attributes.items())

    return argument
