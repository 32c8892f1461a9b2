"""One root module, its expressions evaluated by Terraform and by us."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.oracles import require_oracle
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.functions import call
from tf_kms_guard.terraform.marks import bare
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax import parse_expression
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace, WorkspaceOptions
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known

REFUSED = "(refused)"
NOT_KNOWN = "(not known)"
_RUN = 150
"""Hypothesis varies what it has; many short runs give more variety than a long one."""


class NoSchema:
    """A provider that adds nothing."""

    def computed(self, resource: ResourceInstance, attribute: str) -> Value | NotSet:
        return NOT_SET

    def fills(self, resource_type: str, argument: str) -> bool:
        return False

    def takes(self, argument: str) -> None:
        return None


def generated(strategy: SearchStrategy[str], count: int, first_seed: int = 0) -> list[str]:
    """So many different texts, always the same for one seed."""
    found: dict[str, None] = {}

    def run(number: int) -> None:
        @seed(number)
        @settings(
            max_examples=_RUN,
            database=None,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def collect(text: str) -> None:
            found[text] = None

        collect()

    number = first_seed
    while len(found) < count:
        run(number)
        number += 1
    return list(found)[:count]


def workspace(directory: Path, **options: object) -> Workspace:
    return Workspace(directory, NoSchema(), WorkspaceOptions(**options))  # type: ignore[arg-type]


def ours(where: Workspace, texts: Sequence[str]) -> Iterator[str]:
    """The JSON of each expression, or that it is refused, or not known."""
    span = Span("test", 1, 1, 1, 1)
    for text in texts:
        try:
            value = Evaluator(where.root, {}).settled(parse_expression(text, "test"))
            encoded = known(bare(call("jsonencode", [value], where.root.call_context(span))))
        except (EvaluationError, CycleError):
            encoded = REFUSED
        yield NOT_KNOWN if encoded is None else encoded


def terraforms(module: str, texts: Sequence[str], directory: Path) -> list[str | None]:
    """The JSON of each expression as the real Terraform gives it, or that it is refused; ``None``: it does not know."""
    program = require_oracle("terraform")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "main.tf").write_text(module, encoding="utf-8")
    items = "".join(f'try(jsonencode(\n{text}\n), "{REFUSED}"),\n' for text in texts)
    (directory / "all.tf").write_text(f'output "all" {{\nvalue = [\n{items}]\n}}\n', encoding="utf-8")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    if 'module "' in "".join(file.read_text(encoding="utf-8") for file in directory.glob("*.tf")):
        run("get", "-no-color")
    run("apply", "-auto-approve", "-no-color", "-compact-warnings")
    answers: list[str | None] = json.loads(run("output", "-json", "all"))
    return answers
