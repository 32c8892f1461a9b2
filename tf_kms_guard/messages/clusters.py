"""Marks that stand together make one error: its code, its operation, IAM's sentence, and what is named around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from tf_kms_guard.messages.callers import place_of, places_in
from tf_kms_guard.messages.denial import Denial, Elsewhere, Place
from tf_kms_guard.messages.operations import COPIES, action_of, service_of
from tf_kms_guard.messages.sentence import Sentence, sentences_in
from tf_kms_guard.messages.signals import Signal, signals_in

MOST_MARKS: Final = 50_000
_MOST_SIGNALS: Final = 24
"""So many marks tell all that one error has to tell."""
_GAP: Final = 300
_LOOK_BACK: Final = 500
_LOOK_AHEAD: Final = 700
_EXCERPT: Final = 300

_DENIED: Final = frozenset(
    ("AccessDenied", "AccessDeniedException", "Access Denied", "Forbidden", "403", "403 Forbidden")
)
_LOOSE: Final = frozenset(("Access Denied", "Forbidden"))
_KEY_CODES: Final = {
    "NotFoundException": "key-not-found",
    "DisabledException": "key-state",
    "InvalidStateException": "key-state",
    "KMSInvalidStateException": "key-state",
    "InvalidState": "key-state",
    "KeyUnavailableException": "key-state",
    "InvalidKeyUsageException": "key-usage",
    "InvalidKeyUsage": "key-usage",
}
_S3_SIGNS: Final = re.compile(
    r"\bs3[an]?://|\bs3[.-][\w.-]{0,60}amazonaws\.com|amazonaws\.services\.s3|AmazonS3|Amazon\.S3|Amazon S3|S3Exception"
    r"|services/s3|client-s3|<HostId>|host id:|Aws::S3|arn:aws[\w-]{0,20}:s3:|x-amz-id-2|Extended Request ID",
    re.IGNORECASE,
)
_KMS_SIGNS: Final = re.compile(
    r"arn:aws[\w-]{0,20}:kms:|AWSKMS|services\.kms|client-kms|KMS\.|Kms(?:Client|Exception)", re.IGNORECASE
)
_QUERY_API: Final = re.compile(r"<ErrorResponse|<Type>\s{0,20}(?:Sender|Receiver)")
_CALL: Final = re.compile(r"\bBucket['\"]?\s{0,8}[:=]\s{0,8}['\"]([a-z0-9][a-z0-9.-]{1,62})['\"]")
_CALL_KEY: Final = re.compile(r"\bKey['\"]?\s{0,8}[:=]\s{0,8}['\"]([^'\"\n]{1,1024})['\"]")
_XML_BUCKET: Final = re.compile(
    r"<BucketName>([^<]{1,255})</BucketName>|<Resource>/?([^</]{1,255})(?:/([^<]{0,1024}))?</Resource>"
)
_XML_KEY: Final = re.compile(r"<Key>([^<]{1,1024})</Key>")
_KMS_ARN: Final = re.compile(
    r"arn:aws[\w-]{0,20}:kms:[\w-]{1,30}:\d{12}:(?:key|alias)/[\w/:-]{1,256}|(?<=keyId )'?[\w/-]{1,256}"
)

_OTHER_OPERATIONS: Final = frozenset(
    re.findall(
        r"\w+",
        "GetSecretValue PutSecretValue CreateSecret GetParameter GetParameters PutParameter SendMessage ReceiveMessage "
        "Publish GetItem PutItem Query Scan RunInstances StartInstances CreateVolume Invoke PutRecord PutRecords",
    )
)
_OTHER_SERVICES: Final = (
    "secretsmanager",
    "ssm",
    "sqs",
    "sns",
    "dynamodb",
    "ec2",
    "lambda",
    "kinesis",
    "rds",
    "sts",
    "iam",
)


class Cluster(Struct):
    """Marks that belong together, and the stretch of text that they take up."""

    start: int
    end: int
    sentence: Sentence | None = None
    signals: list[Signal] = field(default_factory=list)

    def takes(self, mark: Sentence | Signal) -> bool:
        """Whether a mark that follows belongs here too."""
        if mark.start - self.end > _GAP:
            return False
        if isinstance(mark, Sentence):
            return self.sentence is None and not any(
                one.what == "frame" and one.form != "s3-xml" for one in self.signals
            )
        if mark.what in ("operation", "frame"):
            return not any(one.what == mark.what for one in self.signals)
        if mark.what == "phrase":
            return self.sentence is None and all(one.kind in (None, mark.kind) for one in self.signals)
        codes = [one.code for one in self.signals if one.code is not None]
        return not codes or mark.code in _DENIED or mark.code in codes or mark.code in _KEY_CODES

    def add(self, mark: Sentence | Signal) -> None:
        """Take it in."""
        self.end = max(self.end, mark.end)
        if isinstance(mark, Sentence):
            self.sentence = mark
        elif len(self.signals) < _MOST_SIGNALS:
            self.signals.append(mark)

    def first(self, what: str) -> Signal | None:
        """The first signal of a kind."""
        return next((one for one in self.signals if one.what == what), None)


def clusters_in(text: str) -> tuple[list[Cluster], int]:
    """The clusters of marks in a text in order, and how many marks were too many to look at."""
    marks: list[Sentence | Signal] = [*sentences_in(text), *signals_in(text)]
    marks.sort(key=lambda mark: (mark.start, -mark.end))
    found: list[Cluster] = []
    for mark in marks[:MOST_MARKS]:
        if not (found and found[-1].takes(mark)):
            found.append(Cluster(mark.start, mark.end))
        found[-1].add(mark)
    return found, max(0, len(marks) - MOST_MARKS)


def errors_in(text: str, found: list[Cluster]) -> Iterator[tuple[Denial | Elsewhere, int]]:
    """What each cluster says, and how much of a message it is: a greater number was read better."""
    for index, cluster in enumerate(found):
        floor = found[index - 1].end if index else 0
        ceiling = found[index + 1].start if index + 1 < len(found) else len(text)
        line = text.rfind("\n", max(floor, cluster.start - _LOOK_BACK), cluster.start) + 1
        head = max(floor, line, cluster.start - _LOOK_BACK)
        near = text[head : min(ceiling, cluster.end + _LOOK_AHEAD)]
        wide = text[max(floor, cluster.start - _LOOK_BACK) : head]
        one = _error(cluster, head, near, wide)
        if one is not None:
            yield one, _score(one, cluster)


def _score(one: Denial | Elsewhere, cluster: Cluster) -> int:
    complete = 4 if cluster.sentence is not None and cluster.sentence.complete else 0
    if isinstance(one, Elsewhere):
        return 1 + complete
    named = (one.caller, one.operation, one.kms_key, *one.places)
    return 2 + complete + sum(part is not None for part in named)


def _error(cluster: Cluster, head: int, near: str, wide: str) -> Denial | Elsewhere | None:
    operation, frame, code = cluster.first("operation"), cluster.first("frame"), _code(cluster)
    name = None if operation is None else operation.operation
    other = name if name in _OTHER_OPERATIONS else None
    if frame is not None and any(word in (frame.service or "") for word in _OTHER_SERVICES):
        other = frame.service
    sentence = cluster.sentence
    if sentence is not None:
        service = sentence.action.partition(":")[0].lower()
        if service not in ("s3", "kms") or other is not None:
            return Elsewhere(code or "AccessDenied", other or service, sentence.action)
        return _denial(cluster, service, sentence.kind, head, near, wide)
    if other is not None:
        return Elsewhere(code or "AccessDenied", other)
    phrase = cluster.first("phrase")
    if phrase is not None and phrase.kind is not None:
        return _denial(cluster, phrase.service or "s3", phrase.kind, head, near, wide)
    if code is None:
        return None
    owner = _service(cluster, near, wide)
    bare = code.removeprefix("KMS.")
    if bare in _KEY_CODES and (owner == "kms" or bare != code):
        return _denial(cluster, "kms", _KEY_CODES[bare], head, near, wide)
    if bare == "AccessControlListNotSupported":
        return _denial(cluster, "s3", "acl-not-supported", head, near, wide)
    if bare in _DENIED:
        if owner in ("s3", "kms"):
            return _denial(cluster, owner, "access-denied", head, near, wide)
        if owner is None and bare == "AccessDenied" and not _QUERY_API.search(near):
            note = "the message names no service: S3 writes AccessDenied so, and so do a few others"
            return _denial(cluster, "s3", "access-denied", head, near, wide, note)
        if owner is None and bare in _LOOSE:
            return None
    return Elsewhere(code, owner)


def _code(cluster: Cluster) -> str | None:
    """The code that tells most: one in a frame before one that merely stands there."""
    codes = [one.code for what in ("operation", "frame", "code") for one in cluster.signals if one.what == what]
    told = [code for code in codes if code is not None]
    status = next((one.status for one in cluster.signals if one.status is not None), None)
    exact = [code for code in told if code not in _DENIED]
    return next(iter([*exact, *told]), "403" if status == "403" else None)


def _service(cluster: Cluster, near: str, wide: str) -> str | None:
    for one in cluster.signals:
        if one.service is not None:
            return one.service
    if any(one.form == "s3-xml" for one in cluster.signals) and not _QUERY_API.search(near):
        return "s3"
    if _S3_SIGNS.search(near) or _S3_SIGNS.search(wide):
        return "s3"
    return "kms" if _KMS_SIGNS.search(near) else None


def _denial(cluster: Cluster, service: str, kind: str, head: int, near: str, wide: str, *notes: str) -> Denial:
    operation, sentence = cluster.first("operation"), cluster.sentence
    name = None if operation is None else operation.operation
    action = sentence.action if sentence is not None else None
    if action is None and name is not None and service_of(name) == service:
        action = action_of(service, name)
    resource = None if sentence is None else sentence.resource
    named = place_of(resource) if resource is not None else None
    places = (named,) if named is not None else _places(cluster, head, near, wide)
    if name not in COPIES and len(places) > 1:
        places = _one_place(places, near)
    return Denial(
        kind=kind,
        service=service,
        action=action,
        operation=name,
        caller=None if sentence is None else sentence.caller,
        places=places,
        kms_key=_kms_key(service, resource, near),
        resource=resource,
        policy=None if sentence is None else sentence.policy,
        form=_form(cluster, f"{wide}{near}"),
        text=_excerpt(near),
        notes=notes,
    )


def _places(cluster: Cluster, head: int, near: str, wide: str) -> tuple[Place, ...]:
    if any(one.form == "s3-xml" for one in cluster.signals):
        bucket, key = _XML_BUCKET.search(near), _XML_KEY.search(near)
        if bucket is not None:
            return (Place(bucket[1] or bucket[2], key[1] if key is not None else bucket[3] or None),)
    lines = near[: max(near.find("\n", cluster.end - head), 0) or None]  # other lines may be about something else
    found = places_in(lines)
    if found:
        return found
    call = _CALL.search(wide) or _CALL.search(near)
    if call is None:
        return ()
    key = _CALL_KEY.search(wide) or _CALL_KEY.search(near)
    return (Place(call[1], None if key is None else key[1]),)


def _one_place(places: tuple[Place, ...], near: str) -> tuple[Place, ...]:
    """Of several places that are named around one error, those of the first bucket if they are all of it."""
    buckets = {place.bucket for place in places}
    return places[:1] if len(buckets) == 1 else places


def _kms_key(service: str, resource: str | None, near: str) -> str | None:
    if resource is not None and ":kms:" in resource:
        return resource
    if service != "kms":
        return None
    found = _KMS_ARN.search(near)
    return None if found is None else found[0].strip("'")


_FORMS: Final = (
    ("spark", re.compile(r"org\.apache\.spark|\bSparkException|pyspark")),
    ("hadoop", re.compile(r"org\.apache\.hadoop|\bs3an?://|AccessDeniedException: s3")),
    ("athena", re.compile(r"\bHIVE_[A-Z_]{3,40}|Athena|Permission denied on S3", re.IGNORECASE)),
    (
        "terraform",
        re.compile(
            r"\bwith (?:module\.[\w.\[\]\"]{1,200}\.)?aws_\w{1,80}\."
            r"|Error: (?:creating|updating|putting|reading|waiting)"
        ),
    ),
    (
        "javascript-sdk",
        re.compile(r"\$metadata|\$fault|throwDefaultError|Request\.extractError|smithy-client|node_modules"),
    ),
    ("python-sdk", re.compile(r"botocore\.|boto3|ClientError|PermissionError")),
    ("java-sdk", re.compile(r"com\.amazonaws|software\.amazon\.awssdk")),
    ("dotnet-sdk", re.compile(r"Amazon\.S3\.|Amazon\.KeyManagement|Amazon\.Runtime")),
    ("ruby-sdk", re.compile(r"Aws::(?:S3|KMS)::Errors")),
    ("go-sdk", re.compile(r"status code: \d{3}, request id|api error|awserr")),
)


def _form(cluster: Cluster, around: str) -> str:
    for name, pattern in _FORMS:
        if pattern.search(around):
            return name
    return next((one.form for one in cluster.signals if one.form is not None), "text")


def _excerpt(near: str) -> str:
    words = " ".join(near[: 4 * _EXCERPT].split())
    return words if len(words) <= _EXCERPT else f"{words[: _EXCERPT - 1]}…"


def better(one: Iterable[tuple[Denial | Elsewhere, int]]) -> int:
    """How well a text was read in all."""
    return sum(score for _, score in one)
