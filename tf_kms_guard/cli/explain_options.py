"""The options of ``tf-kms-guard explain``."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_EXAMPLES = """
Examples:

\b
  tf-kms-guard explain KP001
  tf-kms-guard explain key-policy-denies-outsider | less
"""


@app.command(epilog=_EXAMPLES)
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id or name, in any case.")],
) -> None:
    """Show the page of a rule: what it finds, why AWS denies it, examples, how to mend and how to suppress it.

    Exit code 0, or 2: there is no such rule.
    """
    from tf_kms_guard.cli.explain import explain_command

    explain_command(rule)
