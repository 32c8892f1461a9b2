variable "thing" {
  type = object({ name = string, pairs = map(string) })
}

output "out" {
  value = merge(var.thing, { extra = true })
}
