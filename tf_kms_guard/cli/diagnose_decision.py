"""Running the decision for what a message names: that caller, that action, that bucket and object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.cli.access_cells import Cell, cell_of
from tf_kms_guard.cli.diagnose_asking import Asked, buckets_meant, is_declared, may_use, questions
from tf_kms_guard.cli.presumed import presumed_of_workspace
from tf_kms_guard.cli.run import (
    Named,
    Opened,
    RunOptions,
    Unread,
    builder_of,
    input_errors,
    named_in,
    refuse_source,
    refuse_unused,
    together,
    try_targets,
)
from tf_kms_guard.cli.secrets import Veil
from tf_kms_guard.cli.targets import find_targets
from tf_kms_guard.estate.access import BucketAccess, judge_asked
from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.messages.denial import Denial
from tf_kms_guard.messages.meanings import Meaning, meaning_of
from tf_kms_guard.reports.words import gate_words
from tf_kms_guard.rules.catalogue import RULES
from tf_kms_guard.rules.engine import run_rules
from tf_kms_guard.rules.finding import Finding, InputError
from tf_kms_guard.rules.reach import reaches
from tf_kms_guard.rules.view import View
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.truth import Truth

MOST_BUCKETS: Final = 10
"""Of more buckets that may be meant, those with a closed gate are shown first."""


class Decided(Struct, frozen=True):
    """What becomes of a denial in one bucket: a cell an intent, the findings, and what is to be said of both."""

    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


class Decisions(Struct, frozen=True):
    """By denial what was decided; ``beyond``: buckets left out; ``texts``: files that are not read at their path.

    ``declared``: whether the code has a bucket of the name that the denial gives.
    """

    decided: tuple[tuple[Decided, ...], ...]
    beyond: tuple[int, ...]
    declared: tuple[bool, ...]
    buckets: int
    errors: tuple[InputError, ...]
    texts: Mapping[str, bytes]
    veil: Veil


def decide_all(denials: Sequence[Denial], targets: Sequence[str], options: RunOptions) -> Decisions:
    """The decision on each denial in the code of the targets; those that are named are judged together.

    Raises:
        UsageError: an option makes no sense.
    """
    modules = ModuleReader()
    found = find_targets(targets, modules)
    errors = dict.fromkeys(found.errors)
    decided: list[list[Decided]] = [[] for _ in denials]
    declared = [False] * len(denials)
    named: list[Named] = []
    secrets: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    buckets = 0
    for group in together(found.groups, options, modules):
        read = list(try_targets(group, options, modules))
        errors.update((one.error, None) for one in read if isinstance(one, Unread))
        opened = [one for one in read if isinstance(one, Opened)]
        if not opened:
            continue
        builder = builder_of(opened)
        estate = builder.estate({})
        buckets += len(estate.buckets)
        presumed = [words for one in opened if (words := presumed_of_workspace(one.workspace)) is not None]
        for number, denial in enumerate(denials):
            decided[number] += _decide(denial, builder, presumed)
            declared[number] = declared[number] or is_declared(denial, estate)
        for one in opened:
            if not one.target.facts:
                named.append(named_in(one, options))
            errors.update(dict.fromkeys(input_errors(one)))
            secrets |= one.workspace.secrets
            texts |= one.texts
    if len(named) == len(found.targets):
        refuse_unused(named, options)
    refuse_source(found.targets, options)
    veil = Veil(secrets)
    shown = [sorted(one, key=_closed_first)[:MOST_BUCKETS] for one in decided]
    beyond = tuple(max(0, len(one) - MOST_BUCKETS) for one in decided)
    veiled = tuple(tuple(_veiled(one, veil) for one in some) for some in shown)
    return Decisions(veiled, beyond, tuple(declared), buckets, veil.over(tuple(errors)), texts, veil)


def _veiled(one: Decided, veil: Veil) -> Decided:
    cells = tuple(replace(veil.over(replace(cell, why=None)), why=veil.over(cell.why)) for cell in one.cells)
    return Decided(cells, veil.over(one.findings), veil.over(one.notes))


def _closed_first(one: Decided) -> int:
    order = ("denied", "undetermined", "allowed")
    return min((order.index(cell.verdict) for cell in one.cells), default=len(order))


def _decide(denial: Denial, builder: EstateBuilder, presumed: Sequence[str]) -> Iterator[Decided]:
    meaning = meaning_of(denial)
    estate = builder.estate({})
    for place, question in questions(denial):
        for bucket in buckets_meant(estate, place, denial.kms_key):
            judged = judge_asked(builder, bucket, Asked(builder, denial.caller, question))
            view = View(judged)
            cells = tuple(cell_of(reach, presumed, why=True) for reach in reaches(view))
            if not cells:
                continue
            principals = {cell.principal.value for cell in cells}
            found, _, _ = run_rules(
                [judged], RULES.values(), dict.fromkeys((bucket.workspace,), "; ".join(presumed)) if presumed else None
            )
            findings = tuple(finding for finding in found if _is_about(finding, principals))
            yield Decided(cells, findings, tuple(_notes(denial, meaning, judged, cells)))


def _is_about(finding: Finding, principals: set[str]) -> bool:
    """Whether a finding is about the caller, or about the key itself."""
    if finding.rule.gate is None:
        return False
    return finding.principal is None or finding.principal.value in principals


def _notes(denial: Denial, meaning: Meaning, judged: BucketAccess, cells: Sequence[Cell]) -> Iterator[str]:
    yield from _about_the_caller(denial, judged, cells)
    states = {state.gate: state.verdict for cell in cells for state in cell.gates}
    if denial.service == "kms" and "key-policy" not in states:
        yield (
            "this code encrypts the bucket without KMS, and the message comes from KMS: the object is older, or was "
            "written with a key of its own"
        )
    elif (
        denial.kms_key is not None
        and ":key/" in denial.kms_key
        and not may_use(judged.bucket, denial.kms_key, judged.estate)
    ):
        yield (
            f"the message names another key than the bucket's here, {denial.kms_key}: the object is older, or was "
            "written with a key of its own"
        )
    elif meaning.gates and denial.caller is not None:
        yield from _agreement(meaning, states)


def _agreement(meaning: Meaning, states: Mapping[str, str]) -> Iterator[str]:
    named = [gate for gate in meaning.gates if gate in states]
    words = " and ".join(gate_words(gate) for gate in named)
    verdicts = {states[gate] for gate in named}
    if named and verdicts == {"allowed"}:
        here = "that is" if len(named) == 1 else "these are"
        yield (
            f"the message points at {words}, and here {here} open: what is deployed is not this code, the object is "
            "under another key, or an object or condition is meant that this code does not show"
        )
    others = [gate for gate, verdict in states.items() if verdict == "denied" and gate not in named]
    if others and "denied" in verdicts:
        listed = ", ".join(gate_words(gate) for gate in others)
        yield f"AWS names one gate only; besides it, closed here too: {listed}"


def _about_the_caller(denial: Denial, judged: BucketAccess, cells: Sequence[Cell]) -> Iterator[str]:
    caller = denial.caller
    if caller is None:
        yield "the message names no caller: shown are those who are meant to use the bucket (or name one: --caller ARN)"
        return
    taken = cells[0].principal.value
    if not caller.exact and taken == caller.identity:
        yield "a session's ARN leaves out the path of its role: taken for one without path (else name it: --caller ARN)"
    elif taken != caller.identity:
        yield f"the caller is taken for {taken}, the one of its name here (else name it: --caller ARN)"
    if caller.account is not None and equal(judged.bucket.account.id, caller.account, judged.estate.world) is Truth.YES:
        yield "the caller is of the bucket's own account: there either policy is enough"
