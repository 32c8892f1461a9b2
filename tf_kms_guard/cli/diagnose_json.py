"""A diagnosis as JSON (``docs/schema/diagnose-1.json``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tf_kms_guard.cli.access_cells import Cell
from tf_kms_guard.cli.diagnose_decision import Decided, Decisions
from tf_kms_guard.messages.denial import Caller, Denial, Recognised
from tf_kms_guard.messages.meanings import meaning_of
from tf_kms_guard.reports.json_report import error_data, finding_data
from tf_kms_guard.rules.catalogue import RULES

SCHEMA_VERSION: Final = 1


def diagnosis_data(denials: Sequence[Denial], found: Recognised, decisions: Decisions | None) -> dict[str, Any]:
    """Everything that was found, as the schema describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "denials": [_denial(denial, number, decisions) for number, denial in enumerate(denials)],
        "elsewhere": [{"code": one.code, "service": one.service, "action": one.action} for one in found.elsewhere],
        "more": found.more,
        "errors": [] if decisions is None else [error_data(error) for error in decisions.errors],
    }


def _denial(denial: Denial, number: int, decisions: Decisions | None) -> dict[str, Any]:
    meaning = meaning_of(denial)
    return {
        "kind": denial.kind,
        "service": denial.service,
        "form": denial.form,
        "times": denial.times,
        "text": denial.text,
        "caller": _caller(denial.caller),
        "action": denial.action,
        "operation": denial.operation,
        "places": [{"bucket": place.bucket, "key": place.key} for place in denial.places],
        "kms_key": denial.kms_key,
        "resource": denial.resource,
        "policy": denial.policy,
        "gates": meaning.gates,
        "certain": meaning.certain,
        "besides": meaning.besides,
        "outside": meaning.outside,
        "title": meaning.title,
        "meaning": meaning.words,
        "notes": denial.notes,
        "rules": [rule for rule in meaning.rules if rule in RULES],
        "checks": meaning.checks,
        "decisions": None if decisions is None else [_decided(one) for one in decisions.decided[number]],
        "more_buckets": 0 if decisions is None else decisions.beyond[number],
    }


def _caller(caller: Caller | None) -> dict[str, Any] | None:
    if caller is None:
        return None
    return {"arn": caller.arn, "account": caller.account, "identity": caller.identity, "exact": caller.exact}


def _decided(one: Decided) -> dict[str, Any]:
    first = one.cells[0]
    return {
        "workspace": first.workspace,
        "bucket": first.bucket,
        "key": first.key,
        "access": [_cell(cell) for cell in one.cells],
        "notes": one.notes,
        "findings": [finding_data(finding) for finding in one.findings],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "principal": {"kind": cell.principal.kind, "value": cell.principal.value},
        "intent": cell.intent,
        "verdict": cell.verdict,
        "gates": {gate.gate: gate.verdict for gate in cell.gates},
        "why": cell.why,
    }
