"""``tf-kms-guard init``: a commented configuration to begin with."""

from __future__ import annotations

from pathlib import Path

import typer

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.commented import commented_config
from tf_kms_guard.config.discovery import FILE_NAME


def init_command(directory: Path) -> None:
    """Write a commented configuration into a directory.

    Raises:
        UsageError: there is one, or it cannot be written.
    """
    path = directory / FILE_NAME
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(commented_config())
    except FileExistsError:
        raise UsageError(f"{path} is there: it is not overwritten") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    typer.echo(f"{path} is written: it says nothing until you take the comment signs away", err=True)
