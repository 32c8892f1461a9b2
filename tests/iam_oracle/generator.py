"""Requests and policies, made at random from a seed: over S3 and KMS, within one account and across two.

Every value is drawn from small pools in which much is almost the same, so that policies often nearly match.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")
Json = Any

A, B, C = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"
BUCKET = "arn:aws:s3:::acme-data"
OBJECTS = (f"{BUCKET}/reports/today.csv", f"{BUCKET}/ann/x", f"{BUCKET}/a:b/Today.csv", BUCKET)
KEYS = tuple(
    f"arn:aws:kms:{region}:{A}:key/{key}"
    for region, key in (
        (REGION, "1234abcd-12ab-34cd-56ef-1234567890ab"),
        (REGION, "mrk-1234abcd12ab34cd56ef1234567890ab"),
        ("us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    )
)
S3_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ReplicateObject")
KMS_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey")
ANONYMOUS = {"type": "Anonymous"}

CALLERS = ("role", "role with a path", "session", "user", "federated user", "root", "service", "anonymous")
ENTRIES = (
    "*",
    "{AWS: *}",
    "{AWS: [*]}",
    "account id",
    "account root",
    "role",
    "role with a path",
    "user",
    "session",
    "federated user",
    "service",
    "canonical user",
    "unique id",
    "federated",
    "list",
)


class Case(Struct):
    """One request with its policies, in the words of both sides; ``marks`` is what it is made of."""

    asked: dict[str, Json]
    marks: set[str]

    @property
    def service(self) -> str:
        return str(self.asked["action"]).split(":", 1)[0]


class Generator:
    """Draws cases from a seed; two generators of one seed draw the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.marks: set[str] = set()

    # ---- small things

    def one(self, of: Sequence[T]) -> T:
        return self.random.choice(of)

    def chance(self, of_ten: float) -> bool:
        return self.random.random() * 10 < of_ten

    def some(self, of: Sequence[T], most: int = 3) -> list[T]:
        return self.random.sample(list(of), min(len(of), self.random.randint(1, most)))

    def one_or_list(self, values: list[T]) -> T | list[T]:
        """A single value is written as such, or as a list of one."""
        return values[0] if len(values) == 1 and self.chance(5) else values

    # ---- the request

    def case(self) -> Case:
        """One request with all its policies."""
        self.marks = set()
        account = self.one((A, B, B, B))
        kind = self.one((*CALLERS, "role", "role", "session", "user"))
        kms = kind != "anonymous" and self.chance(5)
        self.marks |= {"kms" if kms else "s3", f"caller: {kind}"}
        principal = self.caller(kind, account)
        if kind not in ("service", "anonymous"):
            self.marks.add("same account" if account == A else "cross account")
        self.kind, self.account = kind, account
        self.kms = kms
        self.action = self.one(KMS_ACTIONS if kms else S3_ACTIONS)
        self.resource = self.one(KEYS if kms else OBJECTS)
        self.context = self.request_context()
        asked: dict[str, Json] = {
            "principal": principal,
            "action": self.action,
            "resource": self.resource,
            "account": A,
            "context": self.context,
            "identity": [],
            "policy": None,
            "session": None,
            "boundary": None,
            "endpoint": None,
            "scps": [],
            "rcps": [],
            "blockPublicAccess": False,
        }
        if kind not in ("service", "anonymous"):
            asked["identity"] = [self.policy("identity") for _ in range(self.one((0, 1, 1, 1, 2)))]
        if kms or self.chance(9):
            asked["policy"] = self.policy("resource")
        self.layers(asked)
        return Case(asked, self.marks)

    def layers(self, asked: dict[str, Json]) -> None:
        """Boundaries and what an organization sets, for some cases."""
        identity = self.kind not in ("service", "anonymous")
        if identity and self.kind != "root" and self.chance(1.5):
            asked["boundary"] = self.policy("limit")
            self.marks.add("layer: boundary")
        if identity and self.chance(1.5):
            asked["scps"] = [[self.policy("limit")] for _ in range(self.one((1, 2)))]
            self.marks.add("layer: scp")
        if self.chance(1.5):
            asked["rcps"] = [[FULL_ACCESS, self.policy("rcp")]]
            self.marks.add("layer: rcp")
        if self.kind in ("session", "federated user") and self.chance(1):
            asked["session"] = self.policy("limit")
            self.marks.add("layer: session policy")
        if identity and self.chance(0.7):
            asked["endpoint"] = self.policy("endpoint")
            self.marks.add("layer: endpoint policy")
        if not self.kms and self.chance(2):
            asked["blockPublicAccess"] = True
            self.marks.add("layer: block public access")

    def caller(self, kind: str, account: str) -> Json:
        return {
            "role": f"arn:aws:iam::{account}:role/reader",
            "role with a path": f"arn:aws:iam::{account}:role/team/reader",
            "session": f"arn:aws:sts::{account}:assumed-role/reader/job",
            "user": f"arn:aws:iam::{account}:user/ann",
            "federated user": f"arn:aws:sts::{account}:federated-user/ann",
            "root": f"arn:aws:iam::{account}:root",
            "service": "cloudtrail.amazonaws.com",
            "anonymous": ANONYMOUS,
        }[kind]

    def request_context(self) -> dict[str, str | list[str]]:
        """The keys that describe the caller as AWS would, and at random those of the other pools."""
        kind, account = self.kind, self.account
        values: dict[str, str | list[str]] = {"aws:SecureTransport": self.one(("true", "false"))}
        if kind == "anonymous":
            values |= {"aws:PrincipalAccount": "anonymous", "aws:PrincipalType": "Anonymous"}
        elif kind == "service":
            values |= {"aws:PrincipalIsAWSService": "true", "aws:SourceAccount": self.one((A, B))}
        else:
            values |= {"aws:PrincipalAccount": account, "aws:PrincipalIsAWSService": "false"}
            arn = self.caller("role" if kind == "session" else kind, account)
            values["aws:PrincipalArn"] = arn
            if kind == "user":
                values |= {"aws:username": "ann", "aws:PrincipalType": "User"}
            elif kind != "root":
                values["aws:PrincipalType"] = "FederatedUser" if kind == "federated user" else "AssumedRole"
        for key, pool in POOLS.items():
            if key not in values and key not in ABOUT_CALLER and self.chance(6):
                many = key in SETS
                values[key] = self.some(pool.given, 2) if many else self.one(pool.given)
        return values

    def narrow_case(self, what: str) -> Case:
        """A case that hangs on one thing: ``condition`` or ``principal``; all else lets the request through."""
        case = self.case()
        asked = case.asked
        if what == "condition":
            self.kind, self.account = "role", B
            asked |= {"principal": self.caller("role", B), "context": self.request_context()}
            self.context = asked["context"]
        self.marks, self.variables = set(), True
        statement: dict[str, Json] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        if what == "condition":
            statement |= {"Principal": "*", "Condition": self.conditions(1)}
        else:
            self.principal_element(statement, "Allow", friendly=self.chance(6))
            self.marks.add(f"caller: {self.kind}")
        anybody = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        asked |= dict.fromkeys(("session", "boundary", "endpoint")) | {"scps": [], "rcps": []}
        asked |= {"blockPublicAccess": False, "policy": {"Version": "2012-10-17", "Statement": [statement]}}
        if self.kind not in ("service", "anonymous"):
            asked["identity"] = [{"Version": "2012-10-17", "Statement": anybody}] if self.account != A else []
        return Case(asked, self.marks)

    # ---- policies

    def policy(self, role: str) -> Json:
        """``role``: what it is attached to."""
        version = self.one((None, "2008-10-17", *["2012-10-17"] * 6))
        self.variables = version == "2012-10-17"
        self.marks.add(f"version: {version}")
        statements = [self.statement(role, n) for n in range(self.one((1, 2, 2, 3)))]
        document: dict[str, Json] = {"Statement": statements[0] if len(statements) == 1 else statements}
        return document if version is None else {"Version": version, **document}

    def statement(self, role: str, number: int) -> Json:
        friendly = self.chance(8 if number == 0 else 5)
        effect = "Deny" if role == "rcp" or (self.chance(2.5) and number > 0) else "Allow"
        statement: dict[str, Json] = {"Effect": effect}
        if role in ("rcp", "endpoint"):
            statement["Principal"] = "*"
        elif role == "resource":
            self.principal_element(statement, effect, friendly)
        self.action_element(statement, friendly)
        self.resource_element(statement, friendly, role)
        if self.chance(5.5):
            statement["Condition"] = self.conditions()
        return statement

    def principal_element(self, statement: dict[str, Json], effect: str, friendly: bool) -> None:
        negated = self.chance(0.8)
        name = "NotPrincipal" if negated else "Principal"
        self.marks.add(f"{effect} {name}" if negated else name)
        entry = self.one(ENTRIES)
        if friendly and not negated and self.chance(6):
            entry = {"anonymous": "*", "service": "service", "root": "account root"}.get(self.kind, self.kind)
            entry = self.one((entry, entry, "account id", "*"))
        statement[name] = self.entry(entry, friendly)

    def entry(self, entry: str, friendly: bool) -> Json:
        self.marks.add(f"principal: {entry}")
        account = self.account if friendly else self.one((A, B, C))
        name = "reader" if friendly else self.one(("reader", "writer"))
        aws = {
            "account id": account,
            "account root": f"arn:aws:iam::{account}:root",
            "role": f"arn:aws:iam::{account}:role/{name}",
            "role with a path": f"arn:aws:iam::{account}:role/team/{name}",
            "user": f"arn:aws:iam::{account}:user/{self.one(('ann', 'bob'))}",
            "session": f"arn:aws:sts::{account}:assumed-role/{name}/job",
            "federated user": f"arn:aws:sts::{account}:federated-user/{self.one(('ann', 'bob'))}",
            "unique id": "AROAEXAMPLEEXAMPLE123",
        }
        if entry == "*":
            return "*"
        if entry == "{AWS: *}":
            return {"AWS": "*"}
        if entry == "{AWS: [*]}":
            return {"AWS": ["*"]}
        if entry in aws:
            return {"AWS": self.one_or_list([aws[entry]])}
        if entry == "service":
            return {"Service": self.one(("cloudtrail.amazonaws.com", "config.amazonaws.com"))}
        if entry == "canonical user":
            return {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}
        if entry == "federated":
            return {"Federated": f"arn:aws:iam::{account}:saml-provider/idp"}
        return {"AWS": self.some(list(aws.values()), 3), "Service": "config.amazonaws.com"}

    def action_element(self, statement: dict[str, Json], friendly: bool) -> None:
        service = "kms" if self.kms else "s3"
        verb = self.action.split(":")[1]
        matching = [
            self.action,
            self.action.upper(),
            f"{service}:*",
            "*",
            f"{service}:{verb[:3]}*",
            f"{service}:?{verb[1:]}",
            f"{service.upper()}:{verb.lower()}",
        ]
        other = ["kms:Decrypt", "s3:GetObject", "s3:PutObject", "kms:Gen*", "sts:*", "s3:Get*Acl", "kms:*Key"]
        if self.chance(1):
            self.marks.add("NotAction")
            statement["NotAction"] = self.one_or_list(self.some(other if friendly else matching + other))
            return
        patterns = self.some(matching if friendly else other + matching[:2])
        statement["Action"] = self.one_or_list(patterns)

    def resource_element(self, statement: dict[str, Json], friendly: bool, role: str) -> None:
        resource = self.resource
        head, tail = resource.rsplit(":", 1) if "a:b" not in resource else (BUCKET[:13], resource[13:])
        matching = ["*", resource, f"{head}:{tail[: len(tail) // 2]}*", f"{head}:?{tail[1:]}", f"{head}:*"]
        if self.kms:
            matching += [f"arn:aws:kms:*:{A}:key/*", "arn:aws:kms:*:*:*", f"arn:*:kms:*:{A}:key/????abcd*"]
        else:
            matching += [f"{BUCKET}*", f"{BUCKET}/*", "arn:aws:s3:::acme-????/*"]
        other = [KEYS[0], KEYS[2], f"arn:aws:kms:*:{B}:key/*", f"arn:aws:kms:us-*:{A}:key/*", "arn:aws:s3:::other/*"]
        other += [f"{BUCKET}/ann/*", f"{BUCKET}/reports/*.CSV", f"arn:aws:kms:{REGION}:{A}:alias/data"]
        if self.variables:
            matching.append(f"{BUCKET}/${{aws:username}}/*" if not self.kms else "*")
            other += [f"{BUCKET}/${{aws:username, 'reports'}}/*", f"{BUCKET}/${{*}}", f"{BUCKET}/rep${{?}}rts/*"]
        if self.chance(0.8) and role != "rcp":
            self.marks.add("NotResource")
            patterns = self.some(other if friendly else other + matching, 2)
            statement["NotResource"] = self.one_or_list(patterns)
        else:
            patterns = self.some(matching if friendly else other + matching[:4])
            statement["Resource"] = self.one_or_list(patterns)
        if any("${" in pattern for pattern in patterns):
            self.marks.add("policy variables")

    # ---- conditions

    def conditions(self, most: int = 2) -> Json:
        block: dict[str, Json] = {}
        for _ in range(min(most, self.one((1, 1, 1, 2)))):
            kind = self.one(list(OPERATORS)) if self.chance(4) else None
            key = self.one([key for key, pool in POOLS.items() if kind is None or pool.type == kind])
            operator = self.operator(key)
            values = [self.value(key, operator) for _ in range(self.one((1, 1, 2)))]
            if operator.startswith("Null"):
                values = [self.one(("true", "false"))]
            name = key if self.chance(8) else key.upper()
            block.setdefault(operator, {})[name] = self.one_or_list(values)
        return block

    def operator(self, key: str) -> str:
        base = self.one(OPERATORS[POOLS[key].type])
        self.marks.add(f"operator: {base}")
        if base == "Null":
            return base
        if key in SETS or self.chance(0.4):
            quantifier = self.one(("ForAnyValue:", "ForAllValues:"))
            self.marks.add(f"set operator: {quantifier}")
            base = quantifier + base
        if self.chance(1.5):
            self.marks.add("…IfExists")
            base += "IfExists"
        return base

    def value(self, key: str, operator: str) -> str:
        pool = POOLS[key]
        if pool.type in ("string", "arn") and self.variables and self.chance(1):
            self.marks.add("policy variables")
            return self.one(VARIABLES if pool.type == "string" else (f"arn:aws:iam::{B}:user/${{aws:username}}",))
        given = self.context.get(key)
        value = given if isinstance(given, str) and self.chance(4) else self.one(pool.wanted)
        if "NotIp" in operator and "/" not in value:
            return value + ("/128" if ":" in value else "/32")
        return value


