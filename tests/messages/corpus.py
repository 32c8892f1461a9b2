"""Messages as tools and SDKs write them, each with what it says.

The words are those that AWS documents or that people have posted; names, ids and keys are made up.
"""

from __future__ import annotations

import html
import json
import textwrap
from dataclasses import dataclass, field
from typing import Any

READER = "arn:aws:sts::444455556666:assumed-role/reader/session-1"
USER = "arn:aws:iam::444455556666:user/data/alice"
ROLE = "arn:aws:iam::444455556666:role/reader"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET = "acme-shared-data"

CIPHERTEXT = (
    f"User: {READER} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because "
    "the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy "
    "explicitly denies access"
)
OLD_CIPHERTEXT = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
    "not allowed to access."
)


def denied(action: str, resource: str, reason: str, user: str = READER) -> str:
    return f"User: {user} is not authorized to perform: {action} on resource: {resource} {reason}".rstrip()


NO_RESOURCE = "because no resource-based policy allows the {} action"
NO_IDENTITY = "because no identity-based policy allows the {} action"
GENERATE = denied("kms:GenerateDataKey", KEY, NO_RESOURCE.format("kms:GenerateDataKey"))
DECRYPT_IDENTITY = denied("kms:Decrypt", KEY, NO_IDENTITY.format("kms:Decrypt"))


@dataclass(frozen=True, slots=True)
class Case:
    """A message, and what is in it: kind, gates (in order), and the rest as far as it matters."""

    name: str
    text: str
    kind: str
    gates: tuple[str, ...]
    service: str = "kms"
    tells: dict[str, Any] = field(default_factory=dict)


KMS_SIDE = ("key-policy", "key-choice")
S3_SIDE = ("bucket-policy", "identity-s3")


