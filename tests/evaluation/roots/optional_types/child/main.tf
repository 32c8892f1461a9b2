variable "never_null" {
  type     = string
  default  = "the default"
  nullable = false
}

variable "nullable" {
  type    = string
  default = "not used"
}

variable "settings" {
  type = object({
    name   = string
    nested = object({ keep = string, missing = optional(number, 7) })
  })
}

output "all" {
  value = {
    never_null = var.never_null
    nullable   = var.nullable
    settings   = var.settings
    names      = keys(var.settings)
  }
}
