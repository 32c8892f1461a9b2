"""The reference page of ``.tf-kms-guard.hcl``, from the schema that also reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tf_kms_guard.config.schema import ARGUMENTS, BLOCKS, Argument, BlockType, example

_HEAD: Final = """\
<!-- Written by `make docs` from tf_kms_guard/config/schema.py. -->

# Configuration: `.tf-kms-guard.hcl`

What would otherwise be said by options in every run. `tf-kms-guard init` writes a commented file to begin with.

**Which file counts.** For each target the nearest one: in its directory, else in one of those above it, up to the root
of the repository. Files further up are not read in addition. `--config FILE` names one for all targets, and
`--no-config` has none looked for.

**What outranks what.** Options of the command line outrank the file. What is one for a whole run (`fail_on`, `format`)
must not be said differently by the files of two targets.

**What may stand in it.** Values that are written out: texts, numbers, `true` and `false`, lists and objects. There are
no functions and no references. A name that does not exist, of a block, an argument, a rule or an account, is an error
that says which one is near, with exit code 2.

**Paths** are relative to the directory of the file, with `/`. Files have to lie in the repository. In a pattern `*` and
`?` stand for characters of one name, `[a-c]` for one of several, `{a,b}` for alternatives, and `**` for any number of
directories. In `exclude` and `paths`, a pattern that fits a directory fits everything below it.
"""


def configuration_page() -> str:
    """The page."""
    return "\n".join([_HEAD, "## Outside of blocks\n", _table(ARGUMENTS), *_blocks()])


def _blocks() -> Iterator[str]:
    for block in BLOCKS:
        yield f"## `{block.name}`\n"
        yield f"```hcl\n{example(block)}\n```\n"
        yield f"{block.meaning} {_label(block)}\n"
        yield _table(block.arguments)


def _label(block: BlockType) -> str:
    return f"The label is {block.label.words}."


def _table(arguments: Sequence[Argument]) -> str:
    rows = (
        f"| `{one.name}`{', required' if one.required else ''} | {one.kind.words} | {one.meaning} | `{one.example}` |\n"
        for one in arguments
    )
    return "| argument | value | meaning | example |\n|---|---|---|---|\n" + "".join(rows)
