variable "parts" {}

output "name" {
  value = join("-", var.parts)
}
