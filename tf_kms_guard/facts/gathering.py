"""What a workspace contributes to an estate: its resources as they are evaluated, and all that judging them rests on.

Nothing here names what a resource type means: each argument and block is written as it is, so that what reads
resources reads facts as it reads source. What no reader looks at (tags and the like) is left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.estate.elsewhere import LINKED, LOOK_UPS, name_sought, state_sought
from tf_kms_guard.estate.policies import form_of
from tf_kms_guard.estate.reading import TYPES
from tf_kms_guard.facts.encoding import Encoder
from tf_kms_guard.facts.given import calls_of, is_told_elsewhere
from tf_kms_guard.terraform.backends import StatePlace
from tf_kms_guard.terraform.diagnostics import Diagnostic
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.json_bodies import attributes_of, objects_in
from tf_kms_guard.terraform.syntax.nodes import Body, TupleItems
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

COLLECTED: Final = frozenset((*TYPES, *(look_up.type for look_up in LOOK_UPS.values())))

_META: Final = frozenset(("count", "for_each", "provider", "depends_on", "dynamic"))
_UNREAD: Final = frozenset(("tags", "tags_all", "description"))
_UNREAD_BLOCKS: Final = frozenset(("lifecycle", "provisioner", "connection", "timeouts", *_UNREAD))
_NAMES: Final = (
    *("id", "arn", "name", "bucket", "region", "key_id", "unique_id", "target_key_id", "target_key_arn", "path"),
)
"""Attributes by which others name a thing: a plan or state knows them."""


class Gathered:
    """The facts of one workspace, after everything in it was judged: ``diagnostics`` are from then.

    ``hide`` puts numbers for secrets; it is asked for when all values were looked at. ``rests_on``: what all of it
    rests on, for people.
    """

    def __init__(
        self,
        workspace: Workspace,
        schema: AwsSchema,
        diagnostics: tuple[Diagnostic, ...],
        rests_on: tuple[str, ...],
        hide: Callable[[], Callable[[str], str]],
    ) -> None:
        self.workspace = workspace
        self.schema = schema
        self._diagnostics = diagnostics
        self._rests_on = rests_on
        self._met = {account.provider for account in schema.accounts.all}
        self._sources = [
            one
            for one in workspace.resources(frozenset(LINKED))
            if one.mode == "data" and isinstance(one.presence, bool)
        ]
        self._resources = [one for one in workspace.resources(COLLECTED) if one.mode in ("managed", "data")]
        for one in self._resources:
            _look_at(one)
        links = {one.address: LINKED[one.type] for one in self._sources}
        outputs = self._outputs()
        self._encoder = Encoder(hide(), links)
        self._written = [self._resource(one) for one in self._resources]
        self._out = {name: self._encoder.value(value) for name, value in outputs.items()}

    def data(self) -> dict[str, Any]:
        """They, as a facts file holds them."""
        encoder, workspace = self._encoder, self.workspace
        overlay = workspace.overlay
        calls = [
            {
                "address": encoder.words(call.address),
                "at": encoder.at(call.span),
                "given": list(map(encoder.value, given)),
            }
            for call, given in calls_of(workspace, self._resources)
        ]
        found: dict[str, Any] = {
            "source": encoder.words(workspace.source),
            "kind": "hcl" if overlay is None else overlay.record.origin.value,
            "accounts": {account.provider: self._account(account) for account in self.schema.accounts.all},
            "providers": sorted(workspace.provider_names()),
            "state": self._state(workspace.state_place),
            "outputs": self._out,
            "resources": self._written,
            "calls": calls,
            "gone": list(self._gone()),
            "errors": [self._problem(one) for one in self._diagnostics],
            "remarks": [self._remark(one) for one in dict.fromkeys(workspace.remarks)],
            "other_partitions": workspace.speaks_of_other_partitions,
            "rests_on": list(self._rests_on),
        }
        found["links"] = {
            encoder.words(one.address): self._link(one) for one in self._sources if one.address in encoder.linked
        }
        found["unknowns"] = dict(sorted(encoder.unknowns.items()))
        sizes = {encoder.words(file): _size(file) for file in sorted(encoder.files)}
        found["files"] = {file: size for file, size in sizes.items() if size is not None}
        return {key: value for key, value in found.items() if value or key in ("source", "kind")}

    def _remark(self, one: Remark) -> dict[str, Any]:
        encoder = self._encoder
        found: dict[str, Any] = {"text": encoder.words(one.text), "place": encoder.at(one.span)}
        if one.at:
            found["at"] = [encoder.at(span) for span in one.at]
        if one.inside is not None:
            found["inside"] = encoder.at(one.inside)
        return found

    # ---- resources

    def _resource(self, one: ResourceInstance) -> dict[str, Any]:
        encoder = self._encoder
        found: dict[str, Any] = {
            "address": encoder.words(one.address),
            "type": one.type,
            "name": one.name,
            "provider": self.schema.accounts.of(one.provider).provider,
            "at": encoder.at(one.span),
        }
        if one.mode != "managed":
            found["mode"] = one.mode
        with encoder.within(one.span.file):
            parts = {
                "set": {name: self._setting(one, name) for name in _arguments(one) if is_told_elsewhere(one, name)},
                "blocks": self._blocks(one, one.block.body),
                "untold": self._untold(one, one.recorded),
                "ignores": sorted(_ignored(one)),
                **self._recorded(one),
            }
            if one.presence is not True:
                parts["presence"] = encoder.value(one.presence)
        return found | {key: value for key, value in parts.items() if value or key == "presence"}

    def _setting(self, of: ResourceInstance | BlockInstance, name: str) -> list[Any]:
        value = of.marked_attribute(name)
        written = [
            None if isinstance(value, NotSet) else self._encoder.value(value),
            self._encoder.at(of.span_of(name)),
        ]
        form, recorded = "jsonencode", False
        if isinstance(of, ResourceInstance):
            form, recorded = form_of(of.attribute_node(name)), of.is_recorded(name)
        if recorded:
            return [*written, form, True]
        return written if form == "jsonencode" else [*written, form]

    def _block(self, block: BlockInstance) -> dict[str, Any]:
        found: dict[str, Any] = {"at": self._encoder.at(block.span), "path": self._encoder.words(block.path)}
        parts = {
            "set": {name: self._setting(block, name) for name in block.body.attributes if name not in _UNREAD},
            "blocks": self._blocks(block, block.body),
            "untold": self._untold(block, block.recorded),
        }
        if block.presence is not True:
            parts["presence"] = self._encoder.value(block.presence)
        return found | {key: value for key, value in parts.items() if value or key == "presence"}

    def _blocks(self, of: ResourceInstance | BlockInstance, body: Body) -> dict[str, list[dict[str, Any]]]:
        found = {kind: [self._block(block) for block in of.blocks(kind)] for kind in _kinds(body)}
        return {kind: blocks for kind, blocks in found.items() if blocks}

    def _untold(self, of: ResourceInstance | BlockInstance, recorded: Mapping[str, Value] | None) -> dict[str, str]:
        names = (name for name, value in (recorded or {}).items() if isinstance(value, Unknown))
        found = ((name, of.untold(name)) for name in names)
        return {name: self._encoder.named(unknown) for name, unknown in found if unknown is not None}

    def _recorded(self, one: ResourceInstance) -> dict[str, Any]:
        """What a plan, a state or the user knows of attributes that nothing here sets."""
        encoder = self._encoder
        assumed = [name for name in _assumed(one) if name.isidentifier()]
        reads = {name: encoder.value(one.read(name)) for name in assumed}
        if one.recorded is None:
            return {"reads": reads}
        filled = [name for name in one.recorded if self.schema.fills(one.type, name)]
        in_force = {name: one.in_force(name) for name in (*_NAMES, *filled)}
        blocks = {name: one.blocks_in_force(name) for name in filled if isinstance(one.recorded[name], list)}
        reads |= {name: encoder.value(one.read(name)) for name in _NAMES if known(one.recorded.get(name)) is not None}
        return {
            "in_force": {name: encoder.value(v) for name, v in in_force.items() if not isinstance(v, NotSet)},
            "blocks_in_force": {name: [self._block(one) for one in found] for name, found in blocks.items() if found},
            "reads": reads,
        }

    # ---- what stands around them

    def _outputs(self) -> dict[str, Value]:
        root = self.workspace.root

        def output(name: str) -> Value:
            return root.guarded(f"output.{name}", None, lambda: root.read(name))

        return {name: output(name) for name in root.names()}

    def _account(self, account: Account) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: self._encoder.text(getattr(account, name)) for name in ("id", "region", "partition")
        }
        found["evidence"] = self._encoder.words(account.evidence)
        if account.evidence_span is not None:
            found["at"] = self._encoder.at(account.evidence_span)
        return found if account.provider in self._met else {**found, "met": False}

    def _state(self, place: StatePlace | None) -> dict[str, Any] | None:
        if place is None:
            return None
        pairs = [[name, self._state_argument(place.kind, text)] for name, text in place.arguments]
        return {"kind": place.kind, "arguments": pairs}

    def _state_argument(self, kind: str, text: str) -> str:
        shown = os.path.relpath(text) if kind == "local" and os.path.isabs(text) else text
        return self._encoder.words(shown.replace(os.sep, "/"))

    def _link(self, one: ResourceInstance) -> dict[str, Any]:
        if one.type == "terraform_remote_state":
            state = self._state(state_sought(one))
            return {"type": one.type, **({} if state is None else {"state": state})}
        sought = name_sought(one, self.schema.account(one))
        return {
            "type": one.type,
            **({} if sought.name is None else {"name": self._encoder.words(sought.name)}),
            "account": self._encoder.text(sought.account),
            "region": self._encoder.text(sought.region),
        }

    def _gone(self) -> Iterator[dict[str, Any]]:
        for one in self.workspace.gone:
            names = () if one.before is None else ("name", "policy_arn", "bucket", "key_id", "role", "user")
            before = {name: known((one.before or {}).get(name)) for name in names}
            told = {name: self._encoder.words(text) for name, text in before.items() if text is not None}
            yield {"type": one.type, **({"before": told} if told else {})}

    def _problem(self, one: Diagnostic) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": one.kind.value, "message": self._encoder.words(one.message)}
        if one.span is not None:
            found["at"] = self._encoder.at(one.span)
        if one.file is not None:
            found["file"] = self._encoder.words(one.file)
        return found


def _arguments(one: ResourceInstance) -> Iterator[str]:
    """The arguments that are set, or that the user assumes."""
    for name in dict.fromkeys((*one.block.body.attributes, *_assumed(one))):
        if name not in _META and name not in _UNREAD and name.isidentifier():
            yield name


def _assumed(one: ResourceInstance) -> list[str]:
    prefix = f"{one.address}."
    return [address[len(prefix) :] for address in one.module.workspace.assumed if address.startswith(prefix)]


def _kinds(body: Body) -> list[str]:
    """The types of the blocks in a body, in either syntax."""
    kinds = [block.labels[0] if block.type == "dynamic" and block.labels else block.type for block in body.blocks]
    for name, attribute in body.attributes.items():
        if name == "dynamic":
            kinds += [kind for item in objects_in(attribute.expression) for kind in attributes_of(item.items)]
        elif any(True for _ in objects_in(attribute.expression)):
            kinds.append(name)
    return [kind for kind in dict.fromkeys(kinds) if kind not in _UNREAD_BLOCKS]


def _ignored(one: ResourceInstance) -> set[str]:
    """The arguments that ``lifecycle { ignore_changes }`` names."""
    found: set[str] = set()
    for block in one.block.body.blocks_of("lifecycle"):
        ignored = block.body.attributes.get("ignore_changes")
        if ignored is not None:
            named = ignored.expression.items if isinstance(ignored.expression, TupleItems) else (ignored.expression,)
            found |= {str(getattr(node, "name", getattr(node, "value", ""))) for node in named}
    return found


def _look_at(one: ResourceInstance | BlockInstance) -> None:
    """Evaluate all of it: what is secret is known afterwards."""
    body = one.block.body if isinstance(one, ResourceInstance) else one.body
    for name in _arguments(one) if isinstance(one, ResourceInstance) else body.attributes:
        one.marked_attribute(name)
    for kind in _kinds(body):
        for block in one.blocks(kind):
            _look_at(block)


def _size(file: str) -> int | None:
    try:
        return os.stat(file).st_size
    except (OSError, ValueError):
        return None
