"""The stub AWS provider: what Terraform asks of a provider, answered without AWS."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from enum import Enum
from typing import Any, Final

import grpc

from tests.terraform_stub import made_up
from tests.terraform_stub.policy_document import PolicyError, rendered
from tests.terraform_stub.schema import Block, aws_schema
from tests.terraform_stub.values import UNKNOWN, pack, unpack
from tests.terraform_stub.wire import decode, encode


class Mode(Enum):
    """What a plan says of attributes that AWS assigns."""

    NORMAL = "normal"
    """They are known after apply."""

    MADE_UP = "made-up"
    """They are known: made-up values. Such a plan is not meant to be applied."""


_DEFAULTS: Final = {
    "aws_iam_role": {"path": "/"},
    "aws_iam_user": {"path": "/"},
    "aws_iam_group": {"path": "/"},
    "aws_iam_policy": {"path": "/"},
}
"""Arguments that the provider sets where a configuration does not."""


_FORCES_NEW: Final = {
    "aws_kms_key": ("customer_master_key_spec", "key_usage", "multi_region"),
    "aws_kms_key_policy": ("key_id",),
    "aws_s3_bucket_policy": ("bucket",),
    "aws_iam_role": ("name", "path"),
    "aws_iam_role_policy": ("name", "role"),
    "aws_iam_role_policy_attachment": ("policy_arn", "role"),
}
"""Arguments that the provider's documentation calls "Forces new resource", of the types that tests replace."""


