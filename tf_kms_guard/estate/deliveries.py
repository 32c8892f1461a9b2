"""Services that deliver to a bucket as themselves, under which key, and what that key's policy decides for them.

AWS provider documentation of the resource types named here; who asks, and on whose behalf: CloudTrail User Guide,
"Configure AWS KMS key policies for CloudTrail"; AWS Config Developer Guide, "Permissions for the KMS Key for the AWS
Config Delivery Channel"; S3 User Guide, "Configuring Amazon S3 Inventory" and "Using AWS KMS keys to encrypt your
metrics exports"; CloudWatch Logs User Guide, "Logs sent to Amazon S3".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final, TypeAlias, Union

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.encryption import KeyDirectory, aws_managed_keys, key_choice
from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Bucket, Estate, KeyChoice
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.service_requests import ask, lets_in_by_name
from tf_kms_guard.estate.texts import as_text, as_truth
from tf_kms_guard.iam.decide import Decision, Verdict
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.terraform.resource import BlockInstance, ResourceInstance
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, join_text, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ACTION: Final = "kms:GenerateDataKey"
"""Without it S3 writes nothing under a key. What a service asks for beside may be asked in its caller's name."""


ACCESS_LOGS: Final = "logging.s3.amazonaws.com"
"""The principal of S3 server access logging."""


class Service(Struct, frozen=True):
    """A service that delivers: its principal, its name for people, and the actions that its guide asks for."""

    principal: str
    name: str
    actions: tuple[str, ...]


_CLOUDTRAIL: Final = Service("cloudtrail.amazonaws.com", "CloudTrail", ("kms:GenerateDataKey*", "kms:DescribeKey"))
_CONFIG: Final = Service("config.amazonaws.com", "AWS Config", ("kms:Decrypt", ACTION))
_INVENTORY: Final = Service("s3.amazonaws.com", "S3 Inventory", (ACTION,))
_LENS: Final = Service("storage-lens.s3.amazonaws.com", "S3 Storage Lens", (ACTION,))
_LOGS: Final = Service("delivery.logs.amazonaws.com", "CloudWatch log delivery", ("kms:Decrypt", ACTION))

_CONFIG_ROLE: Final = ":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


class Delivery(Struct, frozen=True, eq=False):
    """A service that delivers to ``bucket``.

    ``key``: the one that it uses, ``None`` where that is not known, and ``because`` says why. ``by_default``: the
    bucket's default encryption names it. ``source_account`` and ``source_arn`` are on whose behalf it acts, as far as
    that is known. ``certain``: whether it surely is there. ``span``: where the key, or else the bucket, is named.
    """

    workspace: str
    address: str
    service: Service
    bucket: Bucket
    key: KeyChoice | None
    by_default: bool
    account: Account
    source_account: TextLike | None
    source_arn: TextLike | None
    certain: Truth
    span: Span
    because: Unknown | None = None
    decision: Decision | None = None

    @property
    def principal(self) -> Principal:
        """The service as a principal."""
        return parse_principal("Service", self.service.principal)


class LogSource(Struct, frozen=True, eq=False):
    """Something whose logs go to ``bucket``, which AWS supports with SSE-S3 only; ``certain``: that they surely do.

    ``decision``: of the key's policy, where it has been seen that a key can be used all the same.
    """

    workspace: str
    address: str
    principal: str
    name: str
    bucket: Bucket
    account: Account
    certain: Truth
    span: Span
    decision: Decision | None = None

    @property
    def of_load_balancer(self) -> bool:
        """Whether they are a load balancer's, not S3's own."""
        return self.principal != ACCESS_LOGS


class Delivered(Struct, frozen=True, eq=False):
    """What is delivered to one bucket."""

    services: tuple[Delivery, ...] = ()
    logs: tuple[LogSource, ...] = ()


NOTHING: Final = Delivered()

_Holder: TypeAlias = Union[ResourceInstance, BlockInstance]


