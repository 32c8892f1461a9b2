"""Reduces AWS managed policies to what they say about S3, KMS and STS.

    python tools/reduce_managed_policies.py DIRECTORY DATE > tf_kms_guard/iam/managed_policies.json

DIRECTORY holds one file a policy, named after it, in the form in which ``aws iam get-policy-version``
answers. DATE is the day on which they were current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SOURCE = "AWS managed policy documents, by way of the public mirror github.com/zoph-io/MAMIP at 0387244"

SERVICES = ("s3:", "kms:", "sts:")

POLICIES = """
AdministratorAccess AmazonAPIGatewayPushToCloudWatchLogs AmazonAthenaFullAccess AmazonBedrockFullAccess
AmazonDynamoDBFullAccess AmazonDynamoDBReadOnlyAccess AmazonEBSCSIDriverPolicy
AmazonEC2ContainerRegistryFullAccess AmazonEC2ContainerRegistryPowerUser
AmazonEC2ContainerRegistryReadOnly AmazonEC2ContainerServiceforEC2Role AmazonEC2FullAccess
AmazonEC2ReadOnlyAccess AmazonEC2RoleforSSM AmazonECSTaskExecutionRolePolicy AmazonEKSClusterPolicy
AmazonEKSServicePolicy AmazonEKSVPCResourceController AmazonEKSWorkerNodePolicy AmazonEKS_CNI_Policy
AmazonEMRFullAccessPolicy_v2 AmazonEMRServicePolicy_v2 AmazonElasticMapReduceRole
AmazonElasticMapReduceforEC2Role AmazonKinesisFullAccess AmazonRDSEnhancedMonitoringRole
AmazonRDSFullAccess AmazonRedshiftAllCommandsFullAccess AmazonRedshiftFullAccess AmazonS3FullAccess
AmazonS3ObjectLambdaExecutionRolePolicy AmazonS3OutpostsFullAccess AmazonS3ReadOnlyAccess
AmazonS3TablesFullAccess AmazonSNSFullAccess AmazonSNSReadOnlyAccess AmazonSQSFullAccess
AmazonSQSReadOnlyAccess AmazonSSMFullAccess AmazonSSMManagedInstanceCore AmazonSSMReadOnlyAccess
AmazonSageMakerFullAccess AmazonSageMakerReadOnly AmazonVPCFullAccess AWSBackupServiceRolePolicyForBackup
AWSBackupServiceRolePolicyForRestores AWSBackupServiceRolePolicyForS3Backup
AWSBackupServiceRolePolicyForS3Restore AWSBatchServiceRole AWSCloudFormationFullAccess
AWSCloudTrail_FullAccess AWSCodeBuildAdminAccess AWSCodePipeline_FullAccess AWSConfigRole
AWSDataPipelineRole AWSDataSyncFullAccess AWSGlueConsoleFullAccess AWSGlueDataBrewServiceRole
AWSGlueServiceNotebookRole AWSGlueServiceRole AWSKeyManagementServicePowerUser AWSLambda_FullAccess
AWSLambda_ReadOnlyAccess AWSLambdaBasicExecutionRole AWSLambdaDynamoDBExecutionRole AWSLambdaExecute
AWSLambdaKinesisExecutionRole AWSLambdaMSKExecutionRole AWSLambdaSQSQueueExecutionRole
AWSLambdaVPCAccessExecutionRole AWSQuicksightAthenaAccess AWSStepFunctionsFullAccess AWSSupportAccess
AWSTransferFullAccess AWSXRayDaemonWriteAccess AWS_ConfigRole Billing CloudWatchAgentServerPolicy
CloudWatchFullAccess CloudWatchLogsFullAccess CloudWatchReadOnlyAccess DataScientist
DatabaseAdministrator IAMFullAccess IAMReadOnlyAccess NetworkAdministrator PowerUserAccess ReadOnlyAccess
SecretsManagerReadWrite SecurityAudit SupportUser SystemAdministrator ViewOnlyAccess
""".split()  # noqa: SIM905 (a list of that many lines says no more)


def reduce_statement(statement: dict[str, Any]) -> dict[str, Any] | None:
    """What a statement says about the services, ``None`` if nothing; ``NotAction`` is kept whole."""
    if "Action" not in statement:
        return statement
    actions = statement["Action"]
    kept = [
        a
        for a in ([actions] if isinstance(actions, str) else actions)
        if a == "*" or a.lower().startswith(SERVICES)
    ]
    return {**statement, "Action": kept} if kept else None


def reduce_policy(version: dict[str, Any]) -> dict[str, Any]:
    """One policy, as the table holds it."""
    document = version["Document"]
    statements = document["Statement"]
    reduced = map(reduce_statement, [statements] if isinstance(statements, dict) else statements)
    return {
        "version": version["VersionId"],
        "document": {
            "Version": document["Version"],
            "Statement": [statement for statement in reduced if statement is not None],
        },
    }


def main(directory: str, date: str) -> None:
    """Print the table."""
    policies = {
        name: reduce_policy(json.loads((Path(directory) / name).read_text())["PolicyVersion"])
        for name in sorted(POLICIES)
    }
    print('{"about": "What AWS managed policies say about S3, KMS and STS; other actions are left out.",')
    print(f' "source": {json.dumps(SOURCE)},')
    print(f' "date": {json.dumps(date)},\n "policies": {{')
    print(
        ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(policy, separators=(',', ':'))}"
            for name, policy in policies.items()
        )
    )
    print(" }}")


if __name__ == "__main__":
    main(*sys.argv[1:])
