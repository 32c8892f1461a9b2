"""KP004: statements of a key policy that never take effect."""

from __future__ import annotations

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.iam.document import Statement
from tf_kms_guard.iam.glob import is_pattern, text_matches
from tf_kms_guard.iam.judgement import listed
from tf_kms_guard.iam.principal import Principal, PrincipalKind
from tf_kms_guard.rules.diagnosis import Closed, Explanation, doubts, explains
from tf_kms_guard.rules.finding import Severity
from tf_kms_guard.rules.key_policy import allow_here
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import join_text, known, leading, spell
from tf_kms_guard.values.truth import Truth


@explains(
    "KP004",
    "key-policy-statement-without-effect",
    Severity.ERROR,
    "A statement of the key policy is meant for the external principal and can never take effect",
    "AWS KMS API Reference, PutKeyPolicy; IAM User Guide, AWS JSON policy elements: Principal",
    Gate.KEY_POLICY,
)
def key_policy_statement_without_effect(closed: Closed) -> Explanation | None:
    """A statement would let the outsider use the key, were it not for what makes it void.

    It lacks ``Resource`` or ``Action``, its ``Resource`` is not this key (an alias, another key), or it names what AWS
    takes for no principal: a wildcard within an ARN, a group. A unique id (``AROA…``) is a warning: AWS shows one where
    a role or user was deleted.
    """
    for _, match in closed.allows():
        void = _void(closed, match)
        if void is not None:
            because, remedy = void
            return Explanation(
                match.statement.origin or closed.key.policy.span,
                f"{match.name} of the key policy is meant for it and has no effect: {because}",
                because,
                allow_here(closed, f"{remedy}: correct this statement, or add"),
            )
    return None


def _void(closed: Closed, match: StatementMatch) -> tuple[str, str] | None:
    """What makes a statement void that would open the gate, and what to do about it."""
    statement = match.statement
    missing = _missing(statement)
    if missing and match.misses and set(match.misses) <= {element.lower() for element in missing}:
        values = {"Resource": '"*"', "Action": f'"{closed.actions[0]}"'}
        remedy = " and ".join(f"{element} = {values[element]}" for element in missing)
        return f"it has no {' and no '.join(missing)}", f"write {remedy}"
    if match.misses == ("resource",):
        resources = statement.resources if isinstance(statement.resources, tuple) else ()
        shown = listed([spell(resource) for resource in resources])
        aliases = all(
            isinstance(arn, Arn) and leading(arn.resource).startswith("alias/") for arn in map(parse_arn, resources)
        )
        if resources:
            what = "an alias" if aliases else "not this key"
            return f"its Resource {shown} is {what}", 'write Resource = "*", which is this key in a key policy'
    if match.misses == ("principal",) and isinstance(statement.principals, tuple):
        for named in statement.principals:
            if named.kind is PrincipalKind.INVALID and _means(named, closed):
                why = " (no wildcard may stand within its ARN)" if is_pattern(named.value) else ""
                return (
                    f"it names {spell(named.value)}, which AWS takes for no principal{why}",
                    "name the role or user, or its account with a condition on aws:PrincipalArn",
                )
    return None


def _missing(statement: Statement) -> list[str]:
    missing = []
    if statement.resources is None and statement.not_resources is None:
        missing.append("Resource")
    if statement.actions is None and statement.not_actions is None:
        missing.append("Action")
    return missing


def _means(named: Principal, closed: Closed) -> bool:
    """Whether an entry that is no principal was written for the outsider."""
    caller, world = closed.access.outsider.principal, closed.access.estate.world
    if caller.account is None or named.account is None:
        return False
    if text_matches(named.value, caller.value, world) is Truth.YES:
        return True
    arn = parse_arn(caller.value)
    if caller.kind is PrincipalKind.ROLE and caller.name is not None and isinstance(arn, Arn):
        session = join_text(("arn:", arn.partition, ":sts::", arn.account, ":assumed-role/", caller.name, "/session"))
        return text_matches(named.value, session, world) is Truth.YES
    whole = caller.kind is PrincipalKind.ACCOUNT or (caller.kind is PrincipalKind.USER and not is_pattern(named.value))
    return whole and equal(named.account, caller.account, world) is Truth.YES


@doubts("KP004")
def _names_a_unique_id(closed: Closed) -> Explanation | None:
    """An Allow statement whose principal is a unique id that stands in the code."""
    for _, match in closed.allows():
        principals = match.statement.principals
        if match.truth is not Truth.UNKNOWN or not isinstance(principals, tuple):
            continue
        for named in principals:
            if named.kind is PrincipalKind.UNIQUE_ID and known(named.value) is not None:
                return Explanation(
                    match.statement.origin or closed.key.policy.span,
                    f"{match.name} of the key policy names {spell(named.value)}, as AWS shows a role or user that was "
                    "deleted, and one that is made anew has another id",
                    f"{spell(named.value)} is a unique id, and may be nobody's any more",
                    allow_here(closed, "name the role or user by its ARN: correct this statement, or add"),
                    severity=Severity.WARNING,
                )
    return None
