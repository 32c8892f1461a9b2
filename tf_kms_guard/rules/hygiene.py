"""HY: key policies that share more than the bucket needs. Nothing is denied by that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tf_kms_guard.estate.model import Key, SlotState
from tf_kms_guard.estate.outsiders import named_by
from tf_kms_guard.iam.document import Condition, Document, Effect, Statement
from tf_kms_guard.iam.matching import match_action
from tf_kms_guard.iam.operators import OPERATORS, take_apart
from tf_kms_guard.iam.principal import Principal, PrincipalKind, describe
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import PLAIN, equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known, spell
from tf_kms_guard.values.truth import Truth

_NO_LIMIT: Final = ("kms:viaservice", "kms:encryptioncontext", "kms:grant", "aws:securetransport")
"""Condition keys (or their beginnings) about the call, which say nothing of who calls."""

_OF_AN_ORGANIZATION: Final = ("aws:principalorgid", "aws:principalorgpaths")
"""Condition keys that the callers of an account outside every organization lack: IfExists lets those in."""

_OF_AN_ACCOUNT: Final = ("kms:calleraccount", "aws:principalaccount")
_GRANTS_OF_SERVICES: Final = "kms:grantisforawsresource"

_ADMINISTRATION: Final = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant")
_NAMED: Final = frozenset((PrincipalKind.ROLE, PrincipalKind.USER, PrincipalKind.SESSION, PrincipalKind.ACCOUNT))


@rule(
    "HY001",
    "key-policy-allows-everyone",
    Severity.WARNING,
    "key-policy",
    "The key policy allows everyone, without a condition that limits who calls",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
)
def key_policy_allows_everyone(view: View) -> Iterator[Finding]:
    """A statement for ``*``, or for all but some principals, lets the identities of every account in as far as their
    own policies go. ``kms:ViaService`` says which way a call takes, not whose it is.
    """
    key = _key(view)
    for statement in () if key is None else _for_everyone(key.policy.document):
        assert key is not None
        name = wording.statement_shown(statement)
        whom = _everyone(statement)
        those = "every account" if not statement.conditions else "accounts that nobody names"
        shown = f"the key of {wording.bucket_shown(view.bucket)}"
        message = f"identities of {those} can be let use {shown}: {name} of its key policy allows {whom}"
        fix = Fix(
            "name the accounts or roles that are meant, or add a condition on aws:PrincipalOrgID or kms:CallerAccount"
        )
        place = statement.origin or key.policy.span
        yield _finding(view, key, "HY001", Severity.WARNING, message, f"allows {whom}", place, fix)


@rule(
    "HY002",
    "outsider-administers-key",
    Severity.WARNING,
    "key-policy",
    "The key policy gives a principal of another account administrative actions",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
)
def outsider_administers_key(view: View) -> Iterator[Finding]:
    """A principal of another account gets ``kms:*`` or actions that change the key. Most of them have no effect from
    another account; ``kms:CreateGrant`` has one: whoever may do it gives the key to others.
    """
    key = _key(view)
    for statement, actions in () if key is None else _administering(key.policy.document):
        assert key is not None
        for principal in _named(statement):
            sure = _foreign(view, key, principal)
            if sure is not None:
                yield _of_administrator(view, key, statement, principal, actions, sure)


@rule(
    "HY003",
    "key-shared-with-whole-account",
    Severity.NOTE,
    "key-policy",
    "The key policy names a whole account of which the bucket policy names certain roles or users only",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
)
def key_shared_with_whole_account(view: View) -> Iterator[Finding]:
    """The account's administrators can let any of its identities use the key, and the bucket needs but a few. Said once
    for a key and an account, and only where every bucket under the key is seen to name single principals of it.
    """
    key = _key(view)
    if key is None or view.estate.encrypted_with(key)[0].place != view.bucket.place:
        return
    told = {id(statement) for statement, _ in _administering(key.policy.document)}
    for statement in _unconditional(key.policy.document):
        for principal in () if id(statement) in told else _named(statement):
            if principal.kind is not PrincipalKind.ACCOUNT:
                continue
            sure = _foreign(view, key, principal)
            roles = [] if sure is None else _single_principals(view, key, principal)
            if sure is not None and roles:
                yield _of_account(view, key, statement, principal, roles, sure)


def _key(view: View) -> Key | None:
    """The key that encrypts the bucket, if its policy is set and seen."""
    choice = view.bucket.encryption.key
    key = None if choice is None else choice.key
    return None if key is None or key.policy.state is not SlotState.SET else key


@lru_cache(maxsize=256)
def _for_everyone(document: Document) -> tuple[Statement, ...]:
    return tuple(one for one in _allowing(document) if _names_everyone(one) and _limits_nobody(one))


@lru_cache(maxsize=256)
def _administering(document: Document) -> tuple[tuple[Statement, tuple[str, ...]], ...]:
    found = [(one, _administrative(one)) for one in _allowing(document)]
    return tuple((one, actions) for one, actions in found if actions)


@lru_cache(maxsize=256)
def _unconditional(document: Document) -> tuple[Statement, ...]:
    return tuple(one for one in _allowing(document) if isinstance(one.conditions, tuple) and not one.conditions)


def _allowing(document: Document) -> Iterator[Statement]:
    """The statements that surely allow something: without Action or Resource a key policy's has no effect."""
    for one in document.statements:
        acts = one.actions is not None or one.not_actions is not None
        covers = one.resources is not None or one.not_resources is not None
        if one.effect is Effect.ALLOW and not one.uncertain and acts and covers:
            yield one


