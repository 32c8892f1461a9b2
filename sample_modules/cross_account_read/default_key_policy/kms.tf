resource "aws_kms_key" "data" {
  description             = "Objects of the shared data bucket"
  deletion_window_in_days = 30
  enable_key_rotation     = true

  tags = {
    Team = "storage"
  }
}
