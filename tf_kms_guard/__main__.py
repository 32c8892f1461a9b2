"""``python -m tf_kms_guard``."""

from tf_kms_guard.cli.main import program

if __name__ == "__main__":
    program()
