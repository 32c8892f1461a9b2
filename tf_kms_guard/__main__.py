"""``python -m tf_kms_guard``."""

from tf_kms_guard.cli.main import run

if __name__ == "__main__":
    run()
