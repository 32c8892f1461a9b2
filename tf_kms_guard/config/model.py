"""What a configuration says, as records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span


class NamedAccount(Struct, frozen=True):
    """An account with its name. ``organization`` and ``ou_paths`` say where in an organization it is."""

    name: str
    span: Span
    id: str
    organization: str | None = None
    ou_paths: tuple[str, ...] = ()


class WorkspaceSettings(Struct, frozen=True, eq=False):
    """What is said of the targets whose path ``pattern`` fits. ``account`` and ``accounts`` are ids.

    ``places``: where each argument is written.
    """

    pattern: str
    span: Span
    account: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[Path, ...] = ()
    variables: Mapping[str, Value] = field(default_factory=dict)
    workspace: str | None = None
    assume: Mapping[str, Value] = field(default_factory=dict)
    places: Mapping[str, Span] = field(default_factory=dict)

    @property
    def all_accounts(self) -> Mapping[str, str]:
        """Account ids by provider configuration."""
        return {**({} if self.account is None else {"aws": self.account}), **self.accounts}

    @property
    def all_regions(self) -> Mapping[str, str]:
        """Regions by provider configuration."""
        return {**({} if self.region is None else {"aws": self.region}), **self.regions}


class RuleSettings(Struct, frozen=True):
    """What is said of a rule. ``paths``: where, everywhere if empty."""

    rule: str
    span: Span
    enabled: bool = True
    severity: str | None = None
    paths: tuple[str, ...] = ()
    reason: str | None = None


class ExternalKey(Struct, frozen=True, eq=False):
    """A KMS key that no Terraform declares. ``policy`` is a file with its policy, ``aliases`` are names of aliases.

    ``places``: where each argument is written.
    """

    name: str
    span: Span
    arn: str
    policy: Path | None = None
    aliases: tuple[str, ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict)


class ExternalBucket(Struct, frozen=True, eq=False):
    """A bucket that no Terraform declares. ``key`` is the ARN of the key that it encrypts with by default."""

    name: str
    span: Span
    arn: str
    account: str | None = None
    region: str | None = None
    policy: Path | None = None
    key: str | None = None
    encryption: str | None = None
    bucket_key: bool | None = None
    places: Mapping[str, Span] = field(default_factory=dict)


class ExternalRole(Struct, frozen=True, eq=False):
    """A role that no Terraform declares. ``policies`` are files; ``complete``: they are all that it has."""

    name: str
    span: Span
    arn: str
    policies: tuple[Path, ...] = ()
    permissions_boundary: Path | None = None
    complete: bool = False
    places: Mapping[str, Span] = field(default_factory=dict)


class Config(Struct, frozen=True, eq=False):
    """One configuration file. ``path`` is for people; paths in it are relative to ``directory``."""

    path: str
    directory: Path
    fail_on: str | None = None
    min_severity: str | None = None
    min_confidence: str | None = None
    format: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    accounts: tuple[NamedAccount, ...] = ()
    workspaces: tuple[WorkspaceSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = ()
    external_keys: tuple[ExternalKey, ...] = ()
    external_buckets: tuple[ExternalBucket, ...] = ()
    external_roles: tuple[ExternalRole, ...] = ()
