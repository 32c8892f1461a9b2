"""The real Terraform, run with the stub provider."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.terraform_stub.provider import Mode, StubProvider


class TerraformFailed(Exception):
    """Terraform refused; the message is what it printed."""


@dataclass(frozen=True)
class Root:
    """A copy of a root module that Terraform may write into."""

    directory: Path
    variables: tuple[tuple[str, str], ...] = ()
    workspace: str | None = None


class StubbedTerraform:
    """Runs Terraform on root modules; every AWS resource in them is the stub's."""

    def __init__(self, program: str, provider: StubProvider) -> None:
        self.program = program
        self.provider = provider

    def copy(
        self, directory: Path, to: Path, variables: tuple[tuple[str, str], ...] = (), workspace: str | None = None
    ) -> Root:
        """Copy a root module, and fetch the modules that it calls."""
        copied = to / directory.name
        shutil.copytree(directory, copied, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        root = Root(copied, variables, workspace)
        installed = copied / "modules.json"
        if installed.exists():  # a root whose modules were downloaded before
            target = copied / ".terraform" / "modules" / "modules.json"
            target.parent.mkdir(parents=True)
            installed.rename(target)
        elif any(_calls_modules(path) for path in copied.iterdir()):
            self._run(root, "get", "-no-color")
        return root

    def apply(self, root: Root) -> dict[str, Any]:
        """Apply, and give the state file: every value is known there, and policies are what was sent to AWS.

        A plan would not do: it leaves every policy document open that refers to a resource with a pending change.
        """
        self.provider.mode = Mode.NORMAL
        state = root.directory / "terraform.tfstate"
        self._run(
            root, "apply", "-auto-approve", "-no-color", "-input=false", "-lock=false", f"-state={state}",
            *_variables(root),
        )  # fmt: skip
        read: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))
        return read

    def plan(self, root: Root, mode: Mode = Mode.NORMAL, *options: str) -> Path:
        """Plan, and give the path of the binary plan file."""
        self.provider.mode = mode
        self._run(
            root, "plan", "-no-color", "-input=false", "-lock=false", "-out=tfplan", *_variables(root), *options
        )  # fmt: skip
        return root.directory / "tfplan"

    def show(self, root: Root, file: Path) -> dict[str, Any]:
        """A plan or state file as JSON."""
        read: dict[str, Any] = json.loads(self.shown(root, file))
        return read

    def shown(self, root: Root, file: Path) -> bytes:
        """What Terraform prints of a plan or state file as JSON."""
        return self._run(root, "show", "-json", str(file)).encode()

    def _run(self, root: Root, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        environment |= {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", **self.provider.environment()}
        if root.workspace is not None:
            environment["TF_WORKSPACE"] = root.workspace
        done = subprocess.run(
            [self.program, *arguments], cwd=root.directory, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise TerraformFailed(f"terraform {arguments[0]} in {root.directory.name}: {done.stderr or done.stdout}")
        return done.stdout


def _variables(root: Root) -> list[str]:
    return [f"-var={name}={value}" for name, value in root.variables]


def _calls_modules(path: Path) -> bool:
    if not path.name.endswith((".tf", ".tf.json")):
        return False
    text = path.read_text(encoding="utf-8")
    return "module" in text and "source" in text