def deliveries_of(reading: Reading, estate: Estate) -> dict[Place, Delivered]:
    """What is delivered to the buckets that ``estate`` has, by their places."""
    reader = _Reader(reading, estate)
    services: dict[Place, list[Delivery]] = {}
    for one in reader.services():
        services.setdefault(one.bucket.place, []).append(_decided(one, estate))
    logs: dict[Place, list[LogSource]] = {}
    for source in reader.logs():
        logs.setdefault(source.bucket.place, []).append(source)
    places = dict.fromkeys((*services, *logs))
    return {place: Delivered(tuple(services.get(place, ())), tuple(logs.get(place, ()))) for place in places}


def _decided(delivery: Delivery, estate: Estate) -> Delivery:
    """With what the key's policy decides."""
    key = None if delivery.key is None else delivery.key.key
    if key is None:
        return delivery
    arn, own = delivery.source_arn, {}
    if delivery.service is _CLOUDTRAIL and arn is not None:
        own["kms:EncryptionContext:aws:cloudtrail:arn"] = arn
    decision = ask(estate, delivery.principal, ACTION, delivery.bucket, key, delivery.source_account, arn, own)
    because = delivery.because
    if delivery.service is _CONFIG and decision.verdict is Verdict.DENIED:
        account = delivery.account
        role = parse_principal("AWS", join_text(("arn:", account.partition, ":iam::", account.id, _CONFIG_ROLE)))
        if lets_in_by_name(ask(estate, role, ACTION, delivery.bucket, key)):
            words = "the key policy names the service-linked role; whether AWS Config uses the key as that is not known"
            return replace(delivery, because=Unknown(f"{delivery.address} as its role", words, origin=key.policy.span))
    if decision.verdict is Verdict.UNDETERMINED and because is None:
        because = next(iter(decision.unknowns), None)
    return replace(delivery, decision=decision, because=because)


