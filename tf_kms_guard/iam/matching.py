"""How a statement meets a request: principal, action, resource, conditions.

Every answer is a :class:`Judgement`. IAM User Guide, "IAM JSON policy elements reference".
"""

from __future__ import annotations

from tf_kms_guard.iam.conditions import evaluate
from tf_kms_guard.iam.context import Context
from tf_kms_guard.iam.document import Effect, Statement
from tf_kms_guard.iam.glob import text_matches
from tf_kms_guard.iam.judgement import Judgement, distinct, holes_in, listed
from tf_kms_guard.iam.naming import covering, in_another_partition, names, namesakes_in
from tf_kms_guard.iam.principal import Principal, PrincipalKind, describe
from tf_kms_guard.iam.resources import covers, has_variable_in_head
from tf_kms_guard.iam.variables import may_lack, substitute
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, spell
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown

_K = PrincipalKind
_SHOWN = 3


def match_principal(statement: Statement, caller: Principal, world: World, bounded: Truth = Truth.NO) -> Judgement:
    """Whether a statement of a resource policy speaks of ``caller``; ``bounded``: it has a permissions boundary."""
    if statement.principals is not None:
        if isinstance(statement.principals, Unknown):
            return Judgement(Truth.UNKNOWN, "whom it names is not known", (statement.principals,))
        return _named(statement, statement.principals, caller, world)
    if statement.not_principals is None:
        return _missing("Principal")
    if isinstance(statement.not_principals, Unknown):
        left_out = Judgement(Truth.UNKNOWN, "whom it leaves out is not known", (statement.not_principals,))
    else:
        left_out = _left_out(statement.not_principals, caller, world)
    return left_out if statement.effect is Effect.ALLOW else _barred(left_out, bounded)


def _named(statement: Statement, principals: tuple[Principal, ...], caller: Principal, world: World) -> Judgement:
    found = covering(statement, caller, world)
    truth = any_of(one for _, one in found)
    if truth is Truth.NO:
        return Judgement(truth, _names_others(statement, principals, caller, world))
    chosen = [named for named, one in found if one is truth]
    words = f"names {listed([describe(named) for named in chosen])}"
    if truth is Truth.YES:
        return Judgement(truth, words)
    unknowns = holes_in(*(named.value for named in chosen), caller.value, caller.account)
    if not unknowns:
        unknowns = tuple(_undecided(named, caller) for named in chosen)
    return Judgement(truth, f"{words}, which may be {describe(caller)} or not", unknowns)


def _undecided(named: Principal, caller: Principal) -> Unknown:
    if named.kind is _K.SESSION and caller.kind is _K.ROLE:
        because = f"only {describe(named)} is named, not every session of {describe(caller, account=False)}"
    elif in_another_partition(named, caller):
        because = f"{spell(named.value)} is of another partition than {spell(caller.value)}: AWS takes no such policy"
    elif named.kind is _K.UNIQUE_ID:
        because = f"whose id {spell(named.value)} is cannot be seen (left where an identity was deleted)"
    elif named.kind is _K.CANONICAL_USER:
        because = "which account the canonical user id is cannot be seen"
    elif caller.kind is _K.ORGANIZATION:
        because = f"whether {describe(named)} belongs to {describe(caller)} is not known"
    else:
        because = f"whether {describe(named)} is {describe(caller)} is not known"
    return Unknown(because, because, origin=named.origin)


def _names_others(statement: Statement, principals: tuple[Principal, ...], caller: Principal, world: World) -> str:
    if not principals:
        return "names nobody"
    for named in namesakes_in(statement, caller):  # the near miss tells most
        if caller.kind in (_K.ROLE, _K.USER) and is_near_miss(named, caller, world):
            same = False
            if caller.account is not None and named.account is not None:
                same = equal(named.account, caller.account, world) is not Truth.NO
            one, other = describe(named, account=not same), describe(caller, account=not same)
            if one == other:  # of another partition
                one, other = spell(named.value), spell(caller.value)
            return f"names {one}, the caller is {other}"
    if all(named.kind is _K.INVALID for named in principals):
        return f"names {listed([spell(named.value) for named in principals])}, which AWS takes for no principal"
    return f"names {_some(principals)} only"


