"""The configuration of a run: which file counts for which target, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, field

from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.config.discovery import find_config
from tf_kms_guard.config.forms import nearest
from tf_kms_guard.rules.catalogue import UNDETERMINED
from tf_kms_guard.rules.finding import Confidence, InputError, Severity
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.variables import GivenVariable, Standing

if TYPE_CHECKING:
    from tf_kms_guard.cli.targets import Target
    from tf_kms_guard.config.model import Config, WorkspaceSettings
    from tf_kms_guard.config.reading import Vocabulary
    from tf_kms_guard.terraform.workspace import Workspace

_T = TypeVar("_T")


class Wishes(Struct, frozen=True):
    """What the command line says of findings; ``select`` are the rules that it names (ids or names)."""

    min_severity: Severity | None = None
    min_confidence: Confidence | None = None
    select: Collection[str] = ()

    @property
    def is_any(self) -> bool:
        """Whether some findings are not to be seen."""
        return self.min_severity is not None or self.min_confidence is not None


class Said(Struct, frozen=True, eq=False):
    """What the configuration says of one target.

    ``said_in``: by provider name, where its account is said. ``exact``: the blocks whose label is the target's path.
    """

    config: Config | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    said_in: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    standing: Standing | None = None
    workspace: str | None = None
    assumed: Mapping[str, Value] = field(default_factory=dict)
    exact: tuple[WorkspaceSettings, ...] = ()


NOTHING: Final = Said()


class Configuration:
    """The configurations of one run, each read when the first target needs it.

    ``file`` is the one that was named, which counts for every target. Without ``look`` none is looked for.
    ``exclude``: patterns of paths below the working directory.
    """

    def __init__(self, file: Path | None = None, look: bool = False, exclude: tuple[str, ...] = ()) -> None:
        self._file = file
        self._look = look
        self._exclude = exclude
        self._found: dict[Path, Path | None] = {}
        self._read: dict[Path, Config] = {}
        self.excluded = False

    def of(self, target: Target) -> Config | None:
        """The configuration that counts for a target.

        Raises:
            UsageError: it cannot be read, or something in it is wrong.
        """
        path = self._path(target.directory)
        if path is None:
            return None
        if path not in self._read:
            self._read[path] = _read(path, named=self._file is not None)
        return self._read[path]

    def _path(self, directory: Path) -> Path | None:
        if self._file is not None or not self._look:
            return self._file
        if directory not in self._found:
            self._found[directory] = find_config(directory)
        return self._found[directory]

    def excludes(self, target: Target) -> bool:
        """Whether a target is not to be checked: an option says so, or its configuration does of one that was found.

        Raises:
            UsageError: its configuration cannot be read.
        """
        config = None if target.named else self.of(target)
        excluded = bool(self._exclude) and _lies_below(target.place, Path(), self._exclude)
        excluded = excluded or (config is not None and _lies_below(target.place, config.directory, config.exclude))
        self.excluded |= excluded
        return excluded

    def said_of(self, target: Target) -> Said:
        """What the configuration says of a target.

        Raises:
            UsageError: it cannot be read.
        """
        config = self.of(target)
        if config is None:
            return NOTHING
        return _said(config, [block for block in config.workspaces if _is_meant(block.pattern, target, config)])

    def value_files(self, target: Target) -> tuple[Path, ...]:
        """The files of variables that a target is configured to have.

        Raises:
            UsageError: its configuration cannot be read.
        """
        standing = self.said_of(target).standing
        return () if standing is None else standing.files

    def agreed(self, argument: str, value: Callable[[Config], _T | None]) -> _T | None:
        """What the configurations that were read say of something that is one for the whole run.

        Raises:
            UsageError: two of them contradict each other.
        """
        said = [(config, found) for config in self._read.values() if (found := value(config))]
        for config, found in said:
            if found != said[0][1]:
                raise UsageError(
                    f"{said[0][0].path} and {config.path} say different things of {argument}: "
                    f"say it with --{argument.replace('_', '-')}"
                )
        return said[0][1] if said else None


def _read(path: Path, *, named: bool) -> Config:
    from tf_kms_guard.config.errors import ConfigError
    from tf_kms_guard.config.reading import read_config
    from tf_kms_guard.reports.lines import shown

    try:
        return read_config(path, vocabulary(), named=named)
    except ConfigError as error:
        raise UsageError(shown(str(error))) from error


def vocabulary() -> Vocabulary:
    """The names of rules and formats that a configuration may use."""
    from tf_kms_guard.config.reading import Vocabulary
    from tf_kms_guard.reports.interface import FORMATS
    from tf_kms_guard.rules.engine import chosen

    rules = {word: rule.info.id for rule in chosen((), ()) for word in (rule.info.id, rule.info.name)}
    return Vocabulary(rules, tuple(FORMATS), frozenset((UNDETERMINED,)))


def _lies_below(path: Path, directory: Path, patterns: tuple[str, ...]) -> bool:
    from tf_kms_guard.config.patterns import is_below, relative

    place = relative(path, directory) if patterns else None
    return place is not None and is_below(place, patterns)


def _is_meant(pattern: str, target: Target, config: Config) -> bool:
    """A plan or state is meant by its own path, and by that of its directory."""
    from tf_kms_guard.config.patterns import path_fits, relative

    places = (relative(place, config.directory) for place in dict.fromkeys((target.place, target.directory)))
    return any(place is not None and path_fits(place, pattern) for place in places)


def _said(config: Config, blocks: Iterable[WorkspaceSettings]) -> Said:
    """What several blocks say together: the later ones count."""
    from tf_kms_guard.config.patterns import is_exact

    accounts: dict[str, str] = {}
    said_in: dict[str, str] = {}
    regions: dict[str, str] = {}
    files: tuple[Path, ...] = ()
    variables: dict[str, GivenVariable] = {}
    workspace: str | None = None
    assumed: dict[str, Value] = {}
    exact: list[WorkspaceSettings] = []
    for block in blocks:
        accounts |= block.all_accounts
        said_in |= dict.fromkeys(block.all_accounts, f"{config.path}:{block.span.line}")
        regions |= block.all_regions
        files = block.var_files or files
        place = block.places.get("variables")
        variables |= {name: GivenVariable(value, place, config.path) for name, value in block.variables.items()}
        workspace = block.workspace or workspace
        assumed |= block.assume
        if is_exact(block.pattern):
            exact.append(block)
    standing = Standing(files, variables) if files or variables else None
    return Said(config, accounts, said_in, regions, standing, workspace, assumed, tuple(exact))


def meaningless(said: Said, workspace: Workspace) -> Iterator[InputError]:
    """What the configuration says of exactly this root module, and names nothing in it."""
    declared = workspace.root.module.variables
    has_own = workspace.overlay is not None and workspace.overlay.has_variables
    for block in said.exact:
        names = workspace.provider_names()
        for argument, providers in (("accounts", block.accounts), ("regions", block.regions)):
            for provider in providers:
                if provider not in names:
                    yield _no_such(block, argument, f"provider configuration {provider}", provider, names)
        for name in () if has_own else block.variables:
            if name not in declared:
                yield _no_such(block, "variables", f"variable {name}", name, declared)
        for address in block.assume:
            if not workspace.declares(address):
                yield _no_such(block, "assume", f"address {address}", address, ())


def _no_such(block: WorkspaceSettings, argument: str, thing: str, word: str, there: Iterable[str]) -> InputError:
    near = nearest(word, there)
    hint = f": did you mean {near}?" if near else ""
    place = block.places[argument]
    return InputError("input", f"{argument}: there is no {thing} in {block.pattern}{hint}", place.file, place.line)
