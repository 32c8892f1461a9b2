"""``tf-kms-guard diagnose``: what an AWS error message means, and which gates the code here has closed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer
from msgspec.structs import replace

from tf_kms_guard.cli.access_text import printable
from tf_kms_guard.cli.diagnose_decision import Decisions, decide_all
from tf_kms_guard.cli.diagnose_input import message_of
from tf_kms_guard.cli.diagnose_json import diagnosis_data
from tf_kms_guard.cli.diagnose_text import diagnosis_text
from tf_kms_guard.cli.run import RunOptions
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.messages.callers import caller_named
from tf_kms_guard.messages.denial import Caller, Denial, Elsewhere, Place
from tf_kms_guard.messages.recognise import recognise
from tf_kms_guard.reports.json_report import plain
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import FATAL

_FORMATS: Final = ("text", "json")
_MOST_NAMED: Final = 5


def diagnose_command(
    message: str | None,
    targets: Sequence[str],
    options: RunOptions,
    *,
    file: Path | None,
    caller: str | None,
    bucket: str | None,
    format: str,
) -> int:
    """Explain a message, and decide on it in the targets; the exit code: 2 where it is no denial of S3 or KMS.

    Raises:
        UsageError: an option makes no sense, or the message cannot be read.
    """
    if format not in _FORMATS:
        raise UsageError(f"--format {format}: choose one of {', '.join(_FORMATS)}")
    stated = _stated(caller)
    text, targets = message_of(message, file, list(targets))
    found = recognise(text)
    if not found.denials:
        for line in _nothing(found.elsewhere):
            typer.echo(f"tf-kms-guard: {line}", err=True)
        return 2
    denials = tuple(_completed(denial, stated, bucket) for denial in found.denials)
    decisions = decide_all(denials, targets, options) if targets else None
    if format == "json":
        data = plain(diagnosis_data(denials, found, decisions))
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n")
    else:
        sys.stdout.write(printable(diagnosis_text(denials, found, decisions), sys.stdout))
    return 2 if _unread(decisions) else 0


def _unread(decisions: Decisions | None) -> bool:
    return decisions is not None and any(error.kind in FATAL for error in decisions.errors)


def _stated(caller: str | None) -> Caller | None:
    if caller is None:
        return None
    found = caller_named(caller)
    if found is None or found.account is None:
        raise UsageError(f"--caller {caller}: write the ARN of a role, user or session")
    return found


def _completed(denial: Denial, caller: Caller | None, bucket: str | None) -> Denial:
    """The denial with what the user says of it: what is said outranks what was read."""
    if caller is not None:
        denial = replace(denial, caller=caller)
    if bucket is not None:
        name = bucket.removeprefix("s3://").partition("/")[0]
        key = bucket.removeprefix("s3://").partition("/")[2]
        same = next((place for place in denial.places if place.bucket == name), None)
        denial = replace(denial, places=(Place(name, key or (None if same is None else same.key)),))
    return denial


def _nothing(elsewhere: Sequence[Elsewhere]) -> list[str]:
    """Why there is nothing to diagnose."""
    if not elsewhere:
        return ["this is no AWS error message about S3 or KMS: no denial was found in it"]
    about = list(dict.fromkeys(_called(one) for one in elsewhere))
    listed = ", ".join(about[:_MOST_NAMED]) + (
        f" and {len(about) - _MOST_NAMED} more" if len(about) > _MOST_NAMED else ""
    )
    return [f"this is an AWS error, but no denial by S3 or KMS: {shown(listed)}"]


def _called(one: Elsewhere) -> str:
    what = one.action or one.service
    return one.code if what is None else f"{one.code} of {what}"
