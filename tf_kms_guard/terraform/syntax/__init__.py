"""Reading files: native HCL with tree-sitter, and the JSON form. Nothing outside sees a tree-sitter node."""

from tf_kms_guard.terraform.syntax.native import parse_expression, parse_file, parse_template
from tf_kms_guard.terraform.syntax.parsed import ParsedFile, TopBlock

__all__ = ["ParsedFile", "TopBlock", "parse_expression", "parse_file", "parse_template"]
