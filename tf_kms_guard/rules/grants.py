"""GR: grants on a shared key."""

from __future__ import annotations

from msgspec.structs import replace

from tf_kms_guard.estate.gates import BY_GRANT, Gate
from tf_kms_guard.iam.grants import lacks
from tf_kms_guard.iam.naming import names
from tf_kms_guard.iam.principal import parse_principal
from tf_kms_guard.rules.diagnosis import Closed, Explanation, doubts, explains
from tf_kms_guard.rules.finding import Severity
from tf_kms_guard.rules.identity import allow_here as allow_to_itself
from tf_kms_guard.rules.key_policy import allow_here
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth


@explains(
    "GR001",
    "grant-does-not-cover-it",
    Severity.ERROR,
    "A grant for the external principal does not cover what S3 asks of the key",
    "AWS KMS Developer Guide, Grants in AWS KMS",
    Gate.KEY_POLICY,
)
def grant_does_not_cover_it(closed: Closed) -> Explanation | None:
    """A grant is for the outsider and this key, and lacks the operation, or asks for another encryption context.

    With a bucket key the encryption context is the bucket's ARN, without one the object's. A grant that another account
    makes and that names the key by its bare id is for no key: KMS looks the id up in that other account.
    """
    key, world = closed.key, closed.access.estate.world
    for decision in closed.decisions:
        request = replace(decision.request, resource=key.arn)
        for grant in key.grants:
            if grant.misses(key, world) is Truth.YES:
                what = f"names the key by its id {spell(grant.key)} from account {spell(grant.account.id)}"
                grantee = None if grant.grantee is None else parse_principal("AWS", grant.grantee)
                if grantee is None or names(grantee, request.principal, world) is Truth.NO:
                    continue
                why, remedy = f"{what}, where there is no such key", f"key_id = {key.address}.arn"
            else:
                lack = lacks(grant.for_deciding(), request, world)
                if lack is None:
                    continue
                why, remedy = lack, f"let {grant.address} cover {closed.spelled}"
            return Explanation(
                grant.span,
                f"neither the key policy nor a grant lets it use the key: {grant.address} {why}",
                why,
                allow_here(closed, f"correct the grant ({remedy}), or add this statement to the key policy"),
            )
    return None


@doubts("GR002")
@explains(
    "GR002",
    "access-by-a-grant-alone",
    Severity.NOTE,
    "A grant lets the external role or user use the key, and its own policies do not allow it",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
    Gate.IDENTITY_KMS,
)
def access_by_a_grant_alone(closed: Closed) -> Explanation | None:
    """Whether a grantee of another account needs the permission in its own policies too is not documented clearly.

    The gate is undetermined for that; the note says which statement leaves no doubt.
    """
    because = closed.judged.because
    if because is None or because.identity != BY_GRANT:
        return None
    return Explanation(
        closed.identity.span,
        f"a grant alone lets it use the key, and none of its own policies allows {closed.spelled}; whether AWS asks "
        "for that too is not documented",
        f"nothing attached here allows {closed.spelled}",
        allow_to_itself(closed, f"to be sure, add this statement to a policy of {closed.identity.address}"),
    )
