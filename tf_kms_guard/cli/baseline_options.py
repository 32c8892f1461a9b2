"""The options of ``tf-kms-guard baseline``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tf_kms_guard.cli.main import (
    AccountOption,
    Assume,
    ConfigOption,
    Exclude,
    NoConfig,
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
  tf-kms-guard baseline . -o .tf-kms-guard.baseline.json
  tf-kms-guard check . --baseline .tf-kms-guard.baseline.json
"""


@app.command(epilog=_EXAMPLES)
def baseline(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write the known findings.")],
    targets: Targets = None,
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
) -> None:
    """Write the findings of today, so that check --baseline FILE reports new ones only.

    A finding stays known when lines or files move. Exit code 0, or 2: something could not be read, or wrong usage.
    """
    from tf_kms_guard.cli.baseline import baseline_command
    from tf_kms_guard.cli.options import configuration, run_options

    options = run_options(
        var,
        var_file,
        workspace,
        account,
        region,
        assume,
        None,
        None,
        source,
        configuration=configuration(config, no_config, exclude),
    )
    raise typer.Exit(baseline_command(targets or [], options, output))
