"""Facts files as targets."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tf_kms_guard.cli.run import Opened, RunOptions, Unread
from tf_kms_guard.cli.targets import Target
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.facts.files import UnreadableFacts, read_facts
from tf_kms_guard.facts.workspace import FactsWorkspace, workspaces_of
from tf_kms_guard.rules.finding import InputError
from tf_kms_guard.terraform.files import display_path


def open_facts(target: Target, options: RunOptions) -> Iterator[Opened | Unread]:
    """The workspaces of a facts file, or what is wrong with it.

    Raises:
        UsageError: its configuration is wrong.
    """
    said = options.configuration.said_of(target)
    try:
        facts = read_facts(target.place)
    except UnreadableFacts as error:
        yield Unread(InputError("input", str(error), display_path(target.place)))
        return
    for workspace, accounts, schema in workspaces_of(facts, AwsSchema):
        yield Opened(target, workspace, accounts, schema, _not_here(workspace), said=said)


def _not_here(workspace: FactsWorkspace) -> dict[str, bytes]:
    """The files that places name and that are not here as they were when the facts were collected: none is quoted."""
    names = {span.file for span in workspace.spans} | workspace.facts.files.keys()
    return {name: b"" for name in names if _size(name) != workspace.facts.files.get(name, -1)}


def _size(name: str) -> int | None:
    try:
        return os.stat(name).st_size
    except (OSError, ValueError):
        return None


def refuse_options(options: RunOptions) -> None:
    """Options that say how source is to be read say nothing of facts.

    Raises:
        UsageError: there is one, and all targets are facts.
    """
    given = {
        "--var": options.variables,
        "--var-file": options.variable_files,
        "--workspace": options.workspace_name,
        "--account": options.accounts,
        "--region": options.regions,
        "--assume": options.assumed,
    }
    for option, value in given.items():
        if value:
            raise UsageError(f"{option}: facts are judged as they were collected; give it to tf-kms-guard collect")
