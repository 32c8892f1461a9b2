"""Reading the matrix of access: the cells of all targets, as they may be shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.cli.access_filters import Filters
from tf_kms_guard.cli.presumed import presumed_of_workspace
from tf_kms_guard.cli.run import (
    Named,
    Opened,
    RunOptions,
    Unread,
    builder_of,
    contradicted,
    created_twice,
    input_errors,
    named_in,
    refuse_source,
    refuse_unused,
    together,
    try_targets,
)
from tf_kms_guard.cli.secrets import Veil
from tf_kms_guard.cli.targets import find_targets
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.access import judge
from tf_kms_guard.estate.beyond import Beyond, beyond
from tf_kms_guard.iam.principal import describe
from tf_kms_guard.rules.finding import GateState, InputError, PrincipalShown
from tf_kms_guard.rules.reach import Reach, reaches
from tf_kms_guard.rules.view import View
from tf_kms_guard.rules.wording import bucket_shown, key_shown, principal_shown
from tf_kms_guard.terraform.module_reader import ModuleReader
from tf_kms_guard.values.text import known


class Cell(Struct, frozen=True):
    """One intent of one principal for one bucket.

    ``bucket`` is an address; ``called`` and ``bucket_called`` are for people. ``why``: the evidence, if asked for.
    """

    principal: PrincipalShown
    called: str
    workspace: str
    bucket: str
    bucket_called: str
    key: str | None
    intent: str
    verdict: str
    gates: tuple[GateState, ...]
    presumed: bool
    why: Mapping[str, Any] | None = None


class Placed(Struct, frozen=True):
    """A cell, and what tells its principal and its bucket apart from all others."""

    principal: Hashable
    bucket: Hashable
    cell: Cell


class Matrix(Struct, frozen=True):
    """What there is to show. ``judged``: how many intents there are without filters; ``read``: workspaces read."""

    cells: tuple[Placed, ...]
    errors: tuple[InputError, ...]
    judged: int
    read: int


def matrix_of(targets: Sequence[str], options: RunOptions, asked: Filters, *, why: bool = False) -> Matrix:
    """The cells that the targets have, without what must not be shown; ``why``: with evidence, if it is for one pair.

    Targets that are named are judged together, as ``check`` does.

    Raises:
        UsageError: an option makes no sense.
    """
    modules = ModuleReader()
    found = find_targets(targets, modules)
    errors = dict.fromkeys(found.errors)
    named: list[Named] = []
    cells: list[Placed] = []
    secrets: dict[str, str] = {}
    number = unread = count = 0
    for index, group in enumerate(together(found.groups, options, modules)):
        read = list(try_targets(group, options, modules))
        wrong = [one.error for one in read if isinstance(one, Unread)]
        errors.update(dict.fromkeys(wrong))
        unread += len(wrong)
        opened = [one for one in read if isinstance(one, Opened)]
        if not opened:
            continue
        reached, far, more = _judged(opened)
        number += len(reached) + sum(len(one.intents) for one in far)
        kept = [reach for reach in reached if asked.keep(reach)]
        far = [one for one in far if any(asked.keep_beyond(one, intent) for intent in one.intents)]
        one_pair = why and _pairs(kept) + len(far) == 1
        cells += _placed(kept, index, opened, why=one_pair)
        if far:
            from tf_kms_guard.cli.access_beyond import beyond_cells

            for bucket in far:
                for cell in beyond_cells(bucket, asked, why=one_pair):
                    whole = known(bucket.identity.principal.value) is not None
                    key = (cell.principal.value, None if whole else index)
                    cells.append(Placed(key, (index, cell.workspace, cell.bucket), cell))
        named += [named_in(one, options) for one in opened if not one.target.facts]
        count += len(opened)
        errors.update(dict.fromkeys(more))
        for one in opened:
            secrets |= one.workspace.secrets
    if not unread:
        refuse_unused(named, options)
    refuse_source(found.targets, options)
    veil = Veil(secrets)
    shown = tuple(replace(placed, cell=_veiled(placed.cell, veil)) for placed in cells)
    return Matrix(shown, veil.over(tuple(errors)), number, count)


def _veiled(cell: Cell, veil: Veil) -> Cell:
    """``cell`` as it may be shown; the names in the evidence are ours, and stay."""
    return replace(veil.over(replace(cell, why=None)), why=veil.over(cell.why))


def _judged(opened: Sequence[Opened]) -> tuple[list[Reach], list[Beyond], list[InputError]]:
    builder = builder_of(opened)
    reached = [reach for judged in judge(builder) for reach in reaches(View(judged))]
    errors = [error for one in opened for error in input_errors(one)]
    estate = builder.estate({})
    errors += [*created_twice(estate), *contradicted(opened)]
    if builder.outside is not None:
        from tf_kms_guard.cli.outside import needless

        errors += needless(builder.outside, estate)
    return reached, list(beyond(estate)), errors


def _pairs(reached: Sequence[Reach]) -> int:
    return len({(reach.access.outsider.spelled, reach.access.bucket.place) for reach in reached})


def _placed(reached: Sequence[Reach], index: int, opened: Sequence[Opened], *, why: bool) -> Iterator[Placed]:
    presumed = [words for one in opened if (words := presumed_of_workspace(one.workspace)) is not None]
    for reach in reached:
        outsider, bucket = reach.access.outsider, reach.access.bucket
        whole = known(outsider.principal.value) is not None
        cell = cell_of(reach, presumed, why=why)
        yield Placed((outsider.spelled, None if whole else index), (index, bucket.place), cell)


def cell_of(reach: Reach, presumed: Sequence[str], *, why: bool) -> Cell:
    """One cell; ``why``: with its evidence, of which ``presumed`` is what everything in the workspaces rests on."""
    evidence = None
    if why:
        from tf_kms_guard.cli.access_evidence import evidence_of

        evidence = evidence_of(reach, presumed)
    bucket = reach.access.bucket
    return Cell(
        principal=principal_shown(reach.access),
        called=describe(reach.access.outsider.principal),
        workspace=bucket.workspace,
        bucket=bucket.address,
        bucket_called=bucket_shown(bucket),
        key=key_shown(bucket.encryption.key),
        intent=reach.judged.intent.value,
        verdict=reach.verdict,
        gates=reach.gates,
        presumed=reach.presumed,
        why=evidence,
    )


def refuse_but_one_pair(matrix: Matrix) -> None:
    """Evidence is shown of one principal and one bucket.

    Raises:
        UsageError: there are more, or none.
    """
    principals = dict.fromkeys(placed.cell.principal.value for placed in matrix.cells)
    buckets = dict.fromkeys(f"{p.cell.bucket_called} ({p.cell.bucket})" for p in matrix.cells)
    pairs = {(placed.principal, placed.bucket) for placed in matrix.cells}
    if not pairs:
        raise UsageError("--why: no principal and bucket are left; tf-kms-guard access without filters lists them")
    if len(pairs) > 1:
        ways = "narrow it with --principal and --bucket, or name fewer targets"
        raise UsageError(f"--why takes one principal and one bucket; {ways}: {_few(principals)}; {_few(buckets)}")


def _few(names: Mapping[str, None]) -> str:
    first = list(names)[:5]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(first) + more
