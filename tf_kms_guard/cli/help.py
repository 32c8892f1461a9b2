"""The help of the commands: examples, and a layout for narrow terminals. Read when somebody asks for help."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

NARROWEST: Final = 32
WIDEST: Final = 98
_TWO_COLUMNS: Final = 72
"""Below this width what an option means stands under it and not beside it."""
_AROUND: Final = 2

SUMMARIES: Final[Mapping[str, str]] = {
    "check": "Which gates are closed to other accounts, and what opens each.",
    "inventory": "What was read: buckets, keys, policies, roles and users.",
    "access": "Who reaches which KMS-encrypted bucket.",
    "init": "Write a commented configuration to begin with.",
    "explain": "What a rule finds, why AWS denies it, and examples.",
    "rules": "The rules.",
    "diagnose": "The gate and the lines behind an error message of AWS.",
    "checkov-checks": "Where the checks are that checkov loads.",
    "baseline": "Remember what is known, to show what is new alone.",
    "collect": "Write down facts, to be judged with those of others.",
    "completion": "Print what makes a shell complete commands and options.",
}

EXAMPLES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "check": (
        ("the root module in this directory", "tf-kms-guard check"),
        ("several, judged as one", "tf-kms-guard check accounts/*"),
        ("what a plan introduces, and nothing else", "tf-kms-guard check tfplan --only introduced"),
        ("a plan of Terraform or OpenTofu from a pipe", "terraform show -json tfplan | tf-kms-guard check -"),
        ("for people, and for code scanning", "tf-kms-guard check --format text --format sarif=kms.sarif"),
        ("an account that the code does not name", "tf-kms-guard check --account aws.replica=111122223333"),
    ),
    "inventory": (
        ("everything that was read of a root module", "tf-kms-guard inventory envs/prod"),
        ("for programs", "tf-kms-guard inventory envs/prod --format json"),
    ),
    "init": (("in the root of the repository", "tf-kms-guard init"),),
    "collect": (
        ("what this root contributes", "tf-kms-guard collect envs/prod -o prod.json"),
        ("what all of them are together", "tf-kms-guard check facts/*.json"),
    ),
    "checkov-checks": (
        ("our findings in checkov's output", 'checkov -d . --external-checks-dir "$(tf-kms-guard checkov-checks)"'),
    ),
    "completion": (
        ("bash, for this session", 'eval "$(tf-kms-guard completion bash)"'),
        ("bash, for good", "tf-kms-guard completion bash >> ~/.bashrc"),
        ("zsh, for good", "tf-kms-guard completion zsh >> ~/.zshrc"),
        ("fish, for this session", "tf-kms-guard completion fish | source"),
    ),
}


def help_of(command: Any, ctx: Any) -> str:
    """The help of a command as wide as the terminal, within limits.

    ``command`` and ``ctx`` are click's, or those of the copy that typer has of it.
    """
    formatter = ctx.make_formatter()
    formatter.width = max(min(shutil.get_terminal_size((80, 24)).columns - _AROUND, WIDEST), NARROWEST)
    if formatter.width < _TWO_COLUMNS:
        formatter.write_dl = lambda rows, *_, **__: _write_below(formatter, rows)
    examples = [*EXAMPLES.get(command.name, ()), *_in_epilog(command.epilog or "")]
    if examples:
        command.epilog = None
    command.format_help(ctx, formatter)
    lines: list[str] = formatter.getvalue().rstrip("\n").split("\n")
    return "\n".join([*lines, *_examples(examples, formatter.width)])


def _in_epilog(epilog: str) -> Iterator[tuple[str, str]]:
    """The examples that a command has in its epilog: lines with a command, and what it is for after some spaces."""
    for line in epilog.splitlines():
        if line.startswith("  "):
            command, _, words = line.strip().partition("  ")
            yield words.strip(), command


def _write_below(formatter: Any, rows: Iterable[tuple[str, str]]) -> None:
    for term, meaning in rows:
        edge = " " * formatter.current_indent
        for line in (*_wrapped(term, edge, formatter.width), *_wrapped(meaning, edge + "    ", formatter.width)):
            formatter.write(f"{line}\n")


def _wrapped(text: str, edge: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=edge, subsequent_indent=edge, break_long_words=True, break_on_hyphens=False
    )


def _examples(examples: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    if examples:
        yield from ("", "Examples:")
    for words, command in examples:
        if words:
            yield from _wrapped(f"# {words}", "  ", width)
        yield from _command(command, width)


def _command(command: str, width: int) -> list[str]:
    """A command that still works when it is copied out of several lines."""
    lines: list[str] = []
    for part in command.split(" "):
        if lines and len(lines[-1]) + len(part) + len("  \\") <= width:
            lines[-1] += f" {part}"
        else:
            lines.append(f"{'      ' if lines else '  $ '}{part}")
    return [f"{line} \\" if number < len(lines) - 1 else line for number, line in enumerate(lines)]
