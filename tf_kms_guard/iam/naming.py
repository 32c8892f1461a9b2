"""Whether an entry of a ``Principal`` element covers the one who asks.

IAM User Guide, "AWS JSON policy elements: Principal": an account stands for every identity of it (the
resource's owner delegates), a role for all its sessions, ``*`` for everyone; groups and partial wildcards
are not accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from msgspec import Struct

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Statement
from tf_kms_guard.iam.glob import text_equal
from tf_kms_guard.iam.principal import IAM_KINDS, Principal, PrincipalKind, parse_principal
from tf_kms_guard.values.compare import World, equal, matches
from tf_kms_guard.values.text import TextLike, join_text, known
from tf_kms_guard.values.truth import Truth, any_of

_K = PrincipalKind


def names(named: Principal, caller: Principal, world: World) -> Truth:
    """Whether the entry ``named`` covers ``caller``."""
    if named.kind is _K.PUBLIC:
        return Truth.YES
    named, caller = _settled(named, world), _settled(caller, world)
    if named.kind is _K.PUBLIC:
        return Truth.YES
    if named.kind is _K.INVALID:
        return Truth.NO
    if _K.UNKNOWN in (named.kind, caller.kind):
        return _with_unknown(named, caller, world)
    if caller.kind is _K.ORGANIZATION:
        # some identity that no policy names, of an account that is not known
        if named.kind in (_K.SERVICE, _K.FEDERATED) or _same_account(named, caller, world) is Truth.NO:
            return Truth.NO
        return Truth.UNKNOWN
    return _BY_KIND[named.kind](named, caller, world)


class _Entries(Struct, frozen=True, eq=False):
    """The entries of a ``Principal`` element, by their numbers.

    ``by_arn``: roles and users, the ARN in lower case; ``by_account``: accounts; ``others``: to compare with everybody.
    """

    by_arn: dict[str, list[int]]
    by_account: dict[str, list[int]]
    by_name: dict[tuple[PrincipalKind, str], list[int]]
    unnamed: list[int]
    others: list[int]


_FEW: Final = 8
"""So many entries are compared one by one: an index would take longer."""


def covering(statement: Statement, caller: Principal, world: World) -> list[tuple[Principal, Truth]]:
    """The entries of the statement's ``Principal`` element that cover ``caller`` or may do so, in order."""
    principals = statement.principals
    if not isinstance(principals, tuple):
        return []
    asked: Iterable[Principal] = principals
    plain = caller.kind in (_K.ROLE, _K.USER) and isinstance(caller.value, str) and isinstance(caller.account, str)
    if plain and len(principals) > _FEW:
        entries = _entries(statement)
        numbers = {*entries.others, *entries.by_arn.get(str(caller.value).lower(), ())}
        numbers.update(entries.by_account.get(str(caller.account), ()))
        asked = (principals[number] for number in sorted(numbers))
    judged = ((named, names(named, caller, world)) for named in asked)
    return [(named, truth) for named, truth in judged if truth is not Truth.NO]


def namesakes_in(statement: Statement, caller: Principal) -> Iterable[Principal]:
    """The entries that may have the caller's name: roles or users, in order."""
    principals = statement.principals
    if not isinstance(principals, tuple):
        return ()
    name = None if len(principals) <= _FEW or caller.name is None else known(caller.name)
    if name is None:
        return principals
    entries = _entries(statement)
    return [principals[n] for n in sorted({*entries.unnamed, *entries.by_name.get((caller.kind, name), ())})]


@lru_cache(maxsize=1024)
def _entries(statement: Statement) -> _Entries:
    entries = _Entries({}, {}, {}, [], [])
    principals = statement.principals if isinstance(statement.principals, tuple) else ()
    for number, named in enumerate(principals):
        if named.kind in (_K.ROLE, _K.USER):
            name = None if named.name is None else known(named.name)
            if name is None:
                entries.unnamed.append(number)
            else:
                entries.by_name.setdefault((named.kind, name), []).append(number)
        if named.kind in (_K.ROLE, _K.USER) and isinstance(named.value, str):
            entries.by_arn.setdefault(named.value.lower(), []).append(number)
        elif named.kind is _K.ACCOUNT and isinstance(named.account, str):
            entries.by_account.setdefault(str(named.account), []).append(number)
        else:
            entries.others.append(number)
    return entries


def _settled(principal: Principal, world: World) -> Principal:
    """The principal, read anew if evidence has settled what it is."""
    if principal.kind is not _K.UNKNOWN or not world.bindings:
        return principal
    value = world.bind(principal.value)
    return principal if value is principal.value else parse_principal("AWS", value)


def _with_unknown(named: Principal, caller: Principal, world: World) -> Truth:
    if equal(named.value, caller.value, world) is Truth.YES:
        return Truth.YES
    if caller.kind is _K.UNKNOWN:
        if named.kind is _K.ACCOUNT and named.account is not None and caller.account is not None:
            return equal(named.account, caller.account, world)
        return Truth.UNKNOWN & _same_account(named, caller, world)
    if caller.kind not in IAM_KINDS or caller.kind is _K.ORGANIZATION:
        return Truth.UNKNOWN
    if named.account is not None and _same_account(named, caller, world) is Truth.NO:
        return Truth.NO
    could = any_of(matches(form, named.value, world) for form in _ways_to_name(caller))
    return Truth.UNKNOWN & (could | equal(named.value, "*", world))


