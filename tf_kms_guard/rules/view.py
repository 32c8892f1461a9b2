"""What a rule looks at: one bucket with its outsiders, judged."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from tf_kms_guard.estate.access import Access, BucketAccess
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.load_balancers import LOAD_BALANCERS
from tf_kms_guard.estate.model import Bucket, Estate, Hindrance, Key, KeyForm
from tf_kms_guard.estate.planned import Planned
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.principal import PrincipalKind
from tf_kms_guard.rules.finding import Finding
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import known
from tf_kms_guard.values.truth import Truth


class View(Struct, frozen=True, eq=False):
    """One bucket and everybody who is meant to use it; ``planned``: what the plan does that is checked.

    ``explained`` is where :mod:`.diagnosis` keeps its findings, which several rules share.
    """

    judged: BucketAccess
    planned: Planned | None = None
    explained: list[tuple[Finding, ...]] = field(default_factory=list)

    @property
    def bucket(self) -> Bucket:
        """The bucket."""
        return self.judged.bucket

    @property
    def before(self) -> BucketAccess | None:
        """The bucket before the plan, if it is there already and stays."""
        if self.planned is None or self.planned.removes(self.bucket.address):
            return None
        return self.planned.before.get(self.bucket.address)

    @property
    def estate(self) -> Estate:
        """What the workspaces declare."""
        return self.judged.estate

    @property
    def accesses(self) -> tuple[Access, ...]:
        """Its outsiders, judged; those that only the key policy hints at are left out.

        So is the intent to replicate where the replication is known: of that :mod:`.replicator` speaks.
        """
        return tuple(one for access in self.judged.accesses if (one := _without_replicas(access)) is not None)

    @property
    def hinted(self) -> tuple[Access, ...]:
        """Outsiders that only a statement of the key policy about this bucket hints at."""
        return tuple(access for access in self.judged.accesses if access.outsider.hinted)

    @property
    def uses_aws_managed_key(self) -> bool:
        """Whether the bucket surely encrypts with ``aws/s3``."""
        choice = self.bucket.encryption.key
        return self.judged.settled and choice is not None and choice.form is KeyForm.AWS_MANAGED

    @property
    def key_elsewhere(self) -> bool:
        """Whether the key surely is in another Region than the bucket."""
        choice = self.bucket.encryption.key
        if not self.judged.settled or choice is None or choice.region is None or choice.form is KeyForm.AWS_MANAGED:
            return False
        here, there = known(self.bucket.region), known(choice.region)
        return here is not None and there is not None and here != there

    @property
    def key_is_invalid(self) -> bool:
        """Whether what stands for the key surely names none."""
        choice = self.bucket.encryption.key
        return self.judged.settled and choice is not None and choice.form is KeyForm.INVALID

    @property
    def key_that_goes(self) -> Key | None:
        """The key that the bucket goes on naming while the plan deletes it."""
        choice, before = self.bucket.encryption.key, self.before
        if self.planned is None or before is None or choice is None or choice.value is None or choice.key is not None:
            return None
        if not self.judged.settled or choice.form not in (KeyForm.ARN, KeyForm.KEY_ID):
            return None
        region, world = self.bucket.region, self.estate.world
        for key in before.estate.keys:
            if self.planned.removes(key.address) and key.names.named_by(choice.value, region, world) is Truth.YES:
                return key
        return None

    @property
    def hindrance(self) -> Hindrance | None:
        """Why S3 surely cannot use the key."""
        choice = self.bucket.encryption.key
        return None if not self.judged.settled or choice is None or choice.key is None else choice.key.hindrance

    @property
    def nobody_can(self) -> bool:
        """Whether nobody at all can use the bucket with this key, whoever owns it."""
        useless = self.key_elsewhere or self.key_is_invalid or self.hindrance is not None
        return useless or self.key_that_goes is not None

    @property
    def key_never_works(self) -> bool:
        """Whether no policy can open this bucket's key, so that the KMS gates are not worth a word.

        A key that S3 cannot use as it is may be mended and keep its policy, which is judged then.
        """
        gone = self.key_that_goes is not None
        return self.uses_aws_managed_key or self.key_elsewhere or self.key_is_invalid or gone

    def foreign(self, access: Access, *, presume: bool = True) -> Truth:
        """Whether an outsider is of another account than the bucket; without ``presume`` nothing is taken as given."""
        principal = access.outsider.principal
        if principal.kind is PrincipalKind.ORGANIZATION:
            return Truth.YES
        if principal.account is None:
            return Truth.UNKNOWN
        world = self.estate.world if presume else self.estate.world.certain()
        return ~equal(principal.account, self.bucket.account.id, world)

    def sends_logs_in_vain(self, access: Access) -> bool:
        """Whether it is an account that writes a load balancer's logs, which cannot come here under any key."""
        account = access.outsider.principal.account
        if account is None or known(account) not in LOAD_BALANCERS or not self.judged.settled:
            return False
        return any(one.certain is Truth.YES and one.of_load_balancer for one in self.judged.delivered.logs)

    def closed(self, gate: Gate) -> Iterator[Access]:
        """The outsiders for whom a gate that is not their own account's is closed."""
        of_the_key = gate in (Gate.KEY_POLICY, Gate.IDENTITY_KMS)
        if self.key_never_works and of_the_key:
            return
        for access in self.accesses:
            if of_the_key and self.sends_logs_in_vain(access):
                continue
            judged = access.gate(gate)
            if judged is not None and judged.closed and judged.result.foreign is Truth.YES:
                yield access


def _without_replicas(access: Access) -> Access | None:
    if access.outsider.hinted:
        return None
    return access if access.outsider.replicas is None else access.without(Intent.REPLICATE)
