"""IAM's own sentence: who is not authorised to perform which action on what, and why.

Its forms are those of the IAM User Guide, "Troubleshoot access denied error messages", and of KMS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tf_kms_guard.messages.callers import caller_named
from tf_kms_guard.messages.denial import Caller

_BEFORE: Final = 1500
_AFTER: Final = 3000

_CORE: Final = re.compile(
    r"not\s{1,120}authori[sz]ed\s{1,120}to\s{1,120}perform:?\s{1,120}([A-Za-z0-9-]{1,64}:[A-Za-z0-9*]{1,128})"
)
_RESOURCE: Final = re.compile(
    r"\s{0,120}on\s{1,120}(?:"
    r"(the\s{1,120}resource\s{1,120}associated\s{1,120}with\s{1,120}this\s{1,120}ciphertext)"
    r"|(?:the\s{1,120})?resources?:?\s{0,120}(?:\"([^\"\n]{1,1400})\"|(\S{1,1400})))"
)
_TYPES: Final = (
    r"(identity[\s-]{1,120}based|resource[\s-]{1,120}based|session|service\s{1,120}control|resource\s{1,120}control"
    r"|VPC\s{1,120}endpoint|permissions?)\s{1,120}(?:policy|policies|boundary)"
)
_DENY: Final = re.compile(
    rf"with\s{{1,120}}an\s{{1,120}}explicit\s{{1,120}}deny(?:\s{{1,120}}in\s{{1,120}}an?\s{{1,120}}{_TYPES})?"
)
_NONE: Final = re.compile(rf"because\s{{1,120}}no\s{{1,120}}{_TYPES}\s{{1,120}}allows?")
_ASSOCIATED: Final = re.compile(
    r"because\s{1,120}the\s{1,120}resource\s{1,120}does\s{1,120}not\s{1,120}exist\s{1,120}in\s{1,120}this"
)
_PUBLIC: Final = re.compile(r"because\s{1,120}public\s{1,120}(?:policies|ACLs|access)", re.IGNORECASE)
_POLICY_ARN: Final = re.compile(r"\s{0,4}:\s{0,120}(arn:aws[\w-]{0,20}:(?:iam|organizations)::[^\s,\"'<>]{1,400})")
_NEXT: Final = re.compile(r"\bUser:\s|not\s{1,120}authori[sz]ed")


class Sentence(Struct, frozen=True):
    """One such sentence. ``kind`` is that of a denial; ``complete`` tells that every part was followed by the next."""

    start: int
    end: int
    action: str
    caller: Caller | None
    resource: str | None
    kind: str
    policy: str | None
    complete: bool


def sentences_in(text: str) -> Iterator[Sentence]:
    """The sentences in a text, in order."""
    for core in _CORE.finditer(text):
        start, caller = _caller(text, core.start())
        rest = text[core.end() : core.end() + _AFTER]
        stop = _NEXT.search(rest)
        rest = rest if stop is None else rest[: stop.start()]
        found = _RESOURCE.match(rest)
        resource, end = _resource(found)
        ciphertext = found is not None and found[1] is not None
        kind, policy, reason_end, near = _reason(rest, end, ciphertext=ciphertext)
        complete = caller is not None and found is not None and near
        yield Sentence(start, core.end() + max(end, reason_end), core[1], caller, resource, kind, policy, complete)


def _caller(text: str, position: int) -> tuple[int, Caller | None]:
    """Whom the words before ``is not authorized`` name, and where they begin."""
    before = text[max(0, position - _BEFORE) : position]
    words = before.rsplit(None, 3)[-3:]
    if len(words) < 2 or words[-1] != "is":
        return position, None
    caller = caller_named(words[-2].removeprefix("User:"))
    if caller is None:
        return position, None
    return position - len(before) + before.rfind(words[-2]), caller


def _resource(found: re.Match[str] | None) -> tuple[str | None, int]:
    if found is None:
        return None, 0
    if found[1] is not None:
        return None, found.end()
    if found[2] is not None:
        return found[2].strip(), found.end()
    return found[3].strip("\"'`").rstrip(".,;:)]}\"'`<") or None, found.end()


def _reason(rest: str, end: int, *, ciphertext: bool) -> tuple[str, str | None, int, bool]:
    """The kind of denial, the ARN of the policy, where the reason ends, and whether it follows at once."""
    options = ((_DENY, "deny"), (_NONE, "no"), (_ASSOCIATED, "ciphertext"), (_PUBLIC, "public-access-block"))
    found = [(match, name) for pattern, name in options if (match := pattern.search(rest, end)) is not None]
    if not found:
        return ("ciphertext" if ciphertext else "not-authorized"), None, 0, not rest[end:].strip() or _closes(rest, end)
    match, name = min(found, key=lambda one: one[0].start())
    near = not rest[end : match.start()].strip(" \n\t.,;:)\"'`")
    if name in ("ciphertext", "public-access-block"):
        return name, None, match.end(), near
    if ciphertext and name == "no" and match[1] is None:
        return "ciphertext", None, match.end(), near
    policy = _POLICY_ARN.match(rest, match.end())
    words = None if match[1] is None else re.sub(r"[\s-]+", "-", match[1].lower())
    kind = f"{name}-{_KINDS[words]}" if words is not None else "deny"
    return kind, None if policy is None else policy[1].rstrip(".;)"), match.end(), near


_KINDS: Final = {
    "identity-based": "identity-policy",
    "resource-based": "resource-policy",
    "session": "session-policy",
    "service-control": "service-control-policy",
    "resource-control": "resource-control-policy",
    "vpc-endpoint": "endpoint-policy",
    "permission": "boundary",
    "permissions": "boundary",
}


def _closes(rest: str, end: int) -> bool:
    """Whether what follows the resource is no part of it that was broken off."""
    return rest[end : end + 40].lstrip(" ")[:1] in ("(", "\n", "<", "}", "")
