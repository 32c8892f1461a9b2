variable "secret" {
  type      = string
  ephemeral = true
}

output "passed" {
  value     = var.secret
  ephemeral = true
}

output "kept" {
  value = "kept"
}
