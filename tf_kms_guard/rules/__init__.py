"""Which findings follow from the estate? One small module a group, one function a rule."""