class Pool(Struct, frozen=True):
    """Values of one condition key: ``given`` in requests, ``wanted`` in policies."""

    type: str
    given: tuple[str, ...]
    wanted: tuple[str, ...]


_ROLE, _USER = f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{B}:user/ann"

POOLS = {
    "aws:PrincipalAccount": Pool("string", (A, B), (A, B, C, "4444*", "????55556666", "anonymous")),
    "aws:PrincipalArn": Pool(
        "arn",
        (_ROLE,),
        (_ROLE, _USER, f"arn:aws:iam::{A}:*", f"arn:aws:iam::{B}:role/*", "arn:*:iam::*:role/r?ader", "arn:aws:s3:::x"),
    ),
    "aws:PrincipalType": Pool("string", ("User",), ("User", "AssumedRole", "assumedrole", "A*")),
    "aws:username": Pool("string", ("ann",), ("ann", "Ann", "a*", "bob")),
    "aws:PrincipalOrgID": Pool("string", ("o-a1b2c3d4e5",), ("o-a1b2c3d4e5", "O-A1B2C3D4E5", "o-*", "o-f6g7h8i9j0")),
    "aws:PrincipalOrgPaths": Pool(
        "string",
        ("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/", "o-a1b2c3d4e5/r-ab12/"),
        ("o-a1b2c3d4e5/*", "o-a1b2c3d4e5/r-ab12/", "o-a1b2c3d4e5/r-ab12/ou-*", "o-f6g7h8i9j0/*"),
    ),
    "aws:PrincipalIsAWSService": Pool("bool", ("true", "false"), ("true", "false", "TRUE")),
    "aws:SecureTransport": Pool("bool", ("true", "false"), ("true", "false", "False")),
    "aws:SourceAccount": Pool("string", (A, B), (A, B)),
    "aws:SourceArn": Pool(
        "arn",
        (f"arn:aws:cloudtrail:{REGION}:{A}:trail/main",),
        (f"arn:aws:cloudtrail:{REGION}:{A}:trail/main", f"arn:aws:cloudtrail:*:{A}:trail/*", "arn:aws:s3:::*"),
    ),
    "aws:SourceIp": Pool(
        "address",
        ("203.0.113.7", "10.1.2.3", "2001:db8::1"),
        ("203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "2001:db8::/32", "::/0", "203.0.113.7/31"),
    ),
    "aws:SourceVpce": Pool("string", ("vpce-1a2b3c4d",), ("vpce-1a2b3c4d", "vpce-*", "vpce-00000000")),
    "aws:CurrentTime": Pool(
        "date",
        ("2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z"),
        ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01", "2025-01-01T00:00:00Z", "2027-12-31"),
    ),
    "aws:MultiFactorAuthAge": Pool("number", ("300", "3600", "12.5"), ("300", "300.0", "3600", "12.50", "-1", "1e9")),
    "aws:MultiFactorAuthPresent": Pool("bool", ("true", "false"), ("true", "false")),
    "aws:PrincipalTag/team": Pool("string", ("data", "Data"), ("data", "DATA", "d*", "?ata", "")),
    "aws:TagKeys": Pool("string", ("team", "cost", "Team"), ("team", "cost", "c*", "env")),
    "aws:ViaAWSService": Pool("bool", ("true", "false"), ("true", "false")),
    "aws:CalledVia": Pool("string", ("athena.amazonaws.com", "kms.amazonaws.com"), ("athena.amazonaws.com", "*.com")),
    "kms:ViaService": Pool(
        "string",
        (f"s3.{REGION}.amazonaws.com", "s3.us-east-1.amazonaws.com"),
        (f"s3.{REGION}.amazonaws.com", "s3.*.amazonaws.com", "S3.eu-west-1.amazonaws.com", "ec2.*"),
    ),
    "kms:CallerAccount": Pool("string", (A, B), (A, B)),
    "kms:EncryptionContext:aws:s3:arn": Pool("string", OBJECTS, (*OBJECTS, f"{BUCKET}/*", f"{BUCKET}*")),
    "kms:EncryptionContextKeys": Pool("string", ("aws:s3:arn", "department"), ("aws:s3:arn", "aws:*", "other")),
    "kms:GrantIsForAWSResource": Pool("bool", ("true", "false"), ("true", "false")),
    "kms:KeyOrigin": Pool("string", ("AWS_KMS",), ("AWS_KMS", "EXTERNAL")),
    "s3:prefix": Pool("string", ("home/", "home/ann/", ""), ("home/", "home/*", "", "home/ann/")),
    "s3:max-keys": Pool("number", ("10", "1000"), ("10", "100", "10.5")),
    "s3:TlsVersion": Pool("number", ("1.2", "1.3"), ("1.2", "1.20", "1.3")),
    "s3:signatureAge": Pool("number", ("600000",), ("600000", "1")),
    "s3:x-amz-server-side-encryption": Pool("string", ("aws:kms", "AES256"), ("aws:kms", "AES256", "aws:*")),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": Pool("arn", KEYS, (*KEYS, f"arn:aws:kms:*:{A}:key/*")),
    "s3:x-amz-acl": Pool("string", ("private", "bucket-owner-full-control"), ("private", "bucket-owner-*")),
    "s3:DataAccessPointAccount": Pool("string", (A,), (A, B)),
    "s3:x-amz-content-sha256": Pool("bytes", ("QmluYXJ5",), ("QmluYXJ5", "QmluYXJ6")),
    "aws:ResourceAccount": Pool("string", (A,), (A, B)),
    "aws:RequestedRegion": Pool("string", (REGION,), (REGION, "eu-*", "us-east-1")),
}
ABOUT_CALLER = {"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType", "aws:username", "aws:SourceAccount"}
SETS = {"aws:PrincipalOrgPaths", "aws:TagKeys", "aws:CalledVia", "kms:EncryptionContextKeys"}
VARIABLES = (
    "${aws:PrincipalAccount}",
    "${aws:username}",
    "${aws:username, 'ann'}",
    "${aws:PrincipalTag/team}*",
    "a${*}",
    "${$}{x}",
    "${aws:PrincipalOrgID}",
)
_TEXT = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
_LIKE = ("StringLike", "StringNotLike")
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "string": (*_TEXT, *_LIKE, *_LIKE, "StringEquals", "Null"),
    "arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals", "Null"),
    "bool": ("Bool", "Bool", "Bool", "Null"),
    "address": ("IpAddress", "NotIpAddress", "IpAddress", "NotIpAddress", "Null"),
    "date": (*(f"Date{order}" for order in _ORDERS), "Null"),
    "number": (*(f"Numeric{order}" for order in _ORDERS), "Null"),
    "bytes": ("BinaryEquals", "BinaryEquals", "Null"),
}
FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
}
