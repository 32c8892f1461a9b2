"""Programs from outside that judge us, and what a test does where one is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def require_oracle(*programs: str) -> str:
    """The path of the first program that is there; without any the test is skipped, or fails where required."""
    path = next(filter(None, map(shutil.which, programs)), None)
    return missing_oracle(f"the oracle {' or '.join(programs)} is not on the PATH") if path is None else path


def missing_oracle(reason: str) -> NoReturn:
    """Skip the test, or fail it where oracles are required."""
    if os.environ.get("TF_KMS_GUARD_REQUIRE_ORACLES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def terraform_json(expressions: Sequence[str], directory: Path) -> list[str | None]:
    """What the real Terraform makes of each expression, as JSON; ``"ERROR"`` where it refuses.

    ``None`` means that Terraform itself does not know the value. One ``apply`` of a root module without
    resources answers all of them; no provider and no network is needed.
    """
    program = require_oracle("terraform")
    names = [f"e{number}" for number in range(len(expressions))]
    lines = ["locals {"]
    lines += [
        f'  {name} = try(jsonencode({expression}), "ERROR")'
        for name, expression in zip(names, expressions, strict=True)
    ]
    lines += ["}", 'output "all" {', "  sensitive = true", "  value = ["]
    lines += [f"    local.{name}," for name in names]
    lines += ["  ]", "}"]
    (directory / "main.tf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    run("apply", "-auto-approve", "-no-color")
    answers: list[str | None] = json.loads(run("output", "-json", "all"))
    return answers
