"""The reports of tf-kms-guard: run as a program once for each root module or plan, and remembered."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import Any, NamedTuple

PROGRAM = "TF_KMS_GUARD"
"""The environment variable that names the program; without it ``tf-kms-guard`` is looked for on the PATH."""
ARGUMENTS = "TF_KMS_GUARD_ARGS"
"""The environment variable with further options of ``tf-kms-guard check``, written as for a shell."""
SCHEMA_VERSION = 1
FATAL = ("syntax", "input")
"""Kinds of errors by which something was not read at all."""
LONGEST = 600
"""How many seconds one root module may take."""


class Found(NamedTuple):
    """What is said of one rule at one resource; ``decided``: nothing at the gates of the rule is undetermined."""

    findings: list[dict[str, Any]]
    decided: bool


class NoReport(Exception):
    """There is no report; the message says why, and how to mend it."""


def program() -> str:
    """The program's path.

    Raises:
        NoReport: it is missing.
    """
    named = os.environ.get(PROGRAM)
    path = shutil.which(named or "tf-kms-guard")
    if path is not None:
        return path
    if named:
        raise NoReport(f"{PROGRAM} is {named!r}, and there is no such program")
    raise NoReport(
        "the program tf-kms-guard is not on the PATH. Install it into an environment of its own, not into that of "
        f"checkov (pipx install tf-kms-guard), and put it on the PATH, or set {PROGRAM} to its path"
    )


def read(target: str) -> dict[str, Any]:
    """The report of a root module or plan.

    Raises:
        NoReport: the program is missing, or printed none.
    """
    try:
        arguments = shlex.split(os.environ.get(ARGUMENTS, ""))
    except ValueError as error:
        raise NoReport(f"{ARGUMENTS} cannot be read: {error}") from error
    command = [program(), "check", "--format", "json", *arguments, "--", target]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoReport(f"{command[0]} cannot be run: {error}") from error
    said = done.stderr.decode("utf-8", "replace").strip()
    try:
        report = json.loads(done.stdout)
    except ValueError:
        if done.returncode == 0:  # the configuration excludes it
            return {"findings": [], "undetermined": [], "errors": [{"kind": "excluded", "message": said}]}
        raise NoReport(said or f"{command[0]} ended with {done.returncode} and printed no report") from None
    if not isinstance(report, dict) or report.get("schema_version") != SCHEMA_VERSION:
        raise NoReport(f"{command[0]} prints reports of another schema than version {SCHEMA_VERSION}: update both")
    return report


class Reports:
    """The reports of this run of checkov, each read when the first resource of its root module is looked at."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}
        self._told: dict[str, None] = {}

    def of(self, target: str) -> Report:
        """The report of a root module or plan; where there is none, one that says why."""
        target = os.path.relpath(target)
        if target not in self._reports:
            try:
                self._reports[target] = Report(read(target))
            except NoReport as error:
                self._reports[target] = Report(
                    {"findings": [], "undetermined": [], "errors": [{"kind": "input", "message": str(error)}]}
                )
            for words in self._reports[target].unread:
                self.tell(words)
        return self._reports[target]

    def tell(self, message: str) -> None:
        """Say something on standard error, once in a run."""
        if message not in self._told:
            self._told[message] = None
            sys.stderr.write(f"tf-kms-guard: {message}\n")


class Report:
    """A report, by rule and resource."""

    def __init__(self, report: dict[str, Any]) -> None:
        self._rules = set()
        self._by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._open = {one["gate"] for one in report["undetermined"]}
        self._whole = not report["errors"]
        self.unread = [_words(error) for error in report["errors"] if error["kind"] in FATAL]
        for finding in report["findings"]:
            own = finding["resource"] or finding["key"] or next(iter(finding["buckets"]), None)
            if finding.get("change") == "resolved" or _is_suppressed(finding):
                continue
            self._rules.add(finding["rule"])
            if own is None:
                own = "?"  # at the root module
            self._by_place.setdefault((finding["rule"], _bare(own)), []).append({**finding, "own": own})

    def found(self, rule: str, gate: str | None, address: str) -> Found:
        """What it says of a rule at the resource with an address.

        checkov may know instances of a resource that we do not, and the other way round.
        """
        bare = _bare(address)
        there = self._by_place.get((rule, bare), ())
        here = [one for one in there if one["own"] == address or bare in (one["own"], address)]
        return Found(here, self._whole and rule not in self._rules and gate not in self._open)

    def elsewhere(self, rule: str, known: set[str]) -> list[dict[str, Any]]:
        """The findings of a rule at resources that checkov does not know, ``known`` being those that it does."""
        bare = {_bare(address) for address in known}
        return [
            one for (of, place), there in self._by_place.items() if of == rule and place not in bare for one in there
        ]


