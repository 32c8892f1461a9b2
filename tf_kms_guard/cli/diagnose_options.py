"""The options of ``tf-kms-guard diagnose``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tf_kms_guard.cli.main import AccountOption, Assume, RegionOption, Source, Var, VarFile, WorkspaceName

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_EXAMPLES = """
Examples:

\b
  tf-kms-guard diagnose 'An error occurred (AccessDenied) when calling …'
  aws s3 cp s3://acme-data/x . 2>&1 | tf-kms-guard diagnose - envs/prod
  tf-kms-guard diagnose @spark.log accounts/*       a log, and the code of both
  tf-kms-guard diagnose --file event.json --format json
  tf-kms-guard diagnose - . --caller arn:aws:iam::444455556666:role/reader
"""


@app.command(epilog=_EXAMPLES)
def diagnose(
    message: Annotated[
        str | None,
        typer.Argument(
            metavar="MESSAGE", help="The error message, - for the standard input, or @FILE.", show_default=False
        ),
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET]...", help="Code to decide on it with: what check takes.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="A file with the message: a log, an event, a response."),
    ] = None,
    caller: Annotated[
        str | None, typer.Option("--caller", metavar="ARN", help="Who was denied, if the message does not say it.")
    ] = None,
    bucket: Annotated[
        str | None, typer.Option("--bucket", metavar="NAME", help="The bucket, or s3://bucket/object, likewise.")
    ] = None,
    var: Var = None,
    var_file: VarFile = None,
    workspace: WorkspaceName = None,
    account: AccountOption = None,
    region: RegionOption = None,
    assume: Assume = None,
    source: Source = None,
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="text or json.")] = "text",
) -> None:
    """Explain an AWS error message about S3 or KMS: which gate is closed, which others may be, and what to check.

    With code, run the decision for that caller, action and object, and show every closed gate with its fix.

    Exit code 0, or 2: the message is no denial by S3 or KMS, something could not be read, or wrong usage.
    """
    from tf_kms_guard.cli.diagnose import diagnose_command
    from tf_kms_guard.cli.options import run_options

    options = run_options(var, var_file, workspace, account, region, assume, None, None, source)
    code = diagnose_command(message, targets or [], options, file=file, caller=caller, bucket=bucket, format=format)
    raise typer.Exit(code)