def _some(principals: tuple[Principal, ...]) -> str:
    """The first of them for people; of many only those are described that are shown."""
    shown = [describe(named) for named in principals[:_SHOWN]]
    return listed([*shown, *[""] * (len(principals) - len(shown))], most=_SHOWN)


def is_near_miss(named: Principal, caller: Principal, world: World) -> bool:
    """Whether a role or user of the same name is named, with another path or in another account."""
    if named.kind is not caller.kind:
        return False
    one, other = named.name, caller.name
    return one is not None and other is not None and equal(one, other, world) is Truth.YES


def _left_out(principals: tuple[Principal, ...], caller: Principal, world: World) -> Judgement:
    """``NotPrincipal``: everyone but those listed.

    AWS compares each part of the caller's chain (account, role, session): an identity is left out for certain
    only when the list names all of it; where it names a part, the outcome is not stated clearly enough to be
    called certain (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
    """
    if not principals:
        return _empty("NotPrincipal")
    words = f"names everyone but {listed([describe(named) for named in principals])}"
    if any(named.kind is _K.PUBLIC for named in principals):
        return Judgement(Truth.NO, words)
    truths = [(named, names(named, caller, world)) for named in principals]
    involved = [named for named, truth in truths if truth is not Truth.NO]
    if not involved:
        return Judgement(Truth.YES, words)
    certain = {named.kind for named, truth in truths if truth is Truth.YES}
    if certain >= _CHAIN.get(caller.kind, {caller.kind}):
        return Judgement(Truth.NO, words)
    unknowns = holes_in(*(named.value for named in involved), caller.value)
    if not unknowns:
        because = f"NotPrincipal names only a part of {describe(caller)} (account, role, session)"
        unknowns = (Unknown(because, because, origin=involved[0].origin),)
    return Judgement(Truth.UNKNOWN, f"{words}, and that is only a part of {describe(caller)}", unknowns)


def _barred(left_out: Judgement, bounded: Truth) -> Judgement:
    """A Deny with NotPrincipal bars everybody who has a permissions boundary, whomever it leaves out.

    IAM User Guide, "AWS JSON policy elements: NotPrincipal", and "Permissions boundaries for IAM entities".
    """
    if bounded is Truth.NO or left_out.truth is Truth.YES:
        return left_out
    words = f"{left_out.reason}, and bars whoever has a permissions boundary"
    if bounded is Truth.YES:
        return Judgement(bounded, words)
    because = "whether the caller has a permissions boundary, which a Deny with NotPrincipal bars, is not known"
    return Judgement(bounded, words, (*left_out.unknowns, Unknown(because, because)))


_NEVER = frozenset((_K.UNKNOWN, _K.INVALID))
_CHAIN = {
    _K.USER: {_K.USER, _K.ACCOUNT},
    _K.ROLE: {_K.ROLE, _K.ACCOUNT, _K.SESSION},
    _K.SESSION: {_K.SESSION, _K.ROLE, _K.ACCOUNT},
    _K.ACCOUNT: _NEVER,
    _K.ORGANIZATION: _NEVER,
}


def match_action(statement: Statement, action: str, world: World, *, key_policy: bool = False) -> Judgement:
    """Whether the statement speaks of ``action`` (names of actions are compared without regard to case)."""
    listed_actions, negated = statement.actions, False
    if listed_actions is None:
        listed_actions, negated = statement.not_actions, True
    if listed_actions is None:
        return _no_effect("Action") if key_policy else _missing("Action")
    if isinstance(listed_actions, Unknown):
        return Judgement(Truth.UNKNOWN, "which actions it speaks of is not known", (listed_actions,))
    if negated and not listed_actions:
        return _empty("NotAction")
    truth = any_of(text_matches(pattern, action, world, fold_case=True) for pattern in listed_actions)
    truth = ~truth if negated else truth
    verb = {Effect.ALLOW: "allows", Effect.DENY: "denies", None: "speaks of"}[statement.effect]
    spelled = listed([spell(pattern) for pattern in listed_actions]) or "no action"
    if negated:
        return Judgement(truth, f"{verb} everything but {spelled}", _when(truth, *listed_actions))
    tail = f", not {action}" if truth is Truth.NO else ""
    return Judgement(truth, f"{verb} {spelled}{tail}", _when(truth, *listed_actions))


