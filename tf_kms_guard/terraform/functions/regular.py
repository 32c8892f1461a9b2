"""RE2's regular expressions in Python's, where both mean the same and matching is sure to be fast."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct, field

_MOST_STEPS: Final = 10_000_000
_LONGEST_PATTERN: Final = 1_000
_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPACE: Final = r"\t\n\f\r "
_REPEAT: Final = re.compile(r"\{(\d{1,4})(,(\d{0,4}))?\}")
_FLAGS: Final = re.compile(r"\(\?([ims]+)\)")
_GROUP: Final = re.compile(r"\((?:\?:|\?P?<[A-Za-z_][A-Za-z0-9_]*>|(?!\?))")
_HEX: Final = re.compile(r"x[0-9A-Fa-f]{2}")


def translated(pattern: str, whole: str) -> re.Pattern[str] | None:
    """The compiled pattern for matching against ``whole``; ``None`` if it is outside the common subset."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    reader = _Reader(pattern)
    if not reader.read():
        return None
    if "i" in reader.flags and not (pattern.isascii() and whole.isascii()):
        return None
    if reader.steps(len(whole)) > _MOST_STEPS:
        return None
    options = re.ASCII
    for letter in reader.flags:
        options |= {"i": re.I, "m": re.M, "s": re.S}[letter]
    try:
        return re.compile("".join(reader.out), options)
    except (re.error, OverflowError):
        return None


class _Atom(Struct):
    """Something that matches one character: its Python pattern, or ``None`` for an assertion."""

    pattern: str | None
    unbounded: bool = False
    optional: bool = False


