"""Fixtures for all tests, and the counts that tests print at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.oracles import require_oracle

if TYPE_CHECKING:
    from tests.terraform_stub.command import StubbedTerraform

EVALUATION = "evaluation"
"""The name of a test's property that holds counts of compared values."""

FUNCTIONS = "functions"
"""The name of a test's property that holds a line on how often functions agree with Terraform."""

FORMS = "forms"
"""The name of a test's property that holds counts of findings by form of input."""

PLANS = "plans"
"""The name of a test's property that holds a line on what public plans came to."""

DECISIONS = "decisions"
"""The name of a test's property that holds how requests were decided, and that the simulator agrees."""


@pytest.fixture(scope="session")
def stubbed_terraform() -> Iterator[StubbedTerraform]:
    """The real Terraform with the stub AWS provider."""
    program = require_oracle("terraform")

    from tests.terraform_stub.command import StubbedTerraform
    from tests.terraform_stub.provider import StubProvider

    provider = StubProvider()
    yield StubbedTerraform(program, provider)
    provider.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was compared with Terraform and with the IAM simulator."""
    counts: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    lines: list[str] = []
    decisions: list[str] = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == EVALUATION:
                    counts.update(value)
                elif name == FORMS:
                    forms.update(value)
                elif name == FUNCTIONS:
                    lines.append(value)
                elif name == PLANS:
                    terminalreporter.section("public plans")
                    terminalreporter.write_line(value)
                elif name == DECISIONS:
                    decisions.append(value)
    for line in lines:
        terminalreporter.section("functions against terraform")
        terminalreporter.write_line(line)
    if decisions:
        terminalreporter.section("decisions against the IAM simulator")
        for text in decisions:
            terminalreporter.write_line(text)
    if forms:
        terminalreporter.section("forms of input, planned by terraform with the stub provider")
        for name in dict.fromkeys(key.partition(":")[0] for key in forms):
            found, left_open = forms[f"{name}: findings"], forms[f"{name}: undetermined"]
            terminalreporter.write_line(f"{name}: {found} findings, {left_open} undetermined")
    if counts:
        terminalreporter.section("evaluation against terraform apply with the stub provider")
        terminalreporter.write_line(
            f"{counts['roots']} root modules: {counts['known']} values compared, {counts['documents']} of them "
            f"rendered policy documents, {counts['known differing']} differ"
        )
        terminalreporter.write_line(
            f"as users run it, with nothing of AWS known: {counts['blind']} values, {counts['blind differing']} "
            f"contradict Terraform, {counts['left open']} stay open"
        )