def match_resource(
    statement: Statement,
    resource: TextLike,
    context: Context,
    world: World,
    substitutes: Truth = Truth.NO,
    *,
    key_policy: bool = False,
) -> Judgement:
    """Whether the statement speaks of ``resource``."""
    patterns, negated = statement.resources, False
    if patterns is None:
        patterns, negated = statement.not_resources, True
    if patterns is None:
        return _no_effect("Resource") if key_policy else _missing("Resource")
    if isinstance(patterns, Unknown):
        return Judgement(Truth.UNKNOWN, "which resources it speaks of is not known", (patterns,))
    if negated and not patterns:
        return _empty("NotResource")
    filled = [_filled(pattern, context, substitutes) for pattern in patterns]
    usable = [pattern for pattern in filled if pattern is not None]
    truth = any_of(covers(pattern, resource, world) for pattern in usable)
    if negated:
        lacking = any(may_lack(pattern, context, substitutes) for pattern in patterns)
        truth = ~(truth | Truth.UNKNOWN) if lacking else ~truth
    spelled = listed([spell(pattern) for pattern in patterns]) or "no resource"
    words = f"covers everything but {spelled}" if negated else f"covers {spelled}"
    tail = f", not {spell(resource)}" if truth is Truth.NO and not negated else ""
    unknowns = _when(truth, *usable, resource)
    if truth is Truth.UNKNOWN and not unknowns:
        unknowns = (_undecided_resource(spelled, len(usable) < len(filled)),)
    return Judgement(truth, words + tail, unknowns)


def _filled(pattern: TextLike, context: Context, substitutes: Truth) -> TextLike | None:
    if substitutes is not Truth.NO and has_variable_in_head(pattern):
        because = f"AWS allows no policy variable where {spell(pattern)} has one"
        return Unknown(because, because)
    return substitute(pattern, context, substitutes, pattern=True)


def _undecided_resource(spelled: str, lacks_variable: bool) -> Unknown:
    if lacks_variable:
        return Unknown(f"variables of {spelled}", f"a variable in {spelled} is not in the request")
    return Unknown(f"pattern {spelled}", f"AWS does not say whether {spelled} covers it")


def match_conditions(statement: Statement, context: Context, world: World, substitutes: Truth) -> Judgement:
    """Whether all conditions are met; the reason is that of the ones that decide."""
    if isinstance(statement.conditions, Unknown):
        return Judgement(Truth.UNKNOWN, "its conditions are not known", (statement.conditions,))
    if not statement.conditions:
        return Judgement(Truth.YES)
    each = [evaluate(condition, context, world, substitutes) for condition in statement.conditions]
    truth = all_of(one.truth for one in each)
    deciding = [one for one in each if one.truth is truth]
    reason = "; ".join(one.reason for one in deciding if one.reason)
    return Judgement(truth, reason, distinct(unknown for one in deciding for unknown in one.unknowns))


def _when(truth: Truth, *texts: TextLike) -> tuple[Unknown, ...]:
    return holes_in(*texts) if truth is Truth.UNKNOWN else ()


def _missing(element: str) -> Judgement:
    because = f"a statement has no {element}, which AWS does not accept"
    return Judgement(Truth.UNKNOWN, because, (Unknown(because, because),))


def _empty(element: str) -> Judgement:
    """A list without values leaves nothing out; AWS does not say that the statement then speaks of everything.

    IAM User Guide, "IAM policy validation check reference", on empty arrays: such a statement "does not affect the
    policy". The grammar has no empty lists, and services differ in whether they accept one.
    """
    because = f"a statement has an empty {element}, for which AWS states no meaning"
    return Judgement(Truth.UNKNOWN, because, (Unknown(because, because),))


def _no_effect(element: str) -> Judgement:
    """KMS API Reference, PutKeyPolicy: accepted, and without effect."""
    return Judgement(Truth.NO, f"has no {element}: KMS accepts such a statement and it has no effect")
