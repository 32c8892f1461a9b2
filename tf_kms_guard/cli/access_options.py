"""The options of ``tf-kms-guard access``."""

from __future__ import annotations

from typing import Annotated

import typer

from tf_kms_guard.cli.main import (
    AccountOption,
    Assume,
    RegionOption,
    Source,
    Targets,
    Var,
    VarFile,
    WorkspaceName,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_EXAMPLES = """
Examples:

\b
  tf-kms-guard access accounts/*                    who reaches which bucket
  tf-kms-guard access --by bucket                   the buckets as rows
  tf-kms-guard access --principal 'role/etl-*'      of these roles alone
  tf-kms-guard access --intent write --format json  who may write, for programs
  tf-kms-guard access --principal reader --bucket acme-data --why
"""


@app.command(epilog=_EXAMPLES)
def access(
    targets: Targets = None,
    var: Var = None,
    var_file: VarFile = None,
    workspace: WorkspaceName = None,
    account: AccountOption = None,
    region: RegionOption = None,
    assume: Assume = None,
    source: Source = None,
    principal: Annotated[
        list[str] | None,
        typer.Option("--principal", metavar="PATTERN", help="ARN, name or account id; * and ? stand for any text."),
    ] = None,
    bucket: Annotated[
        list[str] | None,
        typer.Option("--bucket", metavar="PATTERN", help="Name, ARN or address; * and ? stand for any text."),
    ] = None,
    intent: Annotated[
        list[str] | None, typer.Option("--intent", metavar="INTENT", help="read, write or replicate.")
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option("--action", metavar="PATTERN", help="What needs this action: s3:GetObject, kms:Decrypt, …"),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="ROWS", help="principal or bucket: what the rows are.")] = (
        "principal"
    ),
    why: Annotated[
        bool, typer.Option("--why", help="All evidence for one principal and one bucket, every gate and statement.")
    ] = False,
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="text or json.")] = "text",
) -> None:
    """Show who reaches which KMS-encrypted bucket: for every principal of another account the verdict on each intent.

    ✓ every gate is open, ✗ the gates named are closed, ? they could not be decided.

    Exit code 0, or 2: something could not be read, or wrong usage.
    """
    from tf_kms_guard.cli.access import access_command
    from tf_kms_guard.cli.access_filters import filters
    from tf_kms_guard.cli.options import run_options

    options = run_options(var, var_file, workspace, account, region, assume, None, None, source)
    asked = filters(principal, bucket, intent, action)
    raise typer.Exit(access_command(targets or [], options, asked, by=by, format=format, why=why))
