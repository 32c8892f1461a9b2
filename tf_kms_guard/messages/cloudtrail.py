"""Events of CloudTrail: alone, in a log file of it, one a line, in an envelope, or cut out of the middle.

The fields are those of the CloudTrail User Guide, "CloudTrail record contents".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from tf_kms_guard.messages.callers import caller_named, place_of
from tf_kms_guard.messages.denial import Caller, Denial, Elsewhere, Place
from tf_kms_guard.messages.operations import action_of
from tf_kms_guard.messages.sentence import sentences_in
from tf_kms_guard.messages.text import cleaned

Event: TypeAlias = Mapping[str, Any]

_MOST_DECODED: Final = 5_000
_LONGEST: Final = 256 * 1024
_DEEPEST: Final = 4
_MARK: Final = '"eventSource"'
_ESCAPED: Final = re.compile(r'\\{1,7}"eventSource\\{1,7}"')
_EXCERPT: Final = 300


def events_in(text: str) -> tuple[list[Event], str]:
    """The events in a text, and the text without them."""
    if "eventSource" not in text:
        return [], text
    whole = _decoded(text.strip())
    if whole is not None:
        found = list(_events(whole))
        return (found, "") if found else ([], text)
    if _MARK not in text and _ESCAPED.search(text):
        text = cleaned(text)
    return _scattered(text)


def _scattered(text: str) -> tuple[list[Event], str]:
    """Events that stand between other things: each is decoded from the brace that opens it."""
    decoder = json.JSONDecoder()
    found: list[Event] = []
    rest: list[str] = []
    done = 0
    position = text.find(_MARK)
    for _ in range(_MOST_DECODED):
        if position < 0:
            break
        for start in _openings(text, position, done):
            try:
                value, length = decoder.raw_decode(text[start : start + _LONGEST])
            except (ValueError, RecursionError):
                continue
            inside = list(_events(value))
            if start + length > position and inside:
                found += inside
                rest.append(text[done:start])
                done = start + length
                break
        position = text.find(_MARK, max(done, position + 1))
    return found, "\n".join([*rest, text[done:]])


def _openings(text: str, position: int, floor: int) -> Iterator[int]:
    """Braces before a mark that may open its event: the one before its version, the line's first, the nearest."""
    version = text.rfind('"eventVersion"', max(floor, position - _LONGEST // 8), position)
    seen: set[int] = set()
    for start in (
        text.rfind("{", floor, version) if version >= 0 else -1,
        text.find("{", max(floor, text.rfind("\n", floor, position) + 1), position),
        text.rfind("{", floor, position),
    ):
        if start >= 0 and start not in seen:
            seen.add(start)
            yield start


def _decoded(text: str) -> Any:
    if text[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _events(value: Any) -> Iterator[Event]:
    """The events somewhere in a decoded value, also in texts that hold JSON themselves."""
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        one, depth = stack.pop()
        if isinstance(one, dict):
            if isinstance(one.get("eventSource"), str) and isinstance(one.get("eventName"), str):
                yield one
            else:
                stack += [(inner, depth) for inner in reversed(one.values())]
        elif isinstance(one, list):
            stack += [(inner, depth) for inner in reversed(one)]
        elif isinstance(one, str) and depth < _DEEPEST and "eventSource" in one:
            inner = _decoded(one.strip())
            if inner is not None:
                stack.append((inner, depth + 1))


def denial_of(event: Event) -> Denial | Elsewhere | None:
    """What an event says; ``None`` if nothing went wrong."""
    code = event.get("errorCode")
    if not isinstance(code, str) or not code:
        return None
    service = _text(event, "eventSource").partition(".")[0]
    operation = _text(event, "eventName")
    message = cleaned(_text(event, "errorMessage"))
    if service not in ("s3", "kms"):
        return Elsewhere(code, service, f"{service}:{operation}")
    sentence = next(sentences_in(message), None)
    kind = sentence.kind if sentence is not None else _kind(code, message, service)
    if kind is None:
        return Elsewhere(code, service, action_of(service, operation))
    place = _place(event)
    notes = []
    if "vpcEndpointId" in event:
        notes.append(f"the request came by the VPC endpoint {_text(event, 'vpcEndpointId')}, whose policy counts too")
    if service == "kms" and _text(_part(event, "userIdentity"), "invokedBy"):
        notes.append(f"KMS was called by {_text(_part(event, 'userIdentity'), 'invokedBy')} for the caller")
    if service == "kms" and place is None and "encryptionContext" in _part(event, "requestParameters"):
        notes.append("the encryption context is not that of S3: another service may have asked for the key")
    told = None if sentence is None else sentence.resource
    return Denial(
        kind=kind,
        service=service,
        action=sentence.action if sentence is not None else action_of(service, operation),
        operation=operation or None,
        caller=_caller(event) or (sentence.caller if sentence is not None else None),
        places=() if place is None else (place,),
        kms_key=_key(event) or (told if told is not None and ":kms:" in told else None),
        resource=told,
        policy=None if sentence is None else sentence.policy,
        form="cloudtrail",
        text=f"{service}:{operation} {code} {' '.join(message.split())}"[:_EXCERPT].strip(),
        notes=tuple(notes),
    )


def _kind(code: str, message: str, service: str) -> str | None:
    if code in ("AccessDenied", "AccessDeniedException", "Client.AccessDenied"):
        old = "ciphertext refers to" in " ".join(message.split())
        return "ciphertext" if old else "access-denied"
    if code == "AccessControlListNotSupported":
        return "acl-not-supported"
    if service != "kms" and not code.startswith("KMS."):
        return "invalid-principal" if code == "MalformedPolicy" and "principal" in message.lower() else None
    if code.startswith("MalformedPolicy"):
        return "invalid-principal" if "principal" in message.lower() else None
    bare = code.removeprefix("KMS.")
    kinds = {"NotFoundException": "key-not-found", "InvalidKeyUsageException": "key-usage"}
    states = ("DisabledException", "KMSInvalidStateException", "InvalidStateException", "KeyUnavailableException")
    return kinds.get(bare) or ("key-state" if bare in states else None)


def _caller(event: Event) -> Caller | None:
    identity = _part(event, "userIdentity")
    issuer = _text(_part(_part(identity, "sessionContext"), "sessionIssuer"), "arn")
    arn = _text(identity, "arn")
    if arn:
        return caller_named(arn, issuer or None)
    account = _text(identity, "accountId")
    if _text(identity, "type") == "AWSAccount" and account and account != "anonymous":
        return caller_named(account)
    return caller_named("anonymous") if account == "anonymous" else None


def _place(event: Event) -> Place | None:
    asked = _part(event, "requestParameters")
    bucket = _text(asked, "bucketName")
    if bucket:
        return Place(bucket, _text(asked, "key") or None)
    arn = _text(_part(asked, "encryptionContext"), "aws:s3:arn")
    return place_of(arn) if arn else None


def _key(event: Event) -> str | None:
    for one in event.get("resources") or ():
        if isinstance(one, Mapping) and ":kms:" in _text(one, "ARN"):
            return _text(one, "ARN")
    key = _text(_part(event, "requestParameters"), "keyId")
    return key or None


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
