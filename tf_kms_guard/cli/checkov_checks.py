"""``tf-kms-guard checkov-checks``: where checkov finds our checks."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def checkov_checks() -> None:
    """Print the folder of the checks that checkov loads with --external-checks-dir.

    Example: checkov -d . --external-checks-dir "$(tf-kms-guard checkov-checks)"
    """
    from tf_kms_guard import bridges

    typer.echo(Path(bridges.__file__).with_name("checkov_checks"))
