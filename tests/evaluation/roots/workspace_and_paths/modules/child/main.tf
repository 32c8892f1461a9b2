output "read" {
  value = {
    text      = trimspace(file("${path.module}/text.txt"))
    module    = path.module
    root      = path.root
    workspace = terraform.workspace
  }
}
