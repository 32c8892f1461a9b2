"""What findings say: who cannot do what to which bucket, because of what in which policy, and what to change.

One voice for all: a sentence without a full stop, and the statement to add or the change to make.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_one_cause import BAD
from tests.test_rules import EXAMPLES, check
from tf_kms_guard.rules.finding import Finding

READER = "role/reader in 444455556666"
BUCKET = "s3://acme-shared-data"
CANNOT = f"{READER} cannot read {BUCKET}"
ACCOUNT = f"account 444455556666 cannot read {BUCKET}"

SAID = {
    "KP005/bad-callers-of-other-accounts": (
        f'{ACCOUNT}: statement "OnlyUs" of the key policy denies it kms:Decrypt (condition kms:CallerAccount must not '
        "equal 111122223333, the request has 444455556666)",
        'add "444455556666" to the exceptions of statement "OnlyUs", the values of kms:CallerAccount',
    ),
    "KP005/bad-not-principal-without-the-reader": (
        f'{CANNOT}: statement "NobodyElse" of the key policy denies it kms:Decrypt (it names everyone but account '
        "111122223333)",
        'write Principal = "*" and a condition ArnNotEquals on aws:PrincipalArn in place of NotPrincipal in statement '
        f'"NobodyElse", with {READER} among its values',
    ),
    "KP004/bad-no-resource": (
        f'{CANNOT}: statement "Reader" of the key policy is meant for it and has no effect: it has no Resource',
        'write Resource = "*": correct this statement, or add',
    ),
    "KP004/bad-roles-with-a-wildcard": (
        f'{CANNOT}: statement "Reader" of the key policy is meant for it and has no effect: it names '
        "arn:aws:iam::444455556666:role/*, which AWS takes for no principal (no wildcard may stand within its ARN)",
        "name the role or user, or its account with a condition on aws:PrincipalArn: correct this statement, or add",
    ),
    "KP006/bad-role-with-an-iam-policy": (
        f"role app of the key's own account cannot use {BUCKET} by its IAM policy: no statement of the key policy names "
        "it or leaves kms:Decrypt to account 111122223333",
        "leave the account to IAM with this statement, or name the role or user in the key policy",
    ),
    "KR003/bad-alias-arn": (
        f'{CANNOT}: statement "Key" of its own policies names the key by an alias ARN, which covers no key',
        "name the key by its key ARN: correct this statement, or add",
    ),
    "ID004/bad-boundary-without-kms": (
        f"{CANNOT}: its permissions boundary aws_iam_policy.limit does not allow kms:Decrypt, whatever its own policies "
        "allow",
        "let the boundary aws_iam_policy.limit allow it too: add this statement",
    ),
    "ID004/bad-own-deny": (
        f'{CANNOT}: statement "NoForeignKeys" of its own policies denies it kms:Decrypt',
        'leave the bucket\'s objects and key out of statement "NoForeignKeys"',
    ),
    "CO001/bad-objects-with-a-bucket-key": (
        f'{ACCOUNT}: statement "Reader" of the key policy asks for an object\'s ARN in the encryption context, and with '
        "a bucket key S3 sends the bucket's",
        'let kms:EncryptionContext:aws:s3:arn be like "arn:aws:s3:::acme-shared-data" or '
        '"arn:aws:s3:::acme-shared-data/*" (StringLike); or add',
    ),
    "CO002/bad-via-service": (
        f'{ACCOUNT}: statement "Reader" of the key policy compares kms:ViaService by StringEquals, which takes '
        "s3.*.amazonaws.com literally",
        "write StringLike in place of StringEquals; or add",
    ),
    "CO003/bad-another-region": (
        f'{ACCOUNT}: statement "Reader" of the key policy is for calls by way of s3.us-east-1.amazonaws.com, and S3 '
        "calls KMS as s3.eu-west-1.amazonaws.com here",
        'let kms:ViaService be "s3.eu-west-1.amazonaws.com"; or add',
    ),
    "CO003/bad-in-the-bucket-policy": (
        f'{CANNOT}: statement "Reader" of the bucket policy is for callers of account 111122223333, and it calls from '
        "444455556666",
        'add "444455556666" to the values of aws:PrincipalAccount; or add',
    ),
    "CO004/bad-source-account": (
        f'{ACCOUNT}: statement "Reader" of the key policy asks for aws:SourceAccount, which only requests that AWS '
        "services make themselves have",
        "ask for aws:PrincipalAccount instead; or add",
    ),
    "CO005/bad-another-organization": (
        f'organization o-acme123456 cannot read {BUCKET}: statement "Organization" of the key policy is for '
        "organization o-partner9876 only, and the caller is of o-acme123456",
        'add "o-acme123456" to the values of aws:PrincipalOrgID; or add',
    ),
    "GR001/bad-operation": (
        f"{CANNOT}: neither the key policy nor a grant lets it use the key: aws_kms_grant.reader allows Encrypt and "
        "DescribeKey, not Decrypt",
        "correct the grant (let aws_kms_grant.reader cover kms:Decrypt), or add this statement to the key policy",
    ),
    "GR002/bad-no-identity-statement": (
        f"{READER} may fail to read {BUCKET}: a grant alone lets it use the key, and none of its own policies allows "
        "kms:Decrypt; whether AWS asks for that too is not documented",
        "to be sure, add this statement to a policy of aws_iam_role.reader",
    ),
    "KP001/bad-only-the-own-account": (
        f"{CANNOT}: the key policy does not allow it kms:Decrypt",
        "add this statement to the key policy",
    ),
}


def of(directory: Path) -> Finding:
    return check(directory).findings[0]


@pytest.mark.parametrize("example", SAID)
def test_what_a_finding_says_and_what_it_asks_for(example: str) -> None:
    finding = of(EXAMPLES / example)
    assert finding.fix is not None
    assert (finding.message, finding.fix.summary) == SAID[example]


@pytest.mark.parametrize("directory", BAD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_one_voice(directory: Path) -> None:
    """Names the bucket, gives a reason, has a label and a change; no full stop, nothing of the program's own."""
    for finding in check(directory).findings:
        texts = [finding.message, finding.label, *finding.why, *([] if finding.nearest is None else [finding.nearest])]
        assert finding.fix is not None
        assert finding.fix.summary
        texts.append(finding.fix.summary)
        assert "s3://" in finding.message or "aws_s3_bucket." in finding.message
        assert ": " in finding.message or " so " in finding.message or ", " in finding.message
        assert not [text for text in texts if text.endswith(".") or text != text.strip() or "None" in text]
        assert not [text for text in texts if "Truth" in text or "Unknown(" in text or "\n" in text]
