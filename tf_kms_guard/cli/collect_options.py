"""The options of ``tf-kms-guard collect``, read when it is called for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tf_kms_guard.cli.main import (
    AccountOption,
    Assume,
    ConfigOption,
    Exclude,
    Jobs,
    NoConfig,
    RegionOption,
    Source,
    Targets,
    Var,
    VarFile,
    WorkspaceName,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def collect(
    targets: Targets = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The facts file; without it, the screen.")
    ] = None,
    var: Var = None,
    var_file: VarFile = None,
    workspace: WorkspaceName = None,
    account: AccountOption = None,
    region: RegionOption = None,
    assume: Assume = None,
    source: Source = None,
    exclude: Exclude = None,
    config: ConfigOption = None,
    no_config: NoConfig = False,
    jobs: Jobs = None,
) -> None:
    """Write what root modules contribute to an estate, without source and secrets, for a check elsewhere.

    Exit code 0: all was read. 2: something could not be read, or wrong usage.
    """
    from msgspec.structs import replace

    from tf_kms_guard.cli.collect import collect_command
    from tf_kms_guard.cli.options import configuration, run_options

    options = run_options(
        *(var, var_file, workspace, account, region, assume, None, None, source),
        configuration=configuration(config, no_config, exclude),
    )
    raise typer.Exit(collect_command(targets or [], replace(options, jobs=jobs), output))
