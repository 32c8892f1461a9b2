output "dotted" {
  value = "before"
}
