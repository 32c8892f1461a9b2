"""Writing XML that every stream can hold."""

from __future__ import annotations

from typing import TextIO
from xml.etree.ElementTree import Element, indent, tostring


def write_xml(root: Element, stream: TextIO) -> None:
    """Write a document in ASCII, everything else as character references.

    The texts have to be printable (:func:`tf_kms_guard.reports.lines.shown`): XML has no way to write a NUL.
    """
    indent(root)
    body = tostring(root, encoding="us-ascii").decode("ascii")
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n')
