"""What configurations say of things outside Terraform, with the policies in the files that they name."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.estate.model import Estate, Membership
from tf_kms_guard.estate.outside import Outside, OutsideBucket, OutsideKey, OutsideRole, described_and_declared
from tf_kms_guard.estate.policy_files import NotAPolicy, PolicyFile, read_policy_file
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.rules.finding import InputError
from tf_kms_guard.terraform.files import LARGEST_SOURCE, Unreadable, display_path, read_bytes, repository_root

if TYPE_CHECKING:
    from tf_kms_guard.config.model import Config, ExternalBucket, ExternalKey, ExternalRole


def outside_of(configs: Iterable[Config | None]) -> Outside | None:
    """What the configurations of the targets of one estate describe together; ``None`` where they describe nothing.

    Raises:
        UsageError: a file holds no policy, or two configurations describe one thing differently.
    """
    files = {config.path: config for config in configs if config is not None}
    memberships: dict[str, set[Membership]] = {}
    reader = _Reader()
    for config in files.values():
        for account in config.accounts:
            if account.organization is not None or account.ou_paths:
                organization = account.organization or account.ou_paths[0].split("/", 1)[0]
                memberships.setdefault(account.id, set()).add(Membership(organization, account.ou_paths))
        reader.read(config)
    surely = {id_: next(iter(found)) for id_, found in memberships.items() if len(found) == 1}
    if not surely and not reader.any:
        return None
    return Outside(tuple(reader.keys), tuple(reader.buckets), tuple(reader.roles), surely)


class _Reader:
    """Reads the blocks of several configurations; what two of them describe alike is one thing."""

    def __init__(self) -> None:
        self.keys: list[OutsideKey] = []
        self.buckets: list[OutsideBucket] = []
        self.roles: list[OutsideRole] = []
        self._texts: dict[Path, str] = {}
        self._described: dict[str, tuple[Hashable, str]] = {}

    @property
    def any(self) -> bool:
        """Whether anything is described."""
        return bool(self.keys or self.buckets or self.roles)

    def read(self, config: Config) -> None:
        """The blocks of one configuration."""
        for key in config.external_keys:
            policy = None if key.policy is None else self._file(key.policy, config)
            if self._is_new(config, "external_key", key, (self._text(key.policy), key.aliases)):
                address = f"external_key.{key.name}"
                self.keys.append(OutsideKey(config.path, address, key.span, key.arn, policy, key.aliases))
        for bucket in config.external_buckets:
            policy = None if bucket.policy is None else self._file(bucket.policy, config)
            more = (bucket.account, bucket.region, bucket.key, bucket.encryption, bucket.bucket_key)
            if self._is_new(config, "external_bucket", bucket, (self._text(bucket.policy), *more)):
                self.buckets.append(_bucket(config.path, bucket, policy))
        for role in config.external_roles:
            policies = tuple(self._file(path, config) for path in role.policies)
            boundary = None
            if role.permissions_boundary is not None:
                boundary = self._file(role.permissions_boundary, config)
                if boundary.document is None:
                    raise UsageError(f"{boundary.span.file}: this names policies, and a permissions boundary is one")
            texts = (*map(self._text, role.policies), self._text(role.permissions_boundary), role.complete)
            if self._is_new(config, "external_role", role, texts):
                address = f"external_role.{role.name}"
                self.roles.append(
                    OutsideRole(config.path, address, role.span, role.arn, policies, boundary, role.complete)
                )

    def _is_new(
        self, config: Config, kind: str, one: ExternalKey | ExternalBucket | ExternalRole, said: Hashable
    ) -> bool:
        place = f"{one.span.file}:{one.span.line}"
        earlier, where = self._described.setdefault(one.arn, (said, place))
        if earlier != said:
            raise UsageError(
                shown(f'{place}: {kind} "{one.name}" describes {one.arn} otherwise than {where} does: make them agree')
            )
        return where == place

    def _text(self, path: Path | None) -> str | None:
        return None if path is None else self._texts[path]

    def _file(self, path: Path, config: Config) -> PolicyFile:
        name = display_path(path)
        try:
            data = read_bytes(path, LARGEST_SOURCE, repository_root(config.directory))
            self._texts[path] = data.decode("utf-8-sig")
            return read_policy_file(self._texts[path], name)
        except (Unreadable, UnicodeDecodeError) as error:
            raise UsageError(shown(f"{name}: cannot read this policy: {error}")) from error
        except NotAPolicy as error:
            raise UsageError(shown(str(error))) from error


def _bucket(where: str, bucket: ExternalBucket, policy: PolicyFile | None) -> OutsideBucket:
    return OutsideBucket(
        where,
        f"external_bucket.{bucket.name}",
        bucket.span,
        bucket.arn,
        bucket.account,
        bucket.region,
        policy,
        bucket.encryption,
        bucket.key,
        bucket.bucket_key,
        bucket.places.get("key") or bucket.places.get("encryption"),
    )


def presumed_outside(outside: Outside | None) -> dict[str, str]:
    """By file, what everything rests on that is said of a thing described there."""
    words = "presumed: things outside Terraform are as {} describes them, and nothing else lets anybody in"
    return {} if outside is None else {place: words.format(place) for place in outside.places}


def needless(outside: Outside | None, estate: Estate) -> Iterator[InputError]:
    """Blocks for what a workspace declares: what is declared counts."""
    if outside is None:
        return
    for one, address, workspace in described_and_declared(outside, estate):
        kind, _, name = one.address.partition(".")
        message = (
            f'{kind} "{name}" describes {one.arn}, which {address} in {workspace} declares: what is declared counts'
        )
        message += ", take the block out"
        yield InputError("evaluation", message, one.span.file, one.span.line, one.span.column)
