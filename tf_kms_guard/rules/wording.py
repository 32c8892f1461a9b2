"""The words of findings: who cannot do what to which bucket, and on what that rests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.accounts import NO_EVIDENCE, Account
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Bucket, Estate, Identity, KeyChoice
from tf_kms_guard.estate.outsiders import Sign
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Decision, StatementMatch, Verdict
from tf_kms_guard.iam.document import Statement
from tf_kms_guard.iam.principal import PrincipalKind, describe
from tf_kms_guard.rules.finding import GateState, PrincipalShown, Related
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known, spell
from tf_kms_guard.values.unknown import Unknown

_VERBS = {
    Intent.READ: "read",
    Intent.WRITE: "write to",
    Intent.REPLICATE: "replicate into",
    Intent.DELIVER: "deliver to",
}


def bucket_shown(bucket: Bucket) -> str:
    """``s3://name`` where the name is known, else the address."""
    name = known(bucket.name)
    return bucket.address if name is None else f"s3://{name}"


def who(access: Access) -> str:
    """The outsider for people."""
    return describe(access.outsider.principal)


def principal_shown(access: Access) -> PrincipalShown:
    """The outsider as a finding names it."""
    return PrincipalShown(access.outsider.principal.kind.value, access.outsider.spelled)


def cannot(access: Access, intents: Iterable[Intent]) -> str:
    """``role/reader in 444455556666 cannot read s3://data``."""
    return f"{who(access)} cannot {_verbs(intents, 'or')} {bucket_shown(access.bucket)}"


def may_fail(access: Access, intents: Iterable[Intent]) -> str:
    """``role/reader in 444455556666 may fail to read s3://data``."""
    return f"{who(access)} may fail to {_verbs(intents, 'or')} {bucket_shown(access.bucket)}"


def _verbs(intents: Iterable[Intent], joined: str) -> str:
    return f" {joined} ".join(_VERBS[intent] for intent in intents)


def denied_intents(judged: GateJudgement) -> tuple[Intent, ...]:
    """What the closed gate keeps it from."""
    return tuple(dict.fromkeys(a.intent for a in judged.result.asked if a.verdict is Verdict.DENIED))


def denied_actions(judged: GateJudgement) -> tuple[str, ...]:
    """The actions that the closed gate denies."""
    return tuple(dict.fromkeys(a.action for a in judged.result.asked if a.verdict is Verdict.DENIED))


def denied_decisions(judged: GateJudgement) -> tuple[Decision, ...]:
    """The decisions behind them."""
    return tuple(a.decision for a in judged.result.asked if a.verdict is Verdict.DENIED and a.decision is not None)


def explicit_deny(judged: GateJudgement) -> StatementMatch | None:
    """A Deny statement that closes the gate."""
    for decision in denied_decisions(judged):
        if decision.explicit_deny is not None:
            return decision.explicit_deny
    return None


def nearest_words(judged: GateJudgement) -> str | None:
    """``statement "Own" names account 111122223333 only``: the statement that came closest, and what it lacks."""
    for decision in denied_decisions(judged):
        match = decision.nearest
        if match is not None and match.reasons:
            return match.words
    return None


def gate_states(access: Access, *, key_never_works: bool) -> tuple[GateState, ...]:
    """All gates of one outsider; a key that can never work closes the key policy's."""
    states = []
    for gate in Gate:
        judged = access.gate(gate)
        if key_never_works and gate is Gate.KEY_POLICY:
            states.append(GateState(gate.value, "denied"))
        elif judged is not None:
            states.append(GateState(gate.value, judged.verdict.value))
    return tuple(states)


def signs_related(access: Access, primary: Span | None) -> tuple[Related, ...]:
    """Where the code shows that the outsider is meant to have access."""
    by_place: dict[Span, list[Sign]] = {}
    for sign in access.outsider.signs:
        if sign.origin is not None and sign.origin != primary:
            by_place.setdefault(sign.origin, []).append(sign)
    return tuple(Related(_meant(signs), origin) for origin, signs in by_place.items())


def _meant(signs: list[Sign]) -> str:
    """What the signs of one place show: ``it is meant to read: the bucket policy allows it s3:GetObject``."""
    intents = dict.fromkeys(sign.intent for sign in signs)
    actions = signs[0].statement.actions
    spelled = ", ".join(spell(a) for a in actions) if isinstance(actions, tuple) else "all but a few actions"
    owner = "the access point's policy" if signs[0].at_point else "the bucket policy"
    place = "its own policy allows" if signs[0].from_identity else f"{owner} allows it"
    return f"it is meant to {_verbs(intents, 'and')}: {place} {spelled}"


def evidence(estate: Estate, *accounts: Account) -> tuple[str, ...]:
    """What is known of the accounts that a finding leans on, a line each."""
    lines: dict[str, None] = {}
    for account in accounts:
        lines[account_words(estate, account)] = None
    return tuple(lines)


def account_words(estate: Estate, account: Account) -> str:
    """``account of aws.owner is 111122223333 (allowed_account_ids, providers.tf:6)``."""
    bound = estate.world.bind(account.id)
    if isinstance(account.id, Unknown) and known(bound) is not None:
        return f"account of {account.provider} is {known(bound)} (a key policy gives its root kms:*)"
    if isinstance(account.id, Unknown) and account.evidence == NO_EVIDENCE:
        return f"account of {account.provider} is not known"
    where = "" if account.evidence_span is None else f", {account.evidence_span.file}:{account.evidence_span.line}"
    return f"account of {account.provider} is {spell(account.id)} ({account.evidence}{where})"


def presumption(access: Access, owner: Account) -> str:
    """What a finding of medium confidence presumes about accounts."""
    principal = access.outsider.principal.account
    if access.outsider.principal.kind is PrincipalKind.ORGANIZATION:
        return f"presumed: {who(access)} has other accounts than that of {owner.provider}"
    if isinstance(principal, Unknown) and principal.minted:
        return (
            f"presumed: the {principal.shown or principal.identity} is another one than that of {owner.provider}, "
            f"for both are for one Region (settle it with --account {owner.provider}=…)"
        )
    other = "the principal's account" if principal is None else spell(principal)
    return f"presumed: the account of {owner.provider} is not {other} (settle it with --account {owner.provider}=…)"


def nothing_attached(identity: Identity) -> str:
    """What a closed identity gate presumes where the code does not say that these policies are all."""
    return f"presumed: no policy is attached to {identity.address} elsewhere (it is created here)"


HEADER_PRESUMED: Final = "presumed: the writer sends no encryption header that names another key"


def writes_only(access: Access) -> bool:
    """Whether the outsider never reads: then a header of its own may choose another key than the default."""
    return Intent.READ not in access.outsider.intents


def statement_shown(statement: Statement) -> str:
    """``statement "Share"``, or without a Sid ``a statement``."""
    return "a statement" if statement.sid is None else f'statement "{spell(statement.sid)}"'


def arn_reference(choice: KeyChoice | None) -> str:
    """How to write the ARN of a bucket's key."""
    if choice is None:
        return "the key's ARN"
    if choice.key is not None:
        return f"{choice.key.address}.arn"
    if choice.alias is not None:
        return f"{choice.alias.address}.target_key_arn"
    return "the key's ARN" if choice.arn is None else f'"{spell(choice.arn)}"'


def key_shown(choice: KeyChoice | None) -> str | None:
    """The key's address, or its ARN as far as it is known."""
    if choice is None:
        return None
    if choice.key is not None:
        return choice.key.address
    return None if choice.value is None else spell(choice.value)
