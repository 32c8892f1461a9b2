"""How often our functions and Terraform's say the same: counted call by call, and kept for the documentation.

``agreement.json`` holds the counts; the test that compares fails where they are stale, and
``TF_KMS_GUARD_WRITE_AGREEMENT=1`` makes it write them. ``docs/generate.py`` makes a page of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.oracles import terraform_json
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.functions import all_functions, call
from tf_kms_guard.terraform.marks import bare
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.terraform.syntax import nodes, parse_expression
from tf_kms_guard.terraform.values import Failed
from tf_kms_guard.terraform.workspace import Workspace, load_workspace
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

HERE: Final = Path(__file__).parent
CALLS: Final = HERE.joinpath("calls.txt").read_text(encoding="utf-8").splitlines()
COUNTS: Final = HERE / "agreement.json"

UNLIKE: Final = {
    'tonumber("1p3")': "a power of two as exponent: nobody writes it",
    'tonumber("-0")': "negative zero",
    "tostring(-0.0)": "negative zero",
    'format("%d",-0)': "negative zero",
    'toset([["b"],["a"]])': "sets of collections have no order that Terraform promises",
    'templatestring("x",{})': "Terraform wants a reference here, and this is a literal",
    'yamldecode("a: \\"\\\\/\\"")': "an escape of YAML 1.2 that Terraform does not know",
}
"""Calls for which another answer is accepted, and why. Everything else is the same, or not known."""

FILES: Final = {
    "files/a.txt": b"hello",
    "files/.hidden": b"x",
    "files/[x].txt": b"1",
    "files/bin": b"\xff\xfe\x00",
    "files/decomposed.txt": "e\u0301".encode(),
    "files/template.tftpl": b"%{ for n in names ~}\n- ${n}\n%{ endfor ~}\n",
    "files/sub/b.txt": b"b\n",
    "files/sub/deep/c.md": b"c\n",
}
"""What the file functions are tried on."""


class _NoProvider:
    def computed(self, resource: ResourceInstance, attribute: str) -> Unknown:
        return Unknown(f"{resource.address}.{attribute}", "there is no provider")

    def fills(self, resource_type: str, argument: str) -> bool:
        return False

    def takes(self, argument: str) -> None:
        return None


def workspace_with_files(directory: Path) -> Workspace:
    """A root module with :data:`FILES` and some symbolic links."""
    for name, content in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for link, target in (("files/link.txt", "a.txt"), ("files/dirlink", "sub")):
        if not (directory / link).is_symlink():
            (directory / link).symlink_to(target)
    return load_workspace(directory, _NoProvider())


def ours(text: str, workspace: Workspace) -> str | None:
    """Our answer as JSON, or ``ERROR``; ``None`` when we do not know."""
    try:
        value = Evaluator(workspace.root, {}).evaluate(parse_expression(text, "calls.txt"))
        if isinstance(value, Failed):
            return "ERROR"
        encoded = call("jsonencode", [value], workspace.root.call_context(Span("calls.txt", 1, 1, 1, 1)))
    except EvaluationError:
        return "ERROR"
    return known(bare(encoded))


def theirs(directory: Path) -> Mapping[str, str | None]:
    """Terraform's answers to all calls, in a directory that :func:`workspace_with_files` has filled."""
    return dict(zip(CALLS, terraform_json(CALLS, directory), strict=True))


def function_of(text: str) -> str:
    """The function that a line of ``calls.txt`` is about: the one called outermost."""
    node = parse_expression(text, "calls.txt")
    assert isinstance(node, nodes.Call)
    return node.name.removeprefix("core::")


def counted(answers: Mapping[str, tuple[str | None, str | None]]) -> dict[str, dict[str, Any]]:
    """By function: calls, those that agree, errors among these, those not known here, and accepted differences."""
    counts: dict[str, dict[str, Any]] = {
        name: {"calls": 0, "agree": 0, "errors": 0, "not_known": 0, "differences": {}}
        for name in sorted({*all_functions(), "try", "can"})
        if not name.startswith("provider::")
    }
    for text, (mine, real) in answers.items():
        entry = counts[function_of(text)]
        entry["calls"] += 1
        if mine == real:
            entry["agree"] += 1
            entry["errors"] += mine == "ERROR"
        elif mine is None:
            entry["not_known"] += 1
        elif text in UNLIKE:
            entry["differences"][text] = UNLIKE[text]
    return counts


def summary(counts: Mapping[str, Mapping[str, Any]]) -> str:
    """The counts in one line."""
    total, agree, errors, unknown = (
        sum(entry[key] for entry in counts.values()) for key in ("calls", "agree", "errors", "not_known")
    )
    accepted = sum(len(entry["differences"]) for entry in counts.values())
    wrong = total - agree - unknown - accepted
    return (
        f"{len(counts)} functions, {total} calls compared with Terraform: {agree} agree ({errors} of them errors), "
        f"{unknown} are left open here, {accepted} differ as documented, {wrong} are wrong"
    )


def written(counts: Mapping[str, Any]) -> str:
    """The content of ``agreement.json``."""
    return json.dumps(counts, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def compared(directory: Path) -> dict[str, tuple[str | None, str | None]]:
    """Our answer and Terraform's to each call."""
    workspace = workspace_with_files(directory)
    real = theirs(directory)
    return {text: (ours(text, workspace), real[text]) for text in CALLS}
