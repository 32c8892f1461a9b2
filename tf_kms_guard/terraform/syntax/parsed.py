"""What a reader of files hands on: the top-level blocks of one file, each to be parsed when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from tf_kms_guard.terraform.diagnostics import Diagnostic
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.values.span import Span


class BlockSource(Protocol):
    """Where the inside of a top-level block comes from when somebody wants it."""

    def block(self) -> Block:
        """The whole block."""


class TopBlock(Struct, frozen=True):
    """A top-level block as far as its first line tells; ``span`` covers the whole, ``header`` the words."""

    type: str
    labels: tuple[str, ...]
    header: Span
    span: Span
    source: BlockSource

    def block(self) -> Block:
        """Parse the block. Native syntax is parsed again at every call: keep what you will need again."""
        return self.source.block()


class ParsedFile(Struct, frozen=True):
    """One file. ``attributes`` are those outside of blocks, as in ``terraform.tfvars``.

    Blocks that hold a syntax error are left out; ``diagnostics`` says so.
    """

    path: str
    blocks: tuple[TopBlock, ...]
    attributes: Mapping[str, Attribute]
    diagnostics: tuple[Diagnostic, ...] = ()
    remarks: tuple[Remark, ...] = ()
