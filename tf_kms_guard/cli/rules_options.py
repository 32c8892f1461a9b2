"""The options of ``tf-kms-guard rules``."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_EXAMPLES = """
Examples:

\b
  tf-kms-guard rules                                all of them, by group
  tf-kms-guard rules --group KP --severity error
  tf-kms-guard rules alias                          those that say so
  tf-kms-guard rules --gate key-policy --format json
"""


@app.command(epilog=_EXAMPLES)
def rules(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Words that id, name or summary must have.", show_default=False),
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="GROUP", help="KC, KP, BP, …; repeatable.")
    ] = None,
    severity: Annotated[
        list[str] | None, typer.Option("--severity", metavar="LEVEL", help="error, warning or note; repeatable.")
    ] = None,
    gate: Annotated[
        list[str] | None, typer.Option("--gate", metavar="GATE", help="key-policy, bucket-policy, …; repeatable.")
    ] = None,
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="text or json.")] = "text",
) -> None:
    """List the rules by group; tf-kms-guard explain RULE shows the page of one.

    Exit code 0, or 2: wrong usage.
    """
    from tf_kms_guard.cli.rules_list import rules_command

    rules_command(text or [], group or [], severity or [], gate or [], format)
