"""Further questions about somebody who was judged already, asked when a rule wants to know."""

from __future__ import annotations

from tf_kms_guard.estate.access import Access, IntentAccess
from tf_kms_guard.estate.gates import Gatekeeper
from tf_kms_guard.iam.actions import Intent


def keeper_of(access: Access, judged: IntentAccess, *, presume: bool = True) -> Gatekeeper:
    """The gates on the way by which an intent was judged; without ``presume`` nothing is taken as given."""
    outsider, estate, bucket = access.outsider, access.estate, access.bucket
    itself = judged.principal is outsider.principal
    identity = outsider.identity if itself else estate.identity(judged.principal, bucket.workspace)
    world = estate.world if presume else estate.world.certain()
    return Gatekeeper(
        bucket,
        outsider,
        estate,
        world,
        judged.principal,
        identity,
        judged.object_key,
        judged.intent,
        judged.point,
    )


def writing(access: Access) -> IntentAccess | None:
    """How somebody was judged as a writer; ``None`` if it is not meant to write."""
    return next((one for one in access.intents if one.intent is Intent.WRITE), None)
