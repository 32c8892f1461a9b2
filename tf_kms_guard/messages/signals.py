"""The other marks of an AWS error: codes, operations, the frames that SDKs put around a message, and set phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tf_kms_guard.messages.operations import action_of, service_named, service_of


class Signal(Struct, frozen=True):
    """One mark. ``what`` is ``operation``, ``frame``, ``code`` or ``phrase``; each tells what it tells."""

    start: int
    end: int
    what: str
    code: str | None = None
    operation: str | None = None
    service: str | None = None
    kind: str | None = None
    status: str | None = None
    form: str | None = None


_CLI: Final = re.compile(
    r"error\s{1,120}occurred\s{1,120}\(([\w.:-]{1,80})\)\s{1,120}when\s{1,120}calling\s{1,120}the\s{1,120}(\w{1,80})"
    r"\s{1,120}operation(?:\s{0,4}\([^()\n]{0,200}\))?"
)
_JAVA: Final = re.compile(
    r"\(Service:\s{0,8}([\w ]{1,60}?)\s{0,8}[;,]\s{0,120}Status\s{1,120}Code:\s{0,120}(\d{3})"
    r"(?:\s{0,8}[;,]\s{0,120}Error\s{1,120}Code:\s{0,120}([\w. ]{1,80}?)\s{0,8}(?=[;,)]))?"
)
_GO: Final = re.compile(r"operation\s{1,120}error\s{1,120}([\w ]{1,40}):\s{1,120}(\w{1,80}),")
_PHP: Final = re.compile(r"Error\s{1,20}executing\s{1,20}\"(\w{1,80})\"\s{1,20}on\s{1,20}\"")
_XML: Final = re.compile(r"<Code>\s{0,40}([\w.]{1,80})\s{0,40}</Code>")
_CODE: Final = re.compile(
    r"(?<![\w.])(?:Aws::[\w:]{1,40}::)?((?:KMS\.)?(?:AccessDenied(?:Exception)?|NotFoundException|DisabledException"
    r"|(?:KMS)?InvalidState(?:Exception)?|InvalidKeyUsage(?:Exception)?|KeyUnavailableException)"
    r"|AccessControlListNotSupported|MalformedPolicy(?:Document)?(?:Exception)?|NoSuchKey|NoSuchBucket|ExpiredToken"
    r"|InvalidAccessKeyId|SignatureDoesNotMatch|RequestTimeTooSkewed|UnrecognizedClientException|InvalidClientTokenId"
    r"|ThrottlingException|SlowDown|UnauthorizedOperation|InvalidObjectState|PermanentRedirect|UnauthorizedAccess"
    r"|AuthorizationError|AuthorizationErrorException|UnauthorizedException)(?![\w.]{0,1}\w)"
)
_PHRASES: Final = tuple(
    (re.compile(pattern.replace(" ", r"\s{1,120}"), flags), kind, service)
    for pattern, kind, service, flags in (
        (r"The ciphertext refers to a (?:customer master|KMS)", "ciphertext", "kms", 0),
        (r"require AWS Signature Version 4", "signature", "s3", 0),
        (r"AWS KMS managed keys must be made over a secure connection", "signature", "s3", 0),
        (r"The bucket does not allow ACLs", "acl-not-supported", "s3", 0),
        (r"Invalid principal in policy", "invalid-principal", "s3", 0),
        (r"statements? with one or more invalid principals", "invalid-principal", "kms", 0),
        (r"KMS key in the request must be owned by the same account", "key-of-another-account", "s3", 0),
        (r"Invalid keyId\b", "key-not-found", "kms", re.IGNORECASE),
        (
            r"\b(?:Key|Alias) '?arn:aws[\w-]{0,20}:kms:[^\s']{1,300}'? (?:does not exist|is not found)",
            "key-not-found",
            "kms",
            0,
        ),
        (
            r"arn:aws[\w-]{0,20}:kms:[^\s']{1,300} is (?:pending (?:deletion|import)|unavailable|not enabled)",
            "key-state",
            "kms",
            0,
        ),
        (r"arn:aws[\w-]{0,20}:kms:[^\s']{1,300} is disabled", "key-state", "kms", 0),
        (r"Permission denied on S3 (?:path|location)", "access-denied", "s3", re.IGNORECASE),
        (r"Access denied when writing (?:output )?to url: s3", "access-denied", "s3", re.IGNORECASE),
        (r"S3ServiceException: ?Access Denied", "access-denied", "s3", 0),
        (r"ReplicationStatus[\"']?\s{0,8}[:=>]{1,2}\s{0,8}[\"']?FAILED", "replication-failed", "s3", re.IGNORECASE),
        (r"replication-status[\"']?\s{0,8}[:=>]{1,2}\s{0,8}[\"']?FAILED", "replication-failed", "s3", re.IGNORECASE),
        (r"OperationFailedReplication", "replication-failed", "s3", 0),
        (r"(?:Dst|Src)KmsKey(?:NotFound|InvalidState)", "replication-failed", "s3", 0),
    )
)
_FORBIDDEN: Final = re.compile(
    r"(?:AccessDeniedException|PermissionError|HTTPError|Http\w{0,20}Exception|ClientError)?[:(\s]{1,8}(Access\s{1,120}Denied|Forbidden)\b"
)


def signals_in(text: str) -> Iterator[Signal]:
    """All marks but IAM's own sentence, in no order."""
    for one in _CLI.finditer(text):
        yield _operation(one, one[1], one[2], None, "aws-cli")
    for one in _JAVA.finditer(text):
        code = None if one[3] is None else one[3].strip()
        yield Signal(
            one.start(), one.end(), "frame", code, service=service_named(one[1]), status=one[2], form="java-sdk"
        )
    for one in _GO.finditer(text):
        yield _operation(one, None, one[2], service_named(one[1]), "go-sdk")
    for one in _PHP.finditer(text):
        yield _operation(one, None, one[1], None, "php-sdk")
    for one in _XML.finditer(text):
        yield Signal(one.start(), one.end(), "frame", one[1], form="s3-xml")
    for one in _CODE.finditer(text):
        service = "kms" if one[1].startswith("KMS") else None
        yield Signal(one.start(), one.end(), "code", one[1], service=service)
    for pattern, kind, service in _PHRASES:
        for one in pattern.finditer(text):
            yield Signal(one.start(), one.end(), "phrase", kind=kind, service=service)
    for one in _FORBIDDEN.finditer(text):
        yield Signal(one.start(1), one.end(), "code", "Forbidden" if one[1] == "Forbidden" else "Access Denied")


def _operation(found: re.Match[str], code: str | None, operation: str, service: str | None, form: str) -> Signal:
    service = service or service_of(operation)
    return Signal(found.start(), found.end(), "operation", code, operation, service or "another", form=form)


def action_behind(service: str, operation: str | None) -> str | None:
    """The IAM action behind an operation of S3 or KMS."""
    return None if operation is None else action_of(service, operation)
