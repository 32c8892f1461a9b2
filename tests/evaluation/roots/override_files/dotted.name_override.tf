output "dotted" {
  value = "after"
}