def _ways_to_name(caller: Principal) -> list[TextLike]:
    """Patterns of everything but ``*`` by which a policy can cover ``caller``, whose account is known."""
    forms: list[TextLike] = [caller.value, "AROA*", "AIDA*"]
    arn = parse_arn(caller.value)
    if not isinstance(arn, Arn) or caller.account is None:
        return ["*"]
    forms += [caller.account, _form(arn, "iam", "root")]
    if caller.name is not None and caller.kind is _K.ROLE:
        forms.append(_form(arn, "sts", "assumed-role/", caller.name, "/*"))
    if caller.kind is _K.SESSION:
        forms.append(_form(arn, "iam", "role/*" if caller.name is not None else "user/*"))
    return forms


def _form(arn: Arn, service: str, *resource: TextLike) -> TextLike:
    return join_text(("arn:", arn.partition, f":{service}::", arn.account, ":", *resource))


def _same_account(one: Principal, other: Principal, world: World) -> Truth:
    if one.account is None or other.account is None:
        return Truth.UNKNOWN
    return text_equal(one.account, other.account, world)


def _account(named: Principal, caller: Principal, world: World) -> Truth:
    if caller.kind in IAM_KINDS:
        same = _same_account(named, caller, world)
        return Truth.UNKNOWN & same if in_another_partition(named, caller) else same
    if caller.kind in (_K.FEDERATED, _K.CANONICAL_USER, _K.UNIQUE_ID):
        return Truth.UNKNOWN & _same_account(named, caller, world)
    return Truth.NO


def in_another_partition(named: Principal, caller: Principal) -> bool:
    """Whether an account is surely named in another partition than that of a role or user.

    AWS does not take such a policy, so that what would follow from it is not known. ``arn:aws:`` proves nothing: it is
    what an account stands under that was written by its id alone.
    """
    if named.kind is not _K.ACCOUNT or caller.kind not in (_K.ROLE, _K.USER, _K.SESSION):
        return False
    one, other = parse_arn(named.value), parse_arn(caller.value)
    if not isinstance(one, Arn) or not isinstance(other, Arn):
        return False
    there, here = known(one.partition), known(other.partition)
    return there not in (None, "aws") and here is not None and there != here


def _role(named: Principal, caller: Principal, world: World) -> Truth:
    if caller.kind is _K.ROLE:
        return _same_arn(named.value, caller.value, world)
    if caller.kind is _K.SESSION:
        return _same_role_name(named, caller, world)
    return Truth.UNKNOWN if caller.kind is _K.UNIQUE_ID else Truth.NO


def _user(named: Principal, caller: Principal, world: World) -> Truth:
    if caller.kind is _K.USER:
        return _same_arn(named.value, caller.value, world)
    if caller.kind is _K.SESSION and caller.name is None:  # a federated user acts with rights of a user
        return Truth.UNKNOWN & _same_account(named, caller, world)
    return Truth.UNKNOWN if caller.kind is _K.UNIQUE_ID else Truth.NO


def _session(named: Principal, caller: Principal, world: World) -> Truth:
    if caller.kind is _K.SESSION:
        return _same_arn(named.value, caller.value, world)
    if caller.kind is _K.ROLE:  # that session passes, the role's other sessions do not
        return Truth.UNKNOWN & _same_role_name(named, caller, world)
    return Truth.NO


def _same_role_name(one: Principal, other: Principal, world: World) -> Truth:
    """A session's ARN lacks the role's path, but a role's name is unique in its account whatever the path."""
    same = _same_account(one, other, world)
    if same is Truth.NO:
        return Truth.NO
    a, b = one.name, other.name
    return same & (Truth.UNKNOWN if a is None or b is None else equal(a, b, world))


def _same_arn(one: TextLike, other: TextLike, world: World) -> Truth:
    same = text_equal(one, other, world)
    if same is Truth.NO and isinstance(one, str) and isinstance(other, str) and one.lower() != other.lower():
        return Truth.NO
    if same is Truth.NO and equal(one, other, world, fold_case=True) is not Truth.NO:
        return Truth.UNKNOWN  # names are unique without regard to case; not documented for principals
    return same


def _service(named: Principal, caller: Principal, world: World) -> Truth:
    if caller.kind is not _K.SERVICE:
        return Truth.NO
    same = text_equal(named.value, caller.value, world)
    one, other = known(named.value), known(caller.value)
    if same is Truth.NO and one and other and one.split(".", 1)[0] == other.split(".", 1)[0]:
        return Truth.UNKNOWN  # a regional name of the same service
    return same


def _federated(named: Principal, caller: Principal, world: World) -> Truth:
    return equal(named.value, caller.value, world) if caller.kind is _K.FEDERATED else Truth.NO


def _canonical_user(named: Principal, caller: Principal, world: World) -> Truth:
    """A canonical user id is an account under another name, which of them is not visible."""
    if caller.kind is _K.CANONICAL_USER:
        return equal(named.value, caller.value, world)
    return Truth.UNKNOWN if caller.kind in IAM_KINDS else Truth.NO


def _unique_id(named: Principal, caller: Principal, world: World) -> Truth:
    """What AWS leaves of a deleted role (``AROA``) or user (``AIDA``); whose it was is not visible."""
    if caller.kind is _K.UNIQUE_ID:
        return equal(named.value, caller.value, world)
    could = {_K.ROLE: "AROA*", _K.SESSION: "AROA*", _K.USER: "AIDA*"}.get(caller.kind)
    if could is None:
        return Truth.NO
    return Truth.UNKNOWN & matches(could, named.value, world)


_BY_KIND: Final[dict[PrincipalKind, Callable[[Principal, Principal, World], Truth]]] = {
    _K.ACCOUNT: _account,
    _K.ROLE: _role,
    _K.USER: _user,
    _K.SESSION: _session,
    _K.SERVICE: _service,
    _K.FEDERATED: _federated,
    _K.CANONICAL_USER: _canonical_user,
    _K.UNIQUE_ID: _unique_id,
    _K.ORGANIZATION: lambda named, caller, world: Truth.UNKNOWN,
}
