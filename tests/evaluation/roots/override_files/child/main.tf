variable "first" {}

variable "second" {}

output "both" {
  value = "${var.first} and ${var.second}"
}
