second = "a"
policy = {
  actions = ["s3:GetObject"]
  dropped = true
}
