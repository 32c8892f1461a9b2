"""How long does it take to decide, for 1,000 principals, what a key policy of 200 statements says?

The policy is of the kind that a shared data key has: whole accounts, single roles, S3 alone and one encryption
context, an organization, and two Deny statements. Each principal asks S3 to read an object, so that KMS is asked
for kms:Decrypt; a third of them is let in. Shown is the processor's time in one process: the policy read, all
decisions made, then all decisions with the reason why the nearest statement does not match.
"""

import json
import resource
import statistics
import sys
from typing import Any

from tf_kms_guard.iam.context import kms_via_s3_context
from tf_kms_guard.iam.decide import Decision, Request, Verdict, decide_resource_policy
from tf_kms_guard.iam.document import parse_document
from tf_kms_guard.iam.principal import parse_principal
from tf_kms_guard.values.truth import Truth

RUNS = 5
BAR = 500
"""Milliseconds of processor time for the decisions, by the median."""
PRINCIPALS, STATEMENTS = 1000, 200
OWNER, REGION = "111122223333", "eu-west-1"
BUCKET = "arn:aws:s3:::acme-shared-data"
KEY = f"arn:aws:kms:{REGION}:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VIA_S3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}


def account(number: int) -> str:
    """The number of an account."""
    return str(200000000000 + number)


def role(number: int, name: str) -> str:
    """The ARN of a role of an account."""
    return f"arn:aws:iam::{account(number)}:role/{name}"


def key_policy() -> str:
    """A policy of 200 statements as JSON text."""
    statements: list[dict[str, Any]] = [
        {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*"},
        {
            "Sid": "NobodyElse",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:*",
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}},
        },
        {
            "Sid": "NoGrants",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "kms:CreateGrant",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "false"}},
        },
    ]
    for number in range(STATEMENTS - len(statements)):
        named: list[str] = [account(number)] if number % 3 == 0 else [role(number, "reader"), role(number, "job")]
        statement = {
            "Sid": f"Tenant{number}",
            "Effect": "Allow",
            "Principal": {"AWS": named},
            "Action": ["kms:Decrypt", "kms:DescribeKey"] if number % 2 else ["kms:GenerateDataKey*", "kms:Decrypt"],
        }
        if number % 4 == 0:
            statement["Condition"] = VIA_S3
        elif number % 4 == 1:
            context = {"kms:EncryptionContext:aws:s3:arn": f"{BUCKET}/tenant-{number}/*"}
            statement["Condition"] = {**VIA_S3, "StringLike": context}
        statements.append(statement)
    for statement in statements:
        statement["Resource"] = "*"
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def requests() -> list[Request]:
    """One request a principal."""
    found = []
    for number in range(PRINCIPALS):
        tenant = number % (2 * STATEMENTS)
        caller = parse_principal("AWS", role(tenant, ("reader", "job", "data/reader", "other", "reader")[number % 5]))
        wanted = f"{BUCKET}/tenant-{tenant}/today.csv"
        context = kms_via_s3_context(caller, REGION, BUCKET, wanted, Truth.NO, organization="o-exampleorgid")
        found.append(Request(caller, "kms:Decrypt", KEY, context))
    return found


def user_time() -> float:
    """Milliseconds that this process has spent in its own code."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime * 1000


def main() -> int:
    """Print the table; 1 if the bar is missed."""
    text, asked = key_policy(), requests()
    times: dict[str, list[float]] = {"read the policy": [], "decide": [], "decide and say why": []}
    decisions: list[Decision] = []
    for _ in range(RUNS):
        started = user_time()
        document = parse_document(text)
        times["read the policy"].append(user_time() - started)
        started = user_time()
        decisions = [decide_resource_policy([document], request) for request in asked]
        times["decide"].append(user_time() - started)
        for decision in decisions:
            _ = decision.nearest
        times["decide and say why"].append(user_time() - started)
    allowed = sum(decision.verdict is Verdict.ALLOWED for decision in decisions)
    print(f"{PRINCIPALS} principals, {STATEMENTS} statements: {allowed} let in; bar for the decisions: {BAR} ms\n")
    print(f"median, fastest and slowest of {RUNS} runs, in milliseconds of user time\n")
    for label, each in times.items():
        print(f"{label:<24} {statistics.median(each):7.0f} {min(each):7.0f} {max(each):7.0f}")
    return int(statistics.median(times["decide"]) > BAR)


if __name__ == "__main__":
    sys.exit(main())
