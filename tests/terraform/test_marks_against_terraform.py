"""Which values are sensitive: ``issensitive`` of every listed expression, as the real Terraform answers it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.cli.support import write
from tests.terraform.judging import ours, terraforms, workspace

HERE: Final = Path(__file__).parent
EXPRESSIONS: Final = HERE.joinpath("marked_expressions.txt").read_text(encoding="utf-8").splitlines()

FILES: Final = {
    "variables.tf": """
variable "p" {
  default = "plain"
}

variable "u" {
  default = true
}

variable "s" {
  type      = string
  default   = "secret"
  sensitive = true
}

variable "n" {
  type      = number
  default   = 3
  sensitive = true
}

variable "b" {
  type      = bool
  default   = true
  sensitive = true
}

variable "l" {
  type      = list(string)
  default   = ["a", "b"]
  sensitive = true
}

variable "m" {
  type      = map(string)
  default   = { a = "1" }
  sensitive = true
}

variable "z" {
  default   = "ephemeral"
  ephemeral = true
}

variable "object" {
  type      = object({ name = string, size = optional(number, 5) })
  default   = { name = "n" }
  sensitive = true
}

variable "typed" {
  type    = list(object({ id = string, size = optional(number, 5) }))
  default = [{ id = "one" }]
}

locals {
  plain  = "local ${var.p}"
  secret = "local ${var.s}"
  object = { a = var.s, b = "x" }
  list   = [for word in ["x", "y"] : "${word}-${var.s}"]
}

module "child" {
  source = "./child"
  input  = "plain"
  hidden = var.s
}

module "many" {
  source   = "./child"
  for_each = toset(["a", "b"])
  input    = each.key
  hidden   = "x"
}

module "counted" {
  source = "./child"
  count  = var.n
  input  = "plain"
  hidden = "x"
}
""",
    "child/main.tf": """
variable "input" {}

variable "hidden" {}

output "secret" {
  value     = "it is ${var.input}"
  sensitive = true
}

output "plain" {
  value = "it is ${var.input}"
}

output "derived" {
  value     = sha256(sensitive(var.input))
  sensitive = true
}

output "nested" {
  value     = { a = sensitive("x"), b = "y" }
  sensitive = true
}

output "passed" {
  value = nonsensitive(sensitive(var.input))
}

output "of_sensitive_input" {
  value     = var.hidden
  sensitive = true
}
""",
    "t.tpl": "x${a}",
}


@pytest.mark.oracle
def test_what_is_sensitive_is_what_terraform_says_is(tmp_path: Path) -> None:
    assert len(EXPRESSIONS) >= 250
    write(tmp_path, FILES)
    texts = [f"issensitive({expression})" for expression in EXPRESSIONS]
    answers = terraforms("", texts, tmp_path)
    found = ours(workspace(tmp_path), texts)
    wrong = [case for case in zip(EXPRESSIONS, answers, found, strict=True) if case[1] != case[2]]
    assert wrong == [], "\n".join(map(str, wrong))
