"""``tf-kms-guard completion``: what a shell has to be told to complete our commands and options."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from tf_kms_guard.cli.usage import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

VARIABLE: Final = "_TF_KMS_GUARD_COMPLETE"
"""The environment variable by which a shell asks for completions."""
SHELLS: Final = ("bash", "zsh", "fish")


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", autocompletion=lambda: SHELLS)],
) -> None:
    """Print what makes a shell complete commands, options and their values."""
    if shell not in SHELLS:
        raise UsageError(f"completion {shell}: choose one of {', '.join(SHELLS)}")
    from typer import completion as scripts

    text: str = scripts.get_completion_script(  # type: ignore[attr-defined]
        prog_name="tf-kms-guard", complete_var=VARIABLE, shell=shell
    )
    typer.echo(text)
