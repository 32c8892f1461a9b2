"""Lines in colour; the only module that draws with rich, imported only when there is colour to draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tf_kms_guard.reports.lines import Line, encodable


def draw(lines: Iterable[Line], stream: TextIO) -> None:
    """Write the lines as they are, without wrapping, in the sixteen colours of every terminal."""
    console = Console(file=stream, force_terminal=True, color_system="standard", no_color=False)
    for line in lines:
        text = Text()
        for piece, style in line:
            text.append(encodable(piece, stream), style.value or None)
        text.rstrip()
        console.print(text, soft_wrap=True)
