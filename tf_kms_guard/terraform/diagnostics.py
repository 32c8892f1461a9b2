"""What went wrong while reading Terraform, as data."""

from __future__ import annotations

import enum

from msgspec import Struct

from tf_kms_guard.values.span import Span


class DiagnosticKind(enum.Enum):
    """``INPUT`` and ``SYNTAX`` mean that something could not be read; the others that a value is free."""

    SYNTAX = "syntax"
    INPUT = "input"
    EVALUATION = "evaluation"
    MODULE_MISSING = "module-missing"


class Diagnostic(Struct, frozen=True):
    """One problem, in one line for people. ``file`` may be known where ``span`` is not."""

    kind: DiagnosticKind
    message: str
    span: Span | None = None
    file: str | None = None


class EvaluationError(Exception):
    """An expression that Terraform itself would refuse to evaluate; ``try`` and ``can`` catch it."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class LookUpError(EvaluationError):
    """A look-up that finds nothing: where the workspace is not named, that may be for want of its name alone."""


class CycleError(Exception):
    """A value that needs itself. ``try`` does not catch it: Terraform refuses the whole configuration."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
