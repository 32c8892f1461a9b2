"""Where names mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tf_kms_guard.terraform.functions import CallContext
from tf_kms_guard.terraform.marks import MASK
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.terraform.types import Type


TOO_MUCH: Final = "there are more elements in all than are followed"


class Scope(Protocol):
    """What an evaluator asks of the place where an expression stands: most often a module instance."""

    def resolve(self, name: str, span: Span) -> Value:
        """The value of the root of a reference (``var``, ``local``, ``aws_kms_key`` …)."""

    def call_context(self, span: Span) -> CallContext:
        """What functions need to know of the place where they are called."""

    def placed(self, span: Span) -> Span:
        """A place in the scope's code, with the module calls that lead there."""

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        """Take note that no output may show a value; ``shown`` is what may stand in its place."""

    @property
    def path(self) -> str:
        """The address of the module instance; empty for the root."""

    @property
    def knows_secrets(self) -> bool:
        """Whether there may be any marked values at all."""

    def take(self, steps: int) -> bool:
        """Whether there is room for so many more elements: nested loops multiply."""

    def declared(self, space: str, name: str) -> Type | nodes.Expression | None:
        """The type constraint of a variable, or the expression of a local value."""
