"""Further questions about somebody who was judged already, asked when a rule wants to know."""

from __future__ import annotations

from tf_kms_guard.estate.access import Access, IntentAccess
from tf_kms_guard.estate.gates import Gatekeeper
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.values.unknown import Unknown


def keeper_of(access: Access, judged: IntentAccess, *, presume: bool = True, any_object: bool = False) -> Gatekeeper:
    """The gates on the way by which an intent was judged; without ``presume`` nothing is taken as given.

    ``any_object``: the object is not the one by which it was judged, but any one.
    """
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
        Unknown("some object", "some object that no statement names by itself may pass")
        if any_object
        else judged.object_key,
        judged.intent,
        judged.point,
    )


def writing(access: Access) -> IntentAccess | None:
    """How somebody was judged as a writer; ``None`` if it is not meant to write."""
    return next((one for one in access.intents if one.intent is Intent.WRITE), None)