class _Reader:
    """Reads who delivers where."""

    def __init__(self, reading: Reading, estate: Estate) -> None:
        self.reading = reading
        self.estate = estate

    @cached_property
    def directory(self) -> KeyDirectory:
        """The keys that can be named; made where one is."""
        return KeyDirectory(self.estate.keys, self.estate.aliases, self.reading.world, aws_managed_keys(self.reading))

    def services(self) -> Iterator[Delivery]:
        """The services that deliver as themselves."""
        yield from self._trails()
        yield from self._channels()
        yield from self._inventories()
        yield from self._lenses()
        yield from self._flow_logs()
        yield from self._log_destinations()

    def _trails(self) -> Iterator[Delivery]:
        for trail in self.reading.of_type("aws_cloudtrail"):
            of_organization = as_truth(self.reading.value(trail, "is_organization_trail"), Truth.NO)
            arn: TextLike | None = None
            if of_organization is Truth.NO:  # else it is the management account's
                arn = self.reading.attribute(trail, "arn")
            its = None if arn is None else self.reading.account(trail).id
            yield from self._with_own_key(
                trail, _CLOUDTRAIL, "s3_bucket_name", "kms_key_id", source_account=its, source_arn=arn
            )

    def _channels(self) -> Iterator[Delivery]:
        """Under the service-linked role AWS Config delivers as itself, else as the recorder's role."""
        for channel in self.reading.of_type("aws_config_delivery_channel"):
            if self._records_as_itself(channel):
                its = self.reading.account(channel).id
                yield from self._with_own_key(
                    channel, _CONFIG, "s3_bucket_name", "s3_kms_key_arn", source_account=its, source_arn=None
                )

    def _records_as_itself(self, channel: ResourceInstance) -> bool:
        """Whether the recorder of the channel's account and Region surely uses the service-linked role."""
        here, world = self.reading.account(channel), self.reading.world.certain()
        recorders = []
        for recorder in self.reading.of_type("aws_config_configuration_recorder"):
            there = self.reading.account(recorder)
            same = equal(there.id, here.id, world) & equal(there.region, here.region, world)
            if same is not Truth.NO:
                recorders.append((recorder, same))
        if len(recorders) != 1 or recorders[0][1] is not Truth.YES:
            return False
        role = self.reading.text(recorders[0][0], "role_arn")
        if role is None:
            return False
        if (known(role) or "").endswith(_CONFIG_ROLE):
            return True
        return any(
            known(linked.attribute("aws_service_name")) == _CONFIG.principal
            and equal(self.reading.attribute(linked, "arn"), role, world) is Truth.YES
            for linked in self.reading.of_type("aws_iam_service_linked_role")
        )

    def _inventories(self) -> Iterator[Delivery]:
        for inventory in self.reading.of_type("aws_s3_bucket_inventory"):
            source = self.reading.text(inventory, "bucket")
            account = self.reading.account(inventory)
            arn = None if source is None else join_text(("arn:", account.partition, ":s3:::", source))
            destination, there = self._inside(inventory, "destination", "bucket")
            if destination is None:
                continue
            bucket = self._bucket(self.reading.text(destination, "bucket_arn"))
            block, sure = self._inside(destination, "encryption", "sse_kms")
            if bucket is not None and block is not None:
                yield self._named(
                    inventory, _INVENTORY, bucket, block, "key_id", arn, there & sure, source_account=account.id
                )

    def _lenses(self) -> Iterator[Delivery]:
        for lens in self.reading.of_type("aws_s3control_storage_lens_configuration"):
            account, name = self.reading.account(lens), self.reading.text(lens, "config_id")
            owner = self.reading.text(lens, "account_id")
            owner = account.id if owner is None else owner
            arn: TextLike | None = None
            if name is not None:
                start = ("arn:", account.partition, ":s3:", account.region, ":", owner)
                arn = join_text((*start, ":storage-lens/", name))
            destination, there = self._inside(
                lens, "storage_lens_configuration", "data_export", "s3_bucket_destination"
            )
            if destination is None:
                continue
            bucket = self._bucket(self.reading.text(destination, "arn"))
            block, sure = self._inside(destination, "encryption", "sse_kms")
            if bucket is not None and block is not None:
                yield self._named(lens, _LENS, bucket, block, "key_id", arn, there & sure, source_account=owner)

    def _flow_logs(self) -> Iterator[Delivery]:
        for flow in self.reading.of_type("aws_flow_log"):
            kind = self.reading.text(flow, "log_destination_type")
            said = None if kind is None else known(kind)
            bucket = self._bucket(self.reading.text(flow, "log_destination"))
            if bucket is None or kind is None or said not in (None, "s3"):
                continue
            account = self.reading.account(flow)
            rest = Unknown(f"{flow.address} delivers as", "which ARN of CloudWatch Logs the delivery has is not known")
            start = ("arn:", account.partition, ":logs:", account.region, ":", account.id)
            arn = join_text((*start, ":", rest))
            sure = Truth.YES if said == "s3" else Truth.UNKNOWN
            yield self._by_default(flow, _LOGS, bucket, flow.span_of("log_destination"), sure, account.id, arn)

    def _log_destinations(self) -> Iterator[Delivery]:
        """Whose logs come there, another resource says: they may be those of another account."""
        for one in self.reading.of_type("aws_cloudwatch_log_delivery_destination"):
            block, sure = self._inside(one, "delivery_destination_configuration")
            bucket = None if block is None else self._bucket(self.reading.text(block, "destination_resource_arn"))
            if bucket is not None and block is not None:
                span = block.span_of("destination_resource_arn")
                yield self._by_default(one, _LOGS, bucket, span, sure, None, None)

    # ---- what does not go to a bucket under KMS

    def logs(self) -> Iterator[LogSource]:
        """Load balancers' logs and S3's own."""
        for balancer in self.reading.of_type("aws_lb", "aws_alb"):
            kind = self.reading.text(balancer, "load_balancer_type")
            said = "application" if kind is None else known(kind)
            if said not in (None, "application"):
                continue
            application = Truth.YES if said is not None else Truth.UNKNOWN
            for name in ("access_logs", "connection_logs"):
                block, sure = self._inside(balancer, name)
                if block is not None:
                    sure &= application & as_truth(self.reading.value(block, "enabled"), Truth.NO)
                    yield from self._logs(
                        balancer,
                        block,
                        "bucket",
                        sure,
                        "logdelivery.elasticloadbalancing.amazonaws.com",
                        "an Application Load Balancer",
                    )
        said_by: list[tuple[ResourceInstance, _Holder, Truth]] = [
            (one, one, Truth.YES) for one in self.reading.of_type("aws_s3_bucket_logging")
        ]
        for bucket in self.reading.of_type("aws_s3_bucket"):
            said_by.extend((bucket, block, self.reading.presence(block)) for block in bucket.blocks("logging"))
        for owner, holder, sure in said_by:
            for log in self._logs(owner, holder, "target_bucket", sure, ACCESS_LOGS, "S3 server access logging"):
                choice = log.bucket.encryption.key
                if choice is None or choice.key is None:
                    yield log
                    continue
                service = parse_principal("Service", ACCESS_LOGS)
                yield replace(log, decision=ask(self.estate, service, ACTION, log.bucket, choice.key))

    def _logs(
        self, owner: ResourceInstance, holder: _Holder, argument: str, sure: Truth, principal: str, name: str
    ) -> Iterator[LogSource]:
        bucket = self._bucket(self.reading.text(holder, argument))
        sure &= self.reading.presence(owner)
        if bucket is not None and sure is not Truth.NO:
            workspace, address = self.reading.place(owner)
            account = self.reading.account(owner)
            yield LogSource(workspace, address, principal, name, bucket, account, sure, holder.span_of(argument))

    # ---- parts

    def _inside(self, holder: _Holder, *kinds: str) -> tuple[BlockInstance | None, Truth]:
        """The one block at the end of a path of types, and whether it surely is there."""
        sure = Truth.YES
        found: BlockInstance | None = None
        for kind in kinds:
            there = [one for one in holder.blocks(kind) if self.reading.presence(one) is not Truth.NO]
            if len(there) != 1:
                return None, Truth.NO
            found = holder = there[0]
            sure &= self.reading.presence(found)
        return found, sure

    def _bucket(self, text: TextLike | None) -> Bucket | None:
        """The declared bucket that a name or ARN surely means."""
        if text is None:
            return None
        name = bucket_named(text)
        buckets = self.estate.buckets_of(text if name is None else name)
        return buckets[0] if len(buckets) == 1 else None

    def _with_own_key(
        self,
        resource: ResourceInstance,
        service: Service,
        target: str,
        argument: str,
        *,
        source_account: TextLike | None,
        source_arn: TextLike | None,
    ) -> Iterator[Delivery]:
        """A delivery whose resource may name a key; without one it is not known whether the bucket's default counts."""
        bucket = self._bucket(self.reading.text(resource, target))
        if bucket is None:
            return
        if self.reading.text(resource, argument) is not None:
            yield self._named(
                resource, service, bucket, resource, argument, source_arn, Truth.YES, source_account=source_account
            )
            return
        words = f"whether {service.name} uses the bucket's default key where it is given none is not known"
        because = Unknown(f"{resource.address}.{argument}", words, origin=resource.span_of(target))
        one = self._by_default(
            resource, service, bucket, resource.span_of(target), Truth.YES, source_account, source_arn
        )
        yield replace(one, key=None, because=because)

    def _named(
        self,
        resource: ResourceInstance,
        service: Service,
        bucket: Bucket,
        holder: _Holder,
        argument: str,
        source_arn: TextLike | None,
        sure: Truth,
        *,
        source_account: TextLike | None,
    ) -> Delivery:
        """A delivery under the key that ``argument`` names."""
        value = as_text(self.reading.value(holder, argument))
        choice = None if value is None else key_choice(self.reading, value, resource, self.directory)
        one = self._by_default(resource, service, bucket, holder.span_of(argument), sure, source_account, source_arn)
        return replace(one, key=choice, by_default=False, because=None if choice is None else choice.because)

    def _by_default(
        self,
        resource: ResourceInstance,
        service: Service,
        bucket: Bucket,
        span: Span,
        sure: Truth,
        source_account: TextLike | None,
        source_arn: TextLike | None,
    ) -> Delivery:
        """A delivery under the key of the bucket's default encryption."""
        workspace, address = self.reading.place(resource)
        encryption = bucket.encryption
        return Delivery(
            workspace,
            address,
            service,
            bucket,
            encryption.key,
            True,
            self.reading.account(resource),
            source_account,
            source_arn,
            sure & self.reading.presence(resource),
            span,
            encryption.because if encryption.key is None else encryption.key.because,
        )