def _names_everyone(statement: Statement) -> bool:
    if statement.not_principals is not None:
        return True
    named = statement.principals
    return isinstance(named, tuple) and any(one.kind is PrincipalKind.PUBLIC for one in named)


def _everyone(statement: Statement) -> str:
    """Whom a statement for everyone allows, for people."""
    conditions = statement.conditions if isinstance(statement.conditions, tuple) else ()
    written = [take_apart(one.operator) for one in conditions]
    whom = "everyone (*)" if statement.not_principals is None else "everyone but those in NotPrincipal"
    left_out = any(one.base in OPERATORS and OPERATORS[one.base].negated for one in written)
    if left_out:
        return f"{whom} but the few that its condition leaves out"
    return f"{whom} of no organization, whom IfExists lets in" if _lets_in_the_rest(conditions) else whom


def _lets_in_the_rest(conditions: tuple[Condition, ...]) -> bool:
    return any(_is_of_an_organization(one) and take_apart(one.operator).if_exists for one in conditions)


def _is_of_an_organization(condition: Condition) -> bool:
    return (known(condition.key) or "").lower() in _OF_AN_ORGANIZATION


def _limits_nobody(statement: Statement) -> bool:
    conditions = statement.conditions
    return isinstance(conditions, tuple) and all(map(_is_no_limit, conditions))


def _is_no_limit(condition: Condition) -> bool:
    """Whether a condition surely does not limit who calls: it is about something else, or is met by everyone."""
    key = (known(condition.key) or "").lower()
    if key.startswith(_NO_LIMIT):
        return True
    written = take_apart(condition.operator)
    operator = OPERATORS.get(written.base)
    if operator is None:
        return False
    if operator.literal and operator.negated and key in (*_OF_AN_ACCOUNT, *_OF_AN_ORGANIZATION):
        return True  # everyone but a few
    if written.if_exists and _is_of_an_organization(condition):
        return True
    if operator.negated or not operator.pattern or not isinstance(condition.values, tuple):
        return False
    return any(known(value) == "*" for value in condition.values)


def _administrative(statement: Statement) -> tuple[str, ...]:
    """The administrative actions that a statement surely allows by itself."""
    conditions = statement.conditions
    if not isinstance(conditions, tuple):
        return ()
    keys = [(known(one.key) or "").lower() for one in conditions if not _leaves_services_out(one)]
    if any(key.startswith(("kms:viaservice", "kms:encryptioncontext", "kms:grant")) for key in keys):
        return ()  # it holds for calls of services, for cryptography, or for grants that services ask for
    matched = (a for a in _ADMINISTRATION if match_action(statement, a, PLAIN, key_policy=True).truth is Truth.YES)
    return tuple(matched)


def _leaves_services_out(condition: Condition) -> bool:
    """Whether it surely asks for grants that no service asks for: those the outsider makes of its own accord."""
    written, values = take_apart(condition.operator).base, condition.values
    if (known(condition.key) or "").lower() != _GRANTS_OF_SERVICES or written != "Bool":
        return False
    return isinstance(values, tuple) and {(known(value) or "").lower() for value in values} == {"false"}


def _named(statement: Statement) -> Iterator[Principal]:
    named = statement.principals
    for principal in named if isinstance(named, tuple) else ():
        account = None if principal.account is None else known(principal.account)
        there = principal.account is not None and (account is None or account.isdigit())
        if principal.kind in _NAMED and there:
            yield principal


