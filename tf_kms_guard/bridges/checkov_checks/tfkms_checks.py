"""One checkov check for each rule: ``TFKMS_<ID>``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checkov.common.bridgecrew.severities import Severities
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

if TYPE_CHECKING:
    from tf_kms_guard.bridges.checkov_checks.tfkms_reports import Places, Reports, details
    from tf_kms_guard.bridges.checkov_checks.tfkms_rules import PAGE, RULES
else:
    from tfkms_reports import Places, Reports, details
    from tfkms_rules import PAGE, RULES

SEVERITIES = {"error": "HIGH", "warning": "MEDIUM", "note": "LOW"}
CHECKED = {
    "key-policy": ("aws_kms_key",),
    "bucket-policy": ("aws_s3_bucket",),
    "identity-s3": ("aws_iam_role", "aws_iam_user"),
    "identity-kms": ("aws_iam_role", "aws_iam_user"),
    "key-choice": ("aws_s3_bucket",),
    "key-reference": ("aws_s3_bucket",),
}
"""Of which resources a rule of a gate can be said to hold; elsewhere silence is no statement."""

UNKNOWN_PLACE = "this checkov does not tell where a resource is: TFKMS checks need checkov 3.2 or a later 3"

_places, _reports = Places(), Reports()


class GuardCheck(BaseResourceCheck):  # type: ignore[misc] # checkov is not installed here
    """A rule. It fails where tf-kms-guard has a finding, and passes where it is sure that there is none."""

    def __init__(self, id_: str, severity: str, gate: str | None, summary: str, page: str) -> None:
        super().__init__(
            name=summary,
            id=f"TFKMS_{id_}",
            categories=[CheckCategories.IAM],
            supported_resources=["aws_*"],
            guideline=page,
        )
        self.rule = id_
        self.gate = gate
        self.severity = Severities[SEVERITIES[severity]]

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """What tf-kms-guard says of this rule at this resource."""
        place = _places.of(getattr(self, "graph", None), conf)
        if place is None:
            return CheckResult.UNKNOWN
        report = _reports.of(place.target)
        said = report.found(self.rule, self.gate, place.address)
        findings = said.findings
        if place.is_first:
            findings = [*findings, *report.elsewhere(self.rule, _places.addresses[place.target])]
        if findings:
            self.details = [line for finding in findings for line in details(finding)]
            return CheckResult.FAILED
        applies = self.gate is not None and self.entity_type in CHECKED.get(self.gate, ())
        return CheckResult.PASSED if applies and said.decided else CheckResult.UNKNOWN


class InputCheck(BaseResourceCheck):  # type: ignore[misc]
    """Fails at the first resource of a root module that could not be read: silence would look like success."""

    def __init__(self) -> None:
        super().__init__(
            name="tf-kms-guard could not read the root module of this resource",
            id="TFKMS_INPUT",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=["aws_*"],
            guideline=PAGE,
        )
        self.severity = Severities["HIGH"]

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Whether this is the first resource of a root module that could not be read."""
        place = _places.of(getattr(self, "graph", None), conf)
        if place is None:
            _reports.tell(UNKNOWN_PLACE)
            self.details = [UNKNOWN_PLACE]
            return CheckResult.FAILED
        if not place.is_first:
            return CheckResult.UNKNOWN
        unread = _reports.of(place.target).unread
        self.details = list(unread)
        return CheckResult.FAILED if unread else CheckResult.UNKNOWN


CHECKS = [InputCheck(), *(GuardCheck(*rule) for rule in RULES)]
