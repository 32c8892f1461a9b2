"""The configuration that ``init`` writes: every block and argument, explained and commented out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tf_kms_guard.config.schema import ARGUMENTS, BLOCKS, example

_HEAD = """\
# What tf-kms-guard should know of this repository. It counts for the root modules in this directory and below; a file
# of this name further down counts there instead. Options of the command line outrank it.
# Take the # from what you need.
"""


def commented_config() -> str:
    """The text of a configuration that says nothing yet."""
    return "\n".join([_HEAD, *_arguments(), *_blocks()])


def _arguments() -> Iterator[str]:
    for argument in ARGUMENTS:
        yield f"{_comment(argument.meaning)}# {argument.name} = {argument.example}\n"


def _blocks() -> Iterator[str]:
    for block in BLOCKS:
        others = [argument for argument in block.arguments if argument.name not in block.shown]
        more = "".join(
            _comment(f"{argument.name} = {argument.example}", "    ") + _comment(argument.meaning, "      ")
            for argument in others
        )
        more = f"#\n# It may also have:\n{more}" if more else ""
        yield f"{_comment(block.meaning)}{more}#\n{textwrap.indent(example(block), '# ')}\n"


def _comment(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(text.replace("`", ""), 110, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {indent}{line}\n" for line in lines)