def _foreign(view: View, key: Key, principal: Principal) -> bool | None:
    """Whether it is surely known that a principal is of another account than the key; ``None`` if it is not.

    Of a key whose account is not known that is presumed only where the policy names that account itself elsewhere: the
    one that is written as a literal could be the owner's else.
    """
    world, owner = view.estate.world, key.account.id
    if principal.account is None:
        return None
    if equal(principal.account, owner, world.certain()) is Truth.NO:
        return True
    others = [one for statement in key.policy.document.statements for one in _named(statement)]
    if not any(one.account is not None and equal(one.account, owner, world) is Truth.YES for one in others):
        return None
    return False if equal(principal.account, owner, world) is Truth.NO else None


def _single_principals(view: View, key: Key, account: Principal) -> list[Principal]:
    """The roles and users of an account that the policies of all buckets under a key name, if they name nobody else who
    may be of that account.
    """
    found: list[Principal] = []
    world = view.estate.world
    for bucket in view.estate.encrypted_with(key):
        slot = bucket.policy
        if slot.state is SlotState.ABSENT:
            continue
        if slot.state is not SlotState.SET or slot.document.incomplete is not None:
            return []
        for statement in slot.document.statements:
            if statement.effect is Effect.DENY:
                continue
            if statement.not_principals is not None or _names_everyone(statement):
                return []
            for principal in named_by(statement):
                if principal.kind is PrincipalKind.SERVICE:
                    continue
                if principal.account is None or account.account is None:
                    return []
                same = equal(principal.account, account.account, world)
                if same is Truth.UNKNOWN or (same is Truth.YES and principal.kind is PrincipalKind.ACCOUNT):
                    return []
                found += [principal] if same is Truth.YES else []
    return found


def _of_administrator(
    view: View, key: Key, statement: Statement, principal: Principal, actions: tuple[str, ...], sure: bool
) -> Finding:
    name, whom = wording.statement_shown(statement), describe(principal)
    effect = "which has no effect from another account"
    if actions == ("kms:CreateGrant",):
        effect = "and by grants it can give the key to others"
    elif "kms:CreateGrant" in actions:
        effect = "and with kms:CreateGrant it can give the key to others; the rest has no effect from another account"
    allowed = f"{name} of its key policy allows {' and '.join(actions)}"
    shown = f"the key of {wording.bucket_shown(view.bucket)}"
    message = f"{whom} is given more than the use of {shown}: {allowed}, {effect}"
    fix = Fix("allow the actions that S3 needs: kms:Decrypt to read, kms:GenerateDataKey and kms:Decrypt to write")
    label = f"gives {whom} administrative actions"
    place = principal.origin or statement.origin or key.policy.span
    return _finding(view, key, "HY002", Severity.WARNING, message, label, place, fix, principal, sure)


def _of_account(
    view: View, key: Key, statement: Statement, principal: Principal, roles: list[Principal], sure: bool
) -> Finding:
    whom = describe(principal)
    names = list(dict.fromkeys(describe(one, account=False) for one in roles))
    shown = f"{names[0]} (and {len(names) - 1} more)" if len(names) > 1 else names[0]
    bucket = wording.bucket_shown(view.bucket)
    message = f"the key policy of {key.address} names the whole {whom}, and the policy of {bucket} {shown} of it only"
    fix = Fix(
        f"name {spell(roles[0].value)} in the key policy, or add a condition on kms:ViaService: then no identity of "
        "the account uses the key in any other way than through S3"
    )
    place = principal.origin or statement.origin or key.policy.span
    return _finding(view, key, "HY003", Severity.NOTE, message, f"names the whole {whom}", place, fix, principal, sure)


def _finding(
    view: View,
    key: Key,
    rule_id: str,
    severity: Severity,
    message: str,
    label: str,
    location: Span,
    fix: Fix,
    principal: Principal | None = None,
    sure: bool = True,
) -> Finding:
    why = list(wording.evidence(view.estate, key.account))
    if not sure:
        why.append(f"presumed: the account of {key.account.provider} is the one that the key policy names as its own")
    return Finding(
        rule=info_of(rule_id),
        severity=severity,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=key.workspace,
        resource=key.address,
        buckets=(view.bucket.address,),
        key=key.address,
        principal=None if principal is None else PrincipalShown(principal.kind.value, spell(principal.value)),
        actions=(),
        intent=(),
        message=message,
        label=label,
        why=tuple(why),
        location=location,
        fix=fix,
    )
