"""The form of a facts file, as ``docs/schema/facts-1.json`` describes it.

A file is read into these records and by that checked: whatever does not fit is refused. Values are arrays that begin
with a word for their kind, so that no text in them can be taken for anything but text.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, Union

from msgspec import Meta, Struct, field

VERSION: Final = 1

Number: TypeAlias = Annotated[int, Meta(ge=1, le=2**31)]


class At(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place. Without ``file`` it is the file of what encloses it; ``calls`` are the module calls that lead there."""

    line: Number
    column: Number
    end_line: Number
    end_column: Number
    file: str | None = None
    calls: tuple[At, ...] = ()


class PlacedText(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="s"):
    """A text, and where it is written."""

    text: str
    at: At


class Hole(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="u"):
    """What is not known: a name in the workspace's ``unknowns``."""

    name: str


class JoinedText(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="t"):
    """A text in pieces."""

    pieces: tuple[str | PlacedText | Hole, ...]


class Decimals(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="n"):
    """A number that is no small whole one."""

    text: Annotated[str, Meta(pattern=r"\A-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?\Z")]


class Items(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="l"):
    """A list or tuple."""

    items: tuple[Value, ...]
    at: At | None = None
    collection: bool | str | None = None


class Members(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="o"):
    """A map or object whose keys are known."""

    members: dict[str, Value]
    at: At | None = None
    collection: bool | str | None = None


class Pairs(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="m"):
    """A map or object some of whose keys are not known."""

    members: tuple[tuple[str | Hole | JoinedText, Value], ...]
    at: At | None = None
    collection: bool | str | None = None


class Elements(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="set"):
    """A set; ``exact``: it has no fewer elements than these."""

    items: tuple[Value, ...]
    exact: bool = True


class Alternatives(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="?"):
    """One of several values, by a condition that is not known."""

    condition: Hole
    alternatives: Annotated[tuple[tuple[bool | str, Value], ...], Meta(min_length=1, max_length=64)]


class EncodedJson(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="json"):
    """The text that a value is as JSON."""

    value: Value
    layout: Literal["sorted", "compact", "indented"] = "sorted"


class Thing(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="r"):
    """A whole resource or module as a value."""

    address: str


Value: TypeAlias = Union[
    None,
    bool,
    int,
    str,
    PlacedText,
    Hole,
    JoinedText,
    Decimals,
    Items,
    Members,
    Pairs,
    Elements,
    Alternatives,
    EncodedJson,
    Thing,
]


class LooksLike(Struct, frozen=True, forbid_unknown_fields=True):
    """What a text that is not known must look like, where it is not one of the usual shapes."""

    name: str
    alphabet: str | None = None
    minimum: Annotated[int, Meta(ge=0)] = 0
    maximum: Annotated[int, Meta(ge=0)] | None = None


class NotKnown(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is not known. ``identity``: where it is not the name under which it is listed.

    ``link``: the data source of another workspace's things that it came from, and the steps from there to it.
    ``encodes``: it is the JSON of another value that is not known.
    """

    because: str
    identity: str | None = None
    shape: str | LooksLike | None = None
    minted: bool = False
    unique: bool = False
    settle: str | None = None
    origin: At | None = None
    shown: str | None = None
    link: tuple[str, tuple[str | int, ...]] | None = None
    encodes: str | None = None


class State(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a state is kept: a type of backend, and the arguments that tell it from others."""

    kind: str
    arguments: tuple[tuple[str, str], ...]


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """A data source that finds what another workspace declares: its state, or the name that is looked up."""

    type: str
    state: State | None = None
    name: str | None = None
    account: Value = None
    region: Value = None


class Setting(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An argument: its value, where it is set, how a policy is written, and whether a plan or state says what it is."""

    value: Value
    at: At
    form: Literal["jsonencode", "document", "json"] = "jsonencode"
    recorded: bool = False


class Block(Struct, frozen=True, forbid_unknown_fields=True):
    """A nested block. ``untold``: blocks in it that a plan leaves open, each with the unknown."""

    at: At
    path: str
    presence: Value = True
    set: dict[str, Setting] = field(default_factory=dict)
    blocks: dict[str, tuple[Block, ...]] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)


class Resource(Struct, frozen=True, forbid_unknown_fields=True):
    """One instance of a resource or data source.

    ``ignores``: arguments whose changes are ignored. ``in_force`` and ``blocks_in_force``: what a plan or state knows
    of arguments that are not set; ``reads``: of attributes that others refer to.
    """

    address: str
    type: str
    name: str
    provider: str
    at: At
    mode: Literal["managed", "data"] = "managed"
    presence: Value = True
    set: dict[str, Setting] = field(default_factory=dict)
    blocks: dict[str, tuple[Block, ...]] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)
    ignores: tuple[str, ...] = ()
    in_force: dict[str, Value] = field(default_factory=dict)
    blocks_in_force: dict[str, tuple[Block, ...]] = field(default_factory=dict)
    reads: dict[str, Value] = field(default_factory=dict)


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """The account and Region of a provider configuration. ``met``: something that is judged belongs to it."""

    id: str | PlacedText | Hole | JoinedText
    region: str | PlacedText | Hole | JoinedText
    partition: str | PlacedText | Hole | JoinedText
    evidence: str
    at: At | None = None
    met: bool = True


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a plan takes away, with the names that it had."""

    type: str
    before: dict[str, str] = field(default_factory=dict)


class Call(Struct, frozen=True, forbid_unknown_fields=True):
    """A call of a module that was not read, with what of the things here it is given."""

    address: str
    at: At
    given: tuple[Value, ...] = ()


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """What went wrong while the workspace was read."""

    kind: Literal["syntax", "input", "evaluation", "module-missing"]
    message: str
    at: At | None = None
    file: str | None = None


class Remark(Struct, frozen=True, forbid_unknown_fields=True):
    """A comment that suppresses findings: its words, the code that it stands at, and the block that it is in."""

    text: str
    place: At
    at: tuple[At, ...] = ()
    inside: At | None = None


class WorkspaceFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """What one workspace contributes.

    ``files``: the files that places name, with their sizes in bytes. ``rests_on``: what everything here rests on.
    """

    source: str
    kind: Literal["hcl", "plan", "tfplan", "state"]
    accounts: dict[str, Account] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    state: State | None = None
    outputs: dict[str, Value] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    calls: tuple[Call, ...] = ()
    gone: tuple[Gone, ...] = ()
    links: dict[str, Link] = field(default_factory=dict)
    unknowns: dict[str, NotKnown] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    errors: tuple[Problem, ...] = ()
    remarks: tuple[Remark, ...] = ()
    other_partitions: bool = False
    rests_on: tuple[str, ...] = ()


class Facts(Struct, frozen=True, forbid_unknown_fields=True):
    """A facts file."""

    facts_version: int
    tool: dict[str, str]
    workspaces: tuple[WorkspaceFacts, ...]


class Versioned(Struct, frozen=True):
    """What is read of a file first."""

    facts_version: int
