"""Which statements of a document can concern a request at all: an index, made once for a document and an action.

Large key policies name many accounts, and most statements have nothing to do with the one who asks. What the
index leaves out would certainly not match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from tf_kms_guard.iam.document import Document, Statement
from tf_kms_guard.iam.glob import text_equal
from tf_kms_guard.iam.matching import match_action
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth

_K = PrincipalKind
_OF_AN_ACCOUNT = frozenset((_K.ROLE, _K.USER, _K.SESSION, _K.ACCOUNT))
_NAMED_BY_ARN = frozenset((_K.ROLE, _K.USER))
_NOT_OF_AN_ACCOUNT = frozenset((_K.SERVICE, _K.INVALID))
"""Entries that never cover an identity of an account."""


class Lookup(Struct, frozen=True, eq=False):
    """Numbers of the statements that may speak of one action, by whom they name.

    ``all``: every one of them. ``anyone``: those to ask whoever calls. ``by_account``: those that name the
    account, one of its sessions, or (not in ``by_arn`` alone) somebody else of it; ``by_arn``: those that name
    a role or user, the ARN in lower case.
    """

    all: tuple[int, ...]
    anyone: tuple[int, ...]
    by_account: dict[str, tuple[int, ...]]
    by_arn: dict[str, tuple[int, ...]]
    accounts_of_arns: dict[str, tuple[int, ...]]

    def concerning(self, caller: Principal, world: World) -> Sequence[int]:
        """The statements of a resource's policy that may match ``caller``, in their order."""
        account = caller.account
        if caller.kind not in _OF_AN_ACCOUNT or account is None:
            return self.all
        found = set(self.anyone)
        found.update(*self._of(self.by_account, account, world))
        if caller.kind in _NAMED_BY_ARN and isinstance(caller.value, str):
            found.update(self.by_arn.get(caller.value.lower(), ()))
        elif caller.kind is not _K.ACCOUNT:
            found.update(*self._of(self.accounts_of_arns, account, world))
        return sorted(found)

    def _of(self, index: dict[str, tuple[int, ...]], account: TextLike, world: World) -> Iterable[tuple[int, ...]]:
        if isinstance(account, str):
            return (index.get(account, ()),)
        return [numbers for one, numbers in index.items() if text_equal(one, account, world) is not Truth.NO]


@lru_cache(maxsize=1024)
def lookup(document: Document, action: str | None) -> Lookup:
    """The index of ``document`` for ``action``, or for any."""
    numbers = [
        number
        for number, statement in enumerate(document.statements)
        if action is None or not _surely_other_action(statement, action)
    ]
    anyone: list[int] = []
    tables: tuple[dict[str, list[int]], ...] = ({}, {}, {})
    by_account, by_arn, accounts_of_arns = tables
    for number in numbers:
        principals = document.statements[number].principals
        if not isinstance(principals, tuple) or any(_may_be_anybody(one) for one in principals):
            anyone.append(number)
            continue
        for one in principals:
            if one.kind in _NOT_OF_AN_ACCOUNT:
                continue
            assert isinstance(one.account, str)
            if one.kind in _NAMED_BY_ARN:
                assert isinstance(one.value, str)
                by_arn.setdefault(one.value.lower(), []).append(number)
                accounts_of_arns.setdefault(str(one.account), []).append(number)
            else:
                by_account.setdefault(str(one.account), []).append(number)
    frozen = ({key: tuple(found) for key, found in table.items()} for table in tables)
    return Lookup(tuple(numbers), tuple(anyone), *frozen)


def namesakes(document: Document, caller: Principal) -> Sequence[int]:
    """The statements that name somebody of the caller's name, or somebody whose name is not known."""
    if caller.kind not in _NAMED_BY_ARN:
        return ()
    index, unnamed = _by_name(document)
    name = None if caller.name is None else known(caller.name)
    if name is None:
        return range(len(document.statements))
    return [*index.get((caller.kind, name), ()), *unnamed]


@lru_cache(maxsize=256)
def _by_name(document: Document) -> tuple[dict[tuple[PrincipalKind, str], list[int]], list[int]]:
    index: dict[tuple[PrincipalKind, str], list[int]] = {}
    unnamed: list[int] = []
    for number, statement in enumerate(document.statements):
        for named in statement.principals if isinstance(statement.principals, tuple) else ():
            if named.kind not in _NAMED_BY_ARN:
                continue
            name = None if named.name is None else known(named.name)
            if name is None:
                unnamed.append(number)
            else:
                index.setdefault((named.kind, name), []).append(number)
    return index, unnamed


def _may_be_anybody(named: Principal) -> bool:
    """Whether the entry has to be compared with every caller: ``*``, an id, or not known."""
    if named.kind in _NOT_OF_AN_ACCOUNT:
        return False
    plain = isinstance(named.account, str) and isinstance(named.value, str)
    return named.kind not in _OF_AN_ACCOUNT or not plain


def _surely_other_action(statement: Statement, action: str) -> bool:
    """Whether the statement's actions are all known and none of them is ``action``."""
    patterns = statement.actions
    if not isinstance(patterns, tuple) or not all(known(pattern) is not None for pattern in patterns):
        return False
    return match_action(statement, action, PLAIN).truth is Truth.NO
