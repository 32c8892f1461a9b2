"""Reports to show."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from tf_kms_guard.reports.interface import FORMATS, ReportContext
from tf_kms_guard.rules.finding import (
    Confidence,
    Finding,
    Fix,
    GateState,
    PrincipalShown,
    Related,
    Report,
    RuleInfo,
    Severity,
    Undetermined,
    WorkspaceShown,
)
from tf_kms_guard.values.span import Span

READER = "arn:aws:iam::444455556666:role/reader"
KP001 = RuleInfo("KP001", "key-policy-denies-outsider", Severity.ERROR, "key-policy", "…", "…")
STATEMENT = {
    "Sid": "AllowDecrypt",
    "Effect": "Allow",
    "Principal": {"AWS": READER},
    "Action": ["kms:Decrypt"],
    "Resource": "*",
}
HCL = """\
statement {
  actions = ["kms:Decrypt"]

  principals {
    type        = "AWS"
    identifiers = ["arn:aws:iam::444455556666:role/a-role-with-quite-a-long-name"]
  }
}"""
JSON = '{\n  "Action": ["kms:Decrypt"]\n}'

SOURCE = {
    ("modules/lake/kms.tf", 12): "  policy = jsonencode({",
    ("envs/prod/bucket.tf", 31): f'      Principal = {{ AWS = "{READER}" }}',
}
ACCOUNTS = {"aws": ("111122223333", "--account"), "aws.b": (None, "no evidence")}
WORKSPACE = WorkspaceShown("envs/prod", "envs/prod", "hcl", ACCOUNTS)


def finding(**changes: Any) -> Finding:
    whole: dict[str, Any] = {
        "rule": KP001,
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "workspace": "envs/prod",
        "resource": "module.lake.aws_kms_key.data",
        "buckets": ("aws_s3_bucket.data",),
        "key": "module.lake.aws_kms_key.data",
        "principal": PrincipalShown("role", READER),
        "actions": ("kms:Decrypt",),
        "intent": ("read",),
        "message": "role/reader in 444455556666 cannot read s3://acme-shared-data: "
        "the key policy does not allow it kms:Decrypt",
        "label": f"nothing here allows kms:Decrypt to {READER}",
        "why": ("account of aws.owner is 111122223333 (allowed_account_ids, providers.tf:6)",),
        "location": Span("modules/lake/kms.tf", 12, 3, 30, 4),
        "related": (
            Related(
                "it is meant to read: the bucket policy allows it s3:GetObject",
                Span("envs/prod/bucket.tf", 31, 28, 31, 65),
            ),
        ),
        "gates": (
            GateState("bucket-policy", "allowed"),
            GateState("key-policy", "denied"),
            GateState("identity-s3", "allowed"),
            GateState("identity-kms", "undetermined"),
        ),
        "nearest": 'statement "Own" names account 111122223333 only',
        "fix": Fix("add this statement to the key policy", STATEMENT, "document", "in account 111122223333"),
    }
    return Finding(**(whole | changes))


def undetermined(**changes: Any) -> Undetermined:
    whole: dict[str, Any] = {
        "workspace": "envs/prod",
        "gate": "key-policy",
        "bucket": "aws_s3_bucket.data",
        "principal": READER,
        "because": "data.aws_kms_key.shared.policy is not visible",
        "settle": "check the configuration that declares the key too",
        "location": Span("kms.tf", 3, 1, 3, 9),
    }
    return Undetermined(**(whole | changes))


def report(*findings: Finding, **changes: Any) -> Report:
    whole: dict[str, Any] = {
        "workspaces": (WORKSPACE,),
        "findings": findings,
        "undetermined": (),
        "errors": (),
        "buckets": 3,
        "keys": 2,
        "outsiders": 1,
        "shared_buckets": 1,
    }
    return Report(**(whole | changes))


def context(
    source: Mapping[tuple[str, int], str] = SOURCE,
    snippets: tuple[str, str] = (HCL, JSON),
    *,
    color: bool = False,
    width: int = 80,
) -> ReportContext:
    def lines(span: Span) -> Sequence[str]:
        line = source.get((span.file, span.line))
        return () if line is None else (line,)

    return ReportContext("1.2.3", lines, lambda fix: snippets, color, width)


def shown(of: Report, how: ReportContext | None = None, name: str = "text") -> str:
    stream = io.StringIO()
    FORMATS[name](how or context()).write(of, stream)
    return stream.getvalue()