def _is_suppressed(finding: dict[str, Any]) -> bool:
    """Whether something but checkov's own comment suppresses it: those checkov reads itself, and says so."""
    suppression = finding.get("suppression")
    return suppression is not None and suppression.get("marker") != "checkov:skip"


_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]')


def _bare(address: str) -> str:
    """An address without the keys of instances."""
    return _KEY.sub("", address)


def _words(error: dict[str, Any]) -> str:
    place = "".join(f"{error[part]}:" for part in ("file", "line") if error.get(part) is not None)
    return _printable(f"{place} {error['message']}".strip())


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def details(finding: dict[str, Any]) -> list[str]:
    """A finding in words: what, where, why, and what would help."""
    lines = [f"{finding['severity']}, {finding['confidence']} confidence: {finding['message']}"]
    place = finding["location"]
    if place is not None:
        lines.append(f"at {place['file']}:{place['line']}:{place['column']}: {finding['label']}")
    lines += [f"because {reason}" for reason in finding["why"]]
    if finding["fix"] is not None:
        lines.append(f"help: {finding['fix']['summary']}")
    return [_printable(line) for line in lines]


class Place(NamedTuple):
    """Where a resource is: its root module or plan, its address, and whether it is the first one there."""

    target: str
    address: str
    is_first: bool


class Places:
    """Where the resources are that checkov looks at.

    checkov shows a check no more than a resource's configuration and the end of its file's path; the rest is in its
    graph, whose nodes hold that very configuration. Those of a plan hold a copy, which the address finds.
    """

    def __init__(self) -> None:
        self._graph: Any = None
        self._there: dict[int, tuple[Any, Place]] = {}
        self._named: dict[str, list[Place]] = {}
        self.addresses: dict[str, set[str]] = {}

    def of(self, graph: Any, conf: dict[str, Any]) -> Place | None:
        """The place of a resource; ``None`` if it is not in the graph."""
        if graph is not self._graph:
            self._graph, self._there, self._named, self.addresses = graph, {}, {}, {}
            for attributes in _nodes(graph):
                self._add(attributes)
        entry = self._there.get(id(conf))
        if entry is not None:
            return entry[1]
        places = self._named.get(str(conf.get("__address__")), [])
        file = conf.get("__file__")
        file = file[0] if isinstance(file, list) and file else file
        places = [one for one in places if file is None or os.path.abspath(one.target) == os.path.abspath(str(file))]
        return places[0] if len(places) == 1 else None

    def _add(self, attributes: dict[str, Any]) -> None:
        config = attributes.get("config_")
        if attributes.get("block_type_") != "resource" or not isinstance(config, dict):
            return
        if not str(attributes.get("block_name_")).startswith("aws_"):
            return
        target, address = _root(attributes), str(attributes.get("__address__"))
        there = self.addresses.setdefault(target, set())
        place = Place(target, address, not there)
        there.add(address)
        self._named.setdefault(address, []).append(place)
        for named in config.values():
            for inner in named.values() if isinstance(named, dict) else ():
                self._there[id(inner)] = (inner, place)


def _nodes(graph: Any) -> list[dict[str, Any]]:
    """The attributes of a graph's nodes, whichever library checkov keeps it in."""
    if graph is None:
        return []
    nodes = graph.nodes(data=True) if hasattr(graph, "adjacency") else graph.nodes()
    return [attributes for _, attributes in nodes]


def _root(attributes: dict[str, Any]) -> str:
    """The directory of the root module from which a resource's module is called, or the plan."""
    file, module = str(attributes["file_path_"]), attributes.get("source_module_object_")
    while module is not None:
        path, nested = _module(module)
        file, module = path or file, nested
    return file if file.endswith(".json") and not file.endswith(".tf.json") else os.path.dirname(file) or "."


def _module(module: Any) -> tuple[str | None, Any]:
    if isinstance(module, dict):
        return module.get("path"), module.get("nested_tf_module")
    return getattr(module, "path", None), getattr(module, "nested_tf_module", None)