def event(**changes: Any) -> dict[str, Any]:
    """An event of CloudTrail about a denied ``kms:Decrypt``."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEID:session-1",
            "arn": READER,
            "accountId": "444455556666",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::444455556666:role/data/reader"}},
            "invokedBy": "AWS Internal",
        },
        "eventTime": "2024-05-01T10:11:12Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
        "errorCode": "AccessDenied",
        "errorMessage": CIPHERTEXT,
        "requestParameters": {
            "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{BUCKET}/in/a.parquet"},
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        },
        "responseElements": None,
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY}],
        "eventType": "AwsApiCall",
        **changes,
    }


S3_EVENT = event(
    eventSource="s3.amazonaws.com",
    eventName="GetObject",
    errorMessage="Access Denied",
    requestParameters={"bucketName": BUCKET, "key": "in/a.parquet", "Host": f"{BUCKET}.s3.eu-west-1.amazonaws.com"},
    resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{BUCKET}/in/a.parquet"}],
    vpcEndpointId="vpce-0a1b2c3d4e5f",
)

XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>{}</Message>'
    "<RequestId>4442587FB7D0A2F9</RequestId><HostId>Tf9K0mZvJ5cJ3n1N=</HostId></Error>"
)

CASES = [
    Case(
        "aws cli, get, bare",
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
        "access-denied",
        S3_SIDE,
        "s3",
        {"action": "s3:GetObject", "operation": "GetObject"},
    ),
    Case(
        "aws cli, download of one object",
        f"download failed: s3://{BUCKET}/in/a.csv to ./a.csv An error occurred (AccessDenied) when calling the GetObject "
        "operation: Access Denied",
        "access-denied",
        S3_SIDE,
        "s3",
        {"places": [(BUCKET, "in/a.csv")]},
    ),
    Case(
        "aws cli, head",
        "fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden",
        "access-denied",
        S3_SIDE,
        "s3",
        {"action": "s3:GetObject"},
    ),
    Case(
        "aws cli, upload with a key that lets nobody in",
        f"upload failed: ./b.csv to s3://{BUCKET}/b.csv An error occurred (AccessDenied) when calling the PutObject "
        f"operation: {GENERATE}",
        "no-resource-policy",
        ("key-policy",),
        "kms",
        {"action": "kms:GenerateDataKey", "kms_key": KEY, "places": [(BUCKET, "b.csv")], "identity": ROLE},
    ),
    Case(
        "aws cli, ciphertext",
        f"An error occurred (AccessDenied) when calling the GetObject operation: {CIPHERTEXT}",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"action": "kms:Decrypt", "identity": ROLE},
    ),
    Case(
        "aws cli, older ciphertext of kms decrypt",
        f"An error occurred (AccessDeniedException) when calling the Decrypt operation: {OLD_CIPHERTEXT}",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"action": "kms:Decrypt"},
    ),
    Case(
        "aws cli, multipart upload",
        f"An error occurred (AccessDenied) when calling the CompleteMultipartUpload operation: {CIPHERTEXT}",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"operation": "CompleteMultipartUpload"},
    ),
    Case(
        "boto3 traceback",
        "Traceback (most recent call last):\n"
        '  File "etl.py", line 12, in <module>\n'
        f'    s3.get_object(Bucket="{BUCKET}", Key="in/a.csv")\n'
        '  File "/usr/lib/python3/site-packages/botocore/client.py", line 553, in _api_call\n'
        "    raise error_class(parsed_response, operation_name)\n"
        f"botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation: "
        f"{DECRYPT_IDENTITY}\n",
        "no-identity-policy",
        ("identity-kms",),
        "kms",
        {"form": "python-sdk", "places": [(BUCKET, "in/a.csv")], "kms_key": KEY},
    ),
    Case(
        "java sdk 1, s3",
        "com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error "
        "Code: AccessDenied; Request ID: 4442587FB7D0A2F9; S3 Extended Request ID: Tf9K=; Proxy: null)",
        "access-denied",
        S3_SIDE,
        "s3",
        {"form": "java-sdk"},
    ),
    Case(
        "java sdk 1, s3 with the words of kms",
        f"com.amazonaws.services.s3.model.AmazonS3Exception: {CIPHERTEXT} (Service: Amazon S3; Status Code: 403; Error "
        "Code: AccessDenied; Request ID: 4442587FB7D0A2F9; S3 Extended Request ID: Tf9K=; Proxy: null)",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"form": "java-sdk"},
    ),
    Case(
        "java sdk 2, kms",
        f"software.amazon.awssdk.services.kms.model.KmsException: {DECRYPT_IDENTITY} (Service: Kms, Status Code: 400, "
        "Request ID: 9d3e1b2c-0000-0000-0000-000000000000)",
        "no-identity-policy",
        ("identity-kms",),
    ),
    Case(
        "java sdk 2, a denying bucket policy",
        "software.amazon.awssdk.services.s3.model.S3Exception: "
        + denied(
            "s3:GetObject",
            f'"arn:aws:s3:::{BUCKET}/in/my file.csv"',
            "with an explicit deny in a resource-based policy",
        )
        + " (Service: S3, Status Code: 403, Request ID: 4442, Extended Request ID: Tf9K=)",
        "deny-resource-policy",
        ("bucket-policy",),
        "s3",
        {"places": [(BUCKET, "in/my file.csv")]},
    ),
    Case(
        "javascript sdk 3",
        "AccessDenied: Access Denied\n"
        "    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:844:20)\n"
        "    at de_CommandError (/app/node_modules/@aws-sdk/client-s3/dist-cjs/index.js:4746:14) {\n"
        "  '$fault': 'client',\n  '$metadata': { httpStatusCode: 403, requestId: '4442', attempts: 1 },\n"
        "  Code: 'AccessDenied',\n  RequestId: '4442',\n  HostId: 'Tf9K='\n}",
        "access-denied",
        S3_SIDE,
        "s3",
        {"form": "javascript-sdk"},
    ),
    Case(
        "javascript sdk 3, kms",
        f"AccessDeniedException: {DECRYPT_IDENTITY}\n"
        "    at de_AccessDeniedExceptionRes (/app/node_modules/@aws-sdk/client-kms/dist-cjs/index.js:1:1) {\n"
        "  '$fault': 'client', __type: 'AccessDeniedException' }",
        "no-identity-policy",
        ("identity-kms",),
        "kms",
        {"form": "javascript-sdk"},
    ),
    Case(
        "go sdk 2, s3",
        "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 4442587FB7D0A2F9, HostID: Tf9K=, "
        "api error AccessDenied: Access Denied",
        "access-denied",
        S3_SIDE,
        "s3",
        {"action": "s3:GetObject", "form": "go-sdk"},
    ),
    Case(
        "go sdk 2, kms",
        f"operation error KMS: GenerateDataKey, https response error StatusCode: 400, RequestID: 9d3e, api error "
        f"AccessDeniedException: {GENERATE}",
        "no-resource-policy",
        ("key-policy",),
        "kms",
        {"operation": "GenerateDataKey"},
    ),
    Case(
        "go sdk 1",
        "AccessDenied: Access Denied\n\tstatus code: 403, request id: 4442587FB7D0A2F9, host id: Tf9K0mZv=",
        "access-denied",
        S3_SIDE,
        "s3",
        {"form": "go-sdk"},
    ),
    Case(
        "ruby sdk",
        f"Aws::S3::Errors::AccessDenied ({CIPHERTEXT})",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"form": "ruby-sdk"},
    ),
    Case(
        "php sdk",
        f'Error executing "GetObject" on "https://{BUCKET}.s3.eu-west-1.amazonaws.com/in/a.csv"; AWS HTTP error: Client '
        f"error: `GET https://{BUCKET}.s3.eu-west-1.amazonaws.com/in/a.csv` resulted in a `403 Forbidden` response:\n"
        + XML.format("Access Denied"),
        "access-denied",
        S3_SIDE,
        "s3",
        {"action": "s3:GetObject", "places": [(BUCKET, "in/a.csv")]},
    ),
    Case("s3 xml, bare", XML.format("Access Denied"), "access-denied", S3_SIDE, "s3", {"form": "s3-xml"}),
    Case("s3 xml, ciphertext", XML.format(CIPHERTEXT), "ciphertext", KMS_SIDE),
    Case(
        "s3 xml with its own names",
        f"<Error><Code>AccessDenied</Code><Message>Access Denied</Message><Key>in/a.csv</Key><BucketName>{BUCKET}"
        f"</BucketName><Resource>/{BUCKET}/in/a.csv</Resource></Error>",
        "access-denied",
        S3_SIDE,
        "s3",
        {"places": [(BUCKET, "in/a.csv")]},
    ),
    Case(
        "cloudtrail, kms",
        json.dumps(event(), indent=2),
        "ciphertext",
        KMS_SIDE,
        "kms",
        {
            "form": "cloudtrail",
            "identity": "arn:aws:iam::444455556666:role/data/reader",
            "kms_key": KEY,
            "places": [(BUCKET, "in/a.parquet")],
            "action": "kms:Decrypt",
        },
    ),
    Case(
        "cloudtrail, a log file",
        json.dumps({"Records": [event(errorCode=None, errorMessage=None), S3_EVENT]}),
        "access-denied",
        S3_SIDE,
        "s3",
        {"places": [(BUCKET, "in/a.parquet")], "action": "s3:GetObject"},
    ),
    Case(
        "cloudtrail in an envelope, as text in JSON",
        json.dumps({"logEvents": [{"message": json.dumps(event(errorMessage=DECRYPT_IDENTITY))}]}),
        "no-identity-policy",
        ("identity-kms",),
        "kms",
        {"form": "cloudtrail"},
    ),
    Case(
        "cloudtrail in the middle of a log",
        f"2024-05-01 10:11:12 INFO found:\n{json.dumps(event(), indent=4)}\n2024-05-01 10:11:13 INFO done\n",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"form": "cloudtrail"},
    ),
    Case(
        "spark",
        "24/05/01 10:11:12 WARN TaskSetManager: Lost task 0.0 in stage 1.0 (TID 1) (10.0.0.1 executor 1): "
        f"org.apache.spark.SparkException: Task failed while writing rows. java.nio.file.AccessDeniedException: s3a://{BUCKET}"
        f"/in/a.parquet: open s3a://{BUCKET}/in/a.parquet at 0 on s3a://{BUCKET}/in/a.parquet: "
        f"com.amazonaws.services.s3.model.AmazonS3Exception: {CIPHERTEXT} (Service: Amazon S3; Status Code: 403; Error Code: "
        "AccessDenied; Request ID: 4442; S3 Extended Request ID: Tf9K=; Proxy: null), S3 Extended Request ID: Tf9K=:AccessDenied\n"
        "\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:255)\n"
        f"Caused by: com.amazonaws.services.s3.model.AmazonS3Exception: {CIPHERTEXT} (Service: Amazon S3; Status Code: 403; "
        "Error Code: AccessDenied; Request ID: 4442; S3 Extended Request ID: Tf9K=; Proxy: null)\n\t... 12 more\n",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"form": "spark", "places": [(BUCKET, "in/a.parquet")], "times": 2},
    ),
    Case(
        "hadoop, forbidden",
        f"java.nio.file.AccessDeniedException: s3a://{BUCKET}/in/a.parquet: getFileStatus on s3a://{BUCKET}/in/a.parquet: "
        "com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 "
        "Forbidden; Request ID: 4442; S3 Extended Request ID: Tf9K=; Proxy: null), S3 Extended Request ID: Tf9K=:403 Forbidden",
        "access-denied",
        S3_SIDE,
        "s3",
        {"form": "hadoop", "places": [(BUCKET, "in/a.parquet")]},
    ),
    Case(
        "athena, a split",
        f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://{BUCKET}/in/a.parquet (offset=0, length=1234): "
        f"com.amazonaws.services.s3.model.AmazonS3Exception: {CIPHERTEXT} (Service: Amazon S3; Status Code: 403; Error Code: "
        "AccessDenied; Request ID: 4442; S3 Extended Request ID: Tf9K=)",
        "ciphertext",
        KMS_SIDE,
        "kms",
        {"form": "athena", "places": [(BUCKET, "in/a.parquet")]},
    ),
    Case(
        "athena, a path",
        f'Permission denied on S3 path: s3://{BUCKET}/in/. This query ran against the "lake" database, unless qualified by '
        "the query.",
        "access-denied",
        S3_SIDE,
        "s3",
        {"form": "athena", "places": [(BUCKET, "in/")]},
    ),
    Case(
        "service control policy, with its arn",
        denied(
            "kms:Decrypt",
            KEY,
            "with an explicit deny in a service control policy: arn:aws:organizations::123456789012:policy/o-abc/"
            "service_control_policy/p-def",
        ),
        "deny-service-control-policy",
        (),
        "kms",
        {"policy": "arn:aws:organizations::123456789012:policy/o-abc/service_control_policy/p-def"},
    ),
    Case(
        "resource control policy",
        denied("s3:GetObject", f"arn:aws:s3:::{BUCKET}/a", "with an explicit deny in a resource control policy"),
        "deny-resource-control-policy",
        (),
        "s3",
    ),
    Case(
        "endpoint policy",
        denied(
            "s3:GetObject",
            f'"arn:aws:s3:::{BUCKET}/a"',
            "because no VPC endpoint policy allows the s3:GetObject action",
        ),
        "no-endpoint-policy",
        (),
        "s3",
    ),
    Case(
        "session policy",
        denied("kms:Decrypt", KEY, "because no session policy allows the kms:Decrypt action"),
        "no-session-policy",
        (),
        "kms",
    ),
    Case(
        "boundary",
        denied("kms:GenerateDataKey", KEY, "because no permissions boundary allows the kms:GenerateDataKey action"),
        "no-boundary",
        ("identity-kms",),
        "kms",
    ),
    Case(
        "denying boundary on s3",
        denied("s3:PutObject", f"arn:aws:s3:::{BUCKET}/a", "with an explicit deny in a permissions boundary"),
        "deny-boundary",
        ("identity-s3",),
        "s3",
    ),
    Case(
        "denying identity policy",
        denied("kms:Decrypt", KEY, "with an explicit deny in an identity-based policy", USER),
        "deny-identity-policy",
        ("identity-kms",),
        "kms",
        {"identity": USER},
    ),
    Case(
        "denying key policy",
        denied("kms:Decrypt", KEY, "with an explicit deny in a resource-based policy"),
        "deny-resource-policy",
        ("key-policy",),
        "kms",
    ),
    Case(
        "no identity policy on s3",
        denied("s3:GetObject", f'"arn:aws:s3:::{BUCKET}/in/a.csv"', NO_IDENTITY.format("s3:GetObject")),
        "no-identity-policy",
        ("identity-s3",),
        "s3",
        {"places": [(BUCKET, "in/a.csv")]},
    ),
    Case(
        "no bucket policy",
        denied("s3:PutObject", f'"arn:aws:s3:::{BUCKET}/in/a.csv"', NO_RESOURCE.format("s3:PutObject")),
        "no-resource-policy",
        ("bucket-policy",),
        "s3",
    ),
    Case(
        "without a reason",
        denied("kms:GenerateDataKey", KEY, ""),
        "not-authorized",
        ("key-policy", "identity-kms"),
        "kms",
    ),
    Case(
        "a deny without a type",
        denied("s3:PutObject", f"arn:aws:s3:::{BUCKET}/a", "with an explicit deny"),
        "deny",
        ("bucket-policy", "identity-s3"),
        "s3",
    ),
    Case(
        "a key id that is none",
        "An error occurred (KMS.NotFoundException) when calling the PutObject operation: Invalid keyId 'aws/s3'",
        "key-not-found",
        ("key-reference",),
        "kms",
        {"kms_key": "aws/s3"},
    ),
    Case(
        "an alias that is not there",
        "S3Exception: KMS.NotFoundException: Alias arn:aws:kms:eu-west-1:444455556666:alias/data is not found. (Service: S3, "
        "Status Code: 400)",
        "key-not-found",
        ("key-reference",),
        "kms",
        {"kms_key": "arn:aws:kms:eu-west-1:444455556666:alias/data"},
    ),
    Case(
        "a disabled key",
        f"An error occurred (KMS.DisabledException) when calling the GetObject operation: {KEY} is disabled.",
        "key-state",
        ("key-choice",),
        "kms",
        {"kms_key": KEY},
    ),
    Case(
        "a key that waits for its deletion",
        f"<Error><Code>KMS.KMSInvalidStateException</Code><Message>{KEY} is pending deletion.</Message><RequestId>4442"
        "</RequestId></Error>",
        "key-state",
        ("key-choice",),
        "kms",
        {"kms_key": KEY},
    ),
    Case(
        "a key of the wrong type",
        f"An error occurred (KMS.InvalidKeyUsageException) when calling the PutObject operation: {KEY} key usage is SIGN_VERIFY",
        "key-usage",
        ("key-choice",),
        "kms",
    ),
    Case(
        "an unsigned request",
        "<Error><Code>InvalidArgument</Code><Message>Requests specifying Server Side Encryption with AWS KMS managed keys "
        "require AWS Signature Version 4.</Message><ArgumentName>Authorization</ArgumentName></Error>",
        "signature",
        (),
        "s3",
    ),
    Case(
        "an acl",
        "An error occurred (AccessControlListNotSupported) when calling the PutObject operation: The bucket does not allow ACLs",
        "acl-not-supported",
        (),
        "s3",
    ),
    Case(
        "terraform, bucket policy",
        "╷\n│ Error: putting S3 Bucket (acme-shared-data) Policy: operation error S3: PutBucketPolicy, https response error "
        "StatusCode: 400, RequestID: 4442, HostID: Tf9K=, api error MalformedPolicy: Invalid principal in policy\n│ \n│   with "
        "aws_s3_bucket_policy.data,\n│   on main.tf line 12\n╵\n",
        "invalid-principal",
        ("bucket-policy",),
        "s3",
        {"form": "terraform"},
    ),
    Case(
        "terraform, key policy",
        "Error: creating KMS Key: operation error KMS: CreateKey, https response error StatusCode: 400, RequestID: 9d3e, "
        "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.",
        "invalid-principal",
        ("key-policy",),
        "kms",
    ),
    Case(
        "re-encryption",
        "An error occurred (AccessDenied) when calling the UpdateObjectEncryption operation: The AWS KMS key in the request "
        "must be owned by the same account as the bucket",
        "key-of-another-account",
        ("key-choice",),
        "s3",
    ),
    Case(
        "replication",
        json.dumps({"ContentLength": 12, "ReplicationStatus": "FAILED", "ServerSideEncryption": "aws:kms"}, indent=4),
        "replication-failed",
        (),
        "s3",
    ),
]


def _log(text: str) -> str:
    return f"2024-05-01T10:11:12.000Z app[17]: job 4 failed\n2024-05-01T10:11:12.100Z app[17]: {text}\n2024-05-01T10:11:13Z next\n"


ONE_LINE = {"soft": CIPHERTEXT, "generate": GENERATE, "identity": DECRYPT_IDENTITY}

DISGUISES = {
    "colours": lambda text: f"\x1b[1;31m{text.replace('kms', chr(27) + '[4mkms')}\x1b[0m",
    "a log": _log,
    "words wrapped at 60": lambda text: textwrap.fill(text, 60, break_long_words=False),
    "words wrapped and indented": lambda text: textwrap.indent(
        textwrap.fill(text, 60, break_long_words=False), "        "
    ),
    "cut at 80": lambda text: "\n".join(text[start : start + 80] for start in range(0, len(text), 80)),
    "cut at 47": lambda text: "\n".join(text[start : start + 47] for start in range(0, len(text), 47)),
    "mail": lambda text: textwrap.indent(textwrap.fill(text, 60, break_long_words=False), "> > "),
    "a container's log": lambda text: textwrap.indent(textwrap.fill(text, 60, break_long_words=False), "app_1  | "),
    "html": lambda text: f"<p>{html.escape(text)}</p>",
    "json": lambda text: json.dumps({"level": "error", "msg": text}),
    "json in json": lambda text: json.dumps({"log": json.dumps({"msg": f'"{text}"\n'})}),
    "windows": lambda text: f"\ufeff{text}\r\n",
    "quotes": lambda text: f"“{text}”",
}
"""Ways in which a message comes to us other than it was written."""
