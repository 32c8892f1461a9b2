"""What of values that may hold anything facts write: no more than what tells which thing is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.terraform.containers import inner_first, parts_of
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.terraform.unread import UnreadCall
from tf_kms_guard.terraform.values import Referred, Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.text import Text, holes_of, known, spell
from tf_kms_guard.values.unknown import Unknown

_KEY_ID: Final = re.compile(r"(mrk-)?[0-9a-f-]{32,36}")
_NAMES: Final = ("bucket", "name", "key_id", "arn")
_SHORTEST: Final = 3


def is_told_elsewhere(one: ResourceInstance, argument: str) -> bool:
    """Whether the argument of a resource is written: of parameters not what may be any text, a password too.

    An id, ARN, alias or the name of something that the workspace declares is none.
    """
    if one.type != "aws_ssm_parameter":
        return True
    if argument == "name":
        return True
    return argument in ("value", "insecure_value") and _names_a_thing(one, one.attribute(argument))


def _names_a_thing(one: ResourceInstance, value: object) -> bool:
    if isinstance(value, Unknown):
        return True
    if not isinstance(value, (str, Text)):
        return False
    text = known(value)
    if text is None:
        return isinstance(parse_arn(value), Arn)
    if isinstance(parse_arn(text), Arn) or text.startswith("alias/") or _KEY_ID.fullmatch(text):
        return True
    kinds = frozenset(("aws_s3_bucket", "aws_iam_role", "aws_iam_user"))
    return any(text == name for thing in one.module.workspace.resources(kinds) for name in _names_of(thing))


def _names_of(thing: ResourceInstance) -> Iterator[str]:
    for name in _NAMES:
        text = known(thing.read(name))
        if text is not None and len(text) >= _SHORTEST:
            yield text


def calls_of(
    workspace: Workspace, resources: Iterable[ResourceInstance]
) -> Iterator[tuple[UnreadCall, tuple[Value, ...]]]:
    """The calls of modules that are not here, each with what it is given of the things here."""
    calls = list(workspace.unread_calls())
    names = {name for one in resources for name in _names_of(one)} if calls else set()
    for call in calls:
        given: list[Value] = []
        todo = [
            *call.arguments,
            *(part for value in call.arguments for c in inner_first(value) for part in parts_of(c)),
        ]
        for value in todo:
            if isinstance(value, Referred):
                given.append(value)
            elif isinstance(value, (str, Text, Unknown)):
                given.extend(holes_of(value))
                text = spell(value)
                given.extend(name for name in sorted(names) if name in text)
        yield call, tuple(given)
