"""Functions on files and their paths. What is read, and from where, is the caller's business."""

from __future__ import annotations

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import CallContext, Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.functions.searching import cut_tokens, may_hold, token_count
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, pieces_of, spell, split_text
from tf_kms_guard.values.unknown import Unknown

_TEXT, _STRING, _ANY = Parameter.TEXT, Parameter.STRING, Parameter.ANY


@function("file", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def file(context: CallContext, path: TextLike) -> Value:
    """The text of a file."""
    return context.read_file(path)


@function("fileexists", Kind.WHOLE, _TEXT, contextual=True, partial=True)
def fileexists(context: CallContext, path: TextLike) -> Value:
    """Whether a file exists."""
    return context.file_exists(path)


@function("templatefile", Kind.STRUCTURAL, _TEXT, _ANY, contextual=True)
def templatefile(context: CallContext, path: TextLike, variables: Value) -> Value:
    """A file's template with ``variables`` filled in."""
    template = context.read_file(path)
    if isinstance(template, Unknown):
        raise NotKnown(template)
    return context.render_template(template, variables, known(path) or spell(path))


@function("templatestring", Kind.STRUCTURAL, _TEXT, _ANY, contextual=True)
def templatestring(context: CallContext, template: TextLike, variables: Value) -> Value:
    """A template with ``variables`` filled in."""
    if isinstance(template, Unknown):
        raise NotKnown(template)
    return context.render_template(template, variables, "templatestring")


@function("basename", Kind.SEARCHING, _TEXT)
def basename(path: TextLike) -> Value:
    """The last part of a path."""
    characters = known(path)
    if characters is not None:
        return characters.rstrip("/").rpartition("/")[2] or ("/" if characters else ".")
    fields = split_text(path, "/")
    if fields is not None and (known(fields[-1]) or any(hole.shape.minimum for hole in holes_of(fields[-1]))):
        return fields[-1]
    raise NotKnown(path)


@function("dirname", Kind.SEARCHING, _TEXT)
def dirname(path: TextLike) -> Value:
    """The path without its last part, in its simplest form."""
    characters = known(path)
    if characters is not None:
        return clean(characters.rpartition("/")[0] or ("/" if characters.startswith("/") else ""))
    last = pieces_of(path)[-1]
    slash = last.rfind("/") if isinstance(last, str) else -1
    if slash < 0 or not isinstance(last, str):
        raise NotKnown(path)
    if any(hole.shape.minimum == 0 or may_hold(hole, "/") or may_hold(hole, ".") for hole in holes_of(path)):
        raise NotKnown(path)
    literals = join_text(piece if isinstance(piece, str) else "x" for piece in pieces_of(path))
    if any(part in ("", ".", "..") for part in (known(literals) or "").strip("/").split("/")):
        raise NotKnown(path)
    return cut_tokens(path, 0, token_count(path) - (len(last) - slash))


@function("abspath", Kind.WHOLE, _STRING)
def abspath(path: str) -> Value:
    """The path from the root; free if it is relative, since nothing may depend on where this runs."""
    if not path.startswith("/"):
        raise NotKnown("the working directory is not known")
    return clean(path)


@function("pathexpand", Kind.WHOLE, _STRING)
def pathexpand(path: str) -> Value:
    """The path with ``~`` replaced; free if it has one, since nothing may depend on who runs this."""
    if path.startswith("~"):
        raise NotKnown("the home directory is not known")
    return path


def clean(path: str) -> str:
    """Go's ``filepath.Clean``: the shortest path that leads to the same place."""
    if len(path) > 100_000:
        raise EvaluationError("the path is too long")
    root = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and root:
            continue
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if root else "") + "/".join(parts) or "."
