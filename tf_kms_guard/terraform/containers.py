"""Walking through values without recursion: they may be nested deeply, and share parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias, Union

from tf_kms_guard.terraform.values import Choice, Marked, Object, SetValue, Tuple, Value, Wrapped

Container: TypeAlias = Union[list[Value], dict[str, Value], SetValue, Choice, Marked]
CONTAINERS: Final = (list, dict, SetValue, Wrapped)


def inner_first(value: Value) -> list[Container]:
    """Every list, map, set, choice and mark in ``value``, each once, after what it holds."""
    found: list[Container] = []
    seen: set[int] = set()
    todo: list[tuple[Value, bool]] = [(value, False)]
    while todo:
        current, is_done = todo.pop()
        if not isinstance(current, CONTAINERS):
            continue
        if is_done:
            found.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            todo.append((current, True))
            todo.extend((part, False) for part in parts_of(current))
    return found


def parts_of(container: Container) -> list[Value]:
    """What a container directly holds; of a choice the alternatives."""
    if isinstance(container, dict):
        return list(container.values())
    if isinstance(container, Choice):
        return [value for _, value in container.alternatives]
    if isinstance(container, Marked):
        return [container.value]
    return list(container)


def with_parts(container: list[Value] | dict[str, Value] | SetValue, changed: Mapping[int, Value]) -> Value:
    """The container with its parts replaced as ``changed`` says, by their ids; itself when nothing changes."""
    if isinstance(container, dict):
        fields = {key: changed.get(id(item), item) for key, item in container.items()}
        if all(fields[key] is item for key, item in container.items()):
            return container
        return Object(fields, container.origin, container.collection) if isinstance(container, Object) else fields
    items = [changed.get(id(item), item) for item in container]
    if all(new is old for new, old in zip(items, container, strict=True)):
        return container
    if isinstance(container, SetValue):
        return SetValue(tuple(items), exact=False)
    return Tuple(items, container.origin, container.collection) if isinstance(container, Tuple) else items
