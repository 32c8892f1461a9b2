"""A key of the account of the one who asks: there its policies work together in another way than across accounts.

What keeps a principal out of its own account's key is no gate that another account could open.
"""

from __future__ import annotations

from typing import Final

from tf_kms_guard.estate.model import Identity, Key
from tf_kms_guard.iam.decide import Request, Verdict
from tf_kms_guard.iam.document import Document, opaque_document, parse_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import describe
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_ADMINISTRATOR: Final = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def caller_side(identity: Identity | None, unseen: Unknown | None) -> CallerSide:
    """The policies of an identity; of one that is not declared (``unseen`` says so) nothing is known.

    Without ``unseen`` it stands for an account, of which an administrator may do everything.
    """
    if identity is None:
        return CallerSide((parse_document(_ADMINISTRATOR) if unseen is None else opaque_document(unseen),))
    documents: tuple[Document, ...] = tuple(identity.documents)
    if identity.closed is not Truth.YES:
        because = identity.because
        if because is None:
            because = Unknown("other policies", "whether it has other policies is not known")
        documents = (*documents, opaque_document(because))
    return CallerSide(documents, None if identity.boundary is None else identity.boundary.document)


def judge_own_key(
    key: Key, request: Request, caller: CallerSide, world: World, callers_world: World
) -> tuple[Verdict, Unknown | None]:
    """ALLOWED or UNDETERMINED, and why: a denial in one's own account is told, and is no closed gate.

    The key policy is enough if it names the principal; else it has to leave the choice to the principal's policies.
    """
    grants = tuple(grant.for_deciding() for grant in key.grants)
    resource = ResourceSide(LayerKind.KEY_POLICY, key.account.id, (key.policy.document,), grants=grants)
    result = evaluate(request, caller, resource, world, callers_world=callers_world)
    if result.verdict is not Verdict.DENIED:
        return result.verdict, next(iter(result.unknowns), key.policy.because)
    layers = " and ".join(dict.fromkeys(layer.kind.value for layer in result.closed))
    who = describe(request.principal)
    words = f"the key is of the account of {who}, and there its {layers} do not allow {request.action}"
    return Verdict.UNDETERMINED, Unknown(f"{request.action} of {who}", words, origin=key.policy.span)