class _Reader(Struct):
    """Reads one pattern. ``out`` is the Python pattern, ``atoms`` what it matches character by character."""

    pattern: str
    flags: str = ""
    out: list[str] = field(default_factory=list)
    atoms: list[_Atom] = field(default_factory=list)
    alternatives: int = 0
    at: int = 0
    groups: list[tuple[int, int]] = field(default_factory=list)
    closed: tuple[int, int] | None = None
    quantifiable: bool = False

    def read(self) -> bool:
        """Translate; false if something is not in the subset."""
        flags = _FLAGS.match(self.pattern)
        if flags:
            self.flags = flags[1]
            self.at = flags.end()
        while self.at < len(self.pattern):
            if not self._step(self.pattern[self.at]):
                return False
        return not self.groups

    def _step(self, character: str) -> bool:
        if character in "*+?" or (character == "{" and _REPEAT.match(self.pattern, self.at)):
            return self._quantifier()
        self.closed = None
        self.quantifiable = True
        if character == "\\":
            return self._escape()
        if character == "[":
            return self._class()
        if character == "(":
            return self._open()
        if character == ")":
            return self._close()
        self.at += 1
        if character == "|":
            self.alternatives += 1
            self.quantifiable = False
            self.out.append("|")
        elif character in "^$":
            self.quantifiable = False
            multi = "m" in self.flags
            self.out.append("^" if character == "^" else r"(?=\n|\Z)" if multi else r"\Z")
            self.atoms.append(_Atom(None))
        else:
            self._atom("." if character == "." else re.escape(character))
        return True

    def _atom(self, pattern: str) -> None:
        self.out.append(pattern)
        self.atoms.append(_Atom(pattern))

    def _escape(self) -> bool:
        following = self.pattern[self.at + 1 : self.at + 2]
        hexadecimal = _HEX.match(self.pattern, self.at + 1)
        self.at += 2
        if following in ("b", "B", "A", "z"):
            self.quantifiable = False
            self.out.append(r"\Z" if following == "z" else f"\\{following}")
            self.atoms.append(_Atom(None))
            return True
        pattern = _escaped(following)
        if hexadecimal:
            pattern = f"\\{hexadecimal[0]}"
            self.at = hexadecimal.end()
        if pattern is None:
            return False
        self._atom(f"[{pattern}]" if following == "s" else pattern)
        return True

    def _class(self) -> bool:
        start = self.at + 1
        at = start + self.pattern.startswith("^", start)
        parts = ["[^" if at > start else "["]
        first = at
        while True:
            character = self.pattern[at : at + 1]
            if not character:
                return False
            if character == "]" and at > first:
                break
            if character == "\\":
                hexadecimal = _HEX.match(self.pattern, at + 1)
                escaped = f"\\{hexadecimal[0]}" if hexadecimal else _escaped(self.pattern[at + 1 : at + 2])
                if escaped is None or escaped.startswith("[^"):
                    return False
                parts.append(escaped)
                at = hexadecimal.end() if hexadecimal else at + 2
                continue
            if self.pattern.startswith("[:", at):
                return False
            parts.append(f"\\{character}" if character in "[]&~|^" else character)
            at += 1
        self.at = at + 1
        self._atom("".join([*parts, "]"]))
        return True

    def _open(self) -> bool:
        match = _GROUP.match(self.pattern, self.at)
        if match is None:
            return False
        self.out.append(match[0].replace("(?<", "(?P<"))
        self.at = match.end()
        self.groups.append((len(self.atoms), self.alternatives))
        self.quantifiable = False
        return True

    def _close(self) -> bool:
        if not self.groups:
            return False
        self.closed = self.groups.pop()
        self.out.append(")")
        self.at += 1
        return True

    def _quantifier(self) -> bool:
        if not self.quantifiable:
            return False
        repeat = _REPEAT.match(self.pattern, self.at)
        text = repeat[0] if repeat else self.pattern[self.at]
        least, most = _bounds(repeat, text)
        if least > 1000 or (most or 0) > 1000:
            return False
        inside = self.atoms[self.closed[0] :] if self.closed else self.atoms[-1:]
        if self.closed and most != 1:
            branches = self.alternatives > self.closed[1]
            if branches or not inside or any(atom.unbounded or atom.optional for atom in inside):
                return False
        self.at += len(text)
        lazy = self.pattern.startswith("?", self.at)
        self.at += lazy
        self.out.append(text + "?" * lazy)
        if least != most:
            if most == 1:
                for atom in inside[:1]:
                    atom.optional = True
            else:
                for atom in inside:
                    atom.unbounded = True
        self.quantifiable = False
        self.closed = None
        return True

    def steps(self, length: int) -> int:
        """A bound for the steps of a backtracking matcher on a text of ``length`` characters."""
        many = length + 1
        steps = 1 if self.out[:1] in (["^"], [r"\A"]) and "m" not in self.flags and not self.alternatives else many
        for place, atom in enumerate(self.atoms):
            if atom.unbounded and not self._ends_surely(place):
                steps *= many
            elif atom.optional:
                steps *= 2
            if steps > _MOST_STEPS:
                return steps
        steps <<= min(self.alternatives, 40)
        return steps * max(1, sum(atom.unbounded for atom in self.atoms))

    def _ends_surely(self, place: int) -> bool:
        """Whether a run of one atom ends where the next begins, so that giving back is of no use."""
        atom = self.atoms[place]
        if self.alternatives or atom.pattern is None:
            return False
        if place + 1 == len(self.atoms):
            return True
        following = self.atoms[place + 1]
        if following.pattern is None or following.optional or following.unbounded:
            return following.pattern is None and place + 2 == len(self.atoms)
        literal = re.sub(r"\\(\W)", r"\1", following.pattern)
        if len(literal) != 1 or following.pattern == ".":
            return False
        try:
            return re.fullmatch(atom.pattern, literal, re.ASCII | re.I | re.S) is None
        except re.error:
            return False


def _escaped(character: str) -> str | None:
    if character in tuple("dDwWtnrfva"):
        return f"\\{character}"
    if character == "s":
        return _SPACE
    if character == "S":
        return f"[^{_SPACE}]"
    return re.escape(character) if character in _PUNCTUATION and character else None


def _bounds(repeat: re.Match[str] | None, text: str) -> tuple[int, int | None]:
    if repeat is None:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[text]
    least = int(repeat[1])
    if repeat[2] is None:
        return least, least
    return least, int(repeat[3]) if repeat[3] else None