class StubProvider:
    """A provider in this process. Terraform reaches it through the environment that :meth:`environment` gives.

    Terraform connects once for each provider configuration, so the connection tells them apart.
    """

    def __init__(self) -> None:
        self.mode = Mode.NORMAL
        self.schema = aws_schema()
        self._schema_bytes = encode("GetProviderSchema.Response", self.schema.message())
        self._configurations: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("tfplugin6.Provider", self._handlers()),)
        )
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None)

    def environment(self) -> dict[str, str]:
        """What Terraform's environment must hold."""
        attach = {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{self._port}"},
        }
        return {"TF_REATTACH_PROVIDERS": json.dumps({"hashicorp/aws": attach})}

    # ---- the protocol

    def _handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        methods: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
            "ValidateProviderConfig": lambda request, peer: {},
            "ValidateResourceConfig": lambda request, peer: {},
            "ValidateDataResourceConfig": lambda request, peer: {},
            "ConfigureProvider": self._configure,
            "UpgradeResourceState": self._upgrade,
            "ReadResource": self._refresh,
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "ImportResourceState": self._import,
            "ReadDataSource": self._read,
            "StopProvider": lambda request, peer: {},
        }
        handlers = {name: _handler(name, method) for name, method in methods.items()}
        handlers["GetProviderSchema"] = grpc.unary_unary_rpc_method_handler(lambda request, context: self._schema_bytes)
        return handlers

    def _configure(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        self._configurations[peer] = unpack(request["config"])
        return {}

    def _upgrade(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        return {"upgraded_state": pack(json.loads(request["raw_state"]["json"]))}

    def _refresh(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        block = self.schema.resources[request["type_name"]]
        state = unpack(request["current_state"])
        self._fill("managed", request["type_name"], block, state, peer)
        return {"new_state": pack(state), "private": request.get("private", b"")}

    def _import(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        name = request["type_name"]
        state = _empty(self.schema.resources[name])
        state["id"] = request["id"]
        for attribute in ("bucket", "key_id", "name"):
            if attribute in state:
                state[attribute] = request["id"]
        return {"imported_resources": [{"type_name": name, "state": pack(state)}]}

    def _plan(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        name = request["type_name"]
        proposed, prior = unpack(request["proposed_new_state"]), unpack(request["prior_state"])
        if proposed is not None:
            block = self.schema.resources[name]
            for attribute, default in _DEFAULTS.get(name, {}).items():
                if proposed[attribute] is None:
                    proposed[attribute] = default
            if block.attributes.get("region") and proposed["region"] is None:
                proposed["region"] = self._around(peer).region
            if "tags_all" in block.attributes and made_up.is_known(proposed["tags"]):
                proposed["tags_all"] = {**self._default_tags(peer), **(proposed["tags"] or {})}
            _unset_to_unknown(block, proposed, new=prior is None)
            if self.mode is Mode.MADE_UP:
                self._fill("managed", name, block, proposed, peer, keep_unknown=True)
        answer = {"planned_state": pack(proposed), "legacy_type_system": True}
        if prior is not None and proposed is not None:
            changed = [one for one in _FORCES_NEW.get(name, ()) if _differs(prior[one], proposed[one])]
            answer["requires_replace"] = [{"steps": [{"attribute_name": one}]} for one in changed]
        return answer

    def _apply(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        state = unpack(request["planned_state"])
        if state is not None:
            name = request["type_name"]
            self._fill("managed", name, self.schema.resources[name], state, peer)
        return {"new_state": pack(state), "legacy_type_system": True}

    def _read(self, request: dict[str, Any], peer: str) -> dict[str, Any]:
        name = request["type_name"]
        state = unpack(request["config"])
        block = self.schema.data[name]
        if name == "aws_iam_policy_document":
            try:
                state["json"], state["minified_json"] = rendered(state)
            except PolicyError as error:
                return {"diagnostics": [{"severity": 1, "summary": str(error)}]}
        seed = json.dumps(state, sort_keys=True)
        _unset_to_unknown(block, state, new=True)
        self._fill("data", name, block, state, peer, seed)
        return {"state": pack(state)}

    # ---- values

    def _around(self, peer: str) -> made_up.Surroundings:
        return made_up.surroundings(self._configurations.get(peer) or {})

    def _default_tags(self, peer: str) -> dict[str, str]:
        blocks = (self._configurations.get(peer) or {}).get("default_tags") or ()
        return {name: value for block in blocks for name, value in (block["tags"] or {}).items()}

    def _fill(
        self,
        mode: str,
        name: str,
        block: Block,
        state: dict[str, Any],
        peer: str,
        seed: str | None = None,
        keep_unknown: bool = False,
    ) -> None:
        """Make up every computed attribute of ``state`` that is not known.

        ``keep_unknown`` leaves what depends on configured values that are not known.
        """
        if seed is None:
            with self._lock:
                seed = f"{next(self._numbers)}"
        around = self._around(peer)
        given = state.get("region")
        if isinstance(given, str) and given:
            around = made_up.Surroundings(around.account, given)
        rules = (made_up.DATA if mode == "data" else made_up.MANAGED).get(name, {})
        missing = [*(n for n in rules if n in block.attributes), *(n for n in block.attributes if n not in rules)]
        for attribute in missing:
            schema = block.attributes[attribute]
            value = state.get(attribute)
            if not schema.computed or (value is not None and value is not UNKNOWN):
                continue
            rule = rules.get(attribute)
            if rule is None and attribute == "id" and name.startswith("aws_s3_bucket_"):
                rule = made_up.same("bucket")
            if rule is None:
                state[attribute] = made_up.generic(attribute, schema.type, around, f"{name} {attribute} {seed}")
                continue
            try:
                state[attribute] = rule(_known_part(state), around, f"{name} {attribute} {seed}")
            except (KeyError, AttributeError, TypeError):
                if not keep_unknown:
                    state[attribute] = made_up.generic(attribute, schema.type, around, f"{name} {attribute} {seed}")
        for kind, inner in block.blocks.items():
            if state.get(kind) is UNKNOWN:
                state[kind] = []
            for nested in _each(inner, state.get(kind)):
                self._fill_nested(inner, nested, around, f"{name} {kind} {seed}")

    def _fill_nested(self, block: Block, state: dict[str, Any], around: made_up.Surroundings, seed: str) -> None:
        for attribute, schema in block.attributes.items():
            if state.get(attribute) is UNKNOWN:
                state[attribute] = made_up.generic(attribute, schema.type, around, f"{attribute} {seed}")
        for kind, inner in block.blocks.items():
            for nested in _each(inner, state.get(kind)):
                self._fill_nested(inner, nested, around, f"{kind} {seed}")


def _differs(prior: Any, proposed: Any) -> bool:
    return proposed is UNKNOWN or prior != proposed


def _handler(name: str, method: Callable[[dict[str, Any], str], dict[str, Any]]) -> grpc.RpcMethodHandler:
    def handle(request: dict[str, Any], context: grpc.ServicerContext) -> dict[str, Any]:
        return method(request, context.peer())

    return grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=lambda data: decode(f"{name}.Request", data),
        response_serializer=lambda answer: encode(f"{name}.Response", answer),
    )


def _unset_to_unknown(block: Block, state: dict[str, Any], *, new: bool) -> None:
    """Computed and unset becomes unknown; write-only values do not stay."""
    for name, attribute in block.attributes.items():
        if attribute.write_only:
            state[name] = None
        elif attribute.computed and state.get(name) is None:
            state[name] = UNKNOWN
    for kind, inner in block.blocks.items():
        if inner.computed and new and state.get(kind) == []:
            state[kind] = UNKNOWN
        for nested in _each(inner, state.get(kind)):
            _unset_to_unknown(inner, nested, new=new)


def _each(block: Block, content: Any) -> list[dict[str, Any]]:
    if content is None or content is UNKNOWN:
        return []
    return [content] if block.nesting == "single" else [item for item in content if item is not UNKNOWN]


def _empty(block: Block) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(block.attributes)
    return empty | {kind: None if inner.nesting == "single" else [] for kind, inner in block.blocks.items()}


def _known_part(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if value is not None and value is not UNKNOWN}
