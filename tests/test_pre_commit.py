"""The hook, run by the real pre-commit as its users run it: installed from a repository, on staged files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import CLOSED, ROOT, check, guard, write
from tests.pasting import paste, printed

pytestmark = pytest.mark.oracle

DISTRIBUTED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "tf_kms_guard", "docs")
"""What an installation from the repository needs."""


def key_policy(account: str) -> str:
    """A key policy as a template, which lets one account in."""
    return (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root"}, '
        '"Action": "kms:*", "Resource": "*"}]}\n' % account
    )


TEMPLATED = re.sub(
    r'(resource "aws_kms_key" "data" \{\n).*?\n\}\n',
    r'\1  policy = templatefile("${path.module}/policies/key.json.tftpl", {})\n}\n',
    CLOSED,
    flags=re.DOTALL,
)
"""The shared bucket with a key whose policy is in a template."""


def run(directory: Path, *command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a program without the user's own settings for git and pre-commit."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    environment |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "PRE_COMMIT_HOME": str(home),
        "PRE_COMMIT_COLOR": "never",
    }
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, encoding="utf-8", timeout=600, check=False
    )


def commit(directory: Path, home: Path) -> str:
    """Commit everything in a directory; the commit's id."""
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "--no-verify", "-m", "all")):
        done = run(directory, "git", *arguments, home=home)
        assert done.returncode == 0, done.stderr
    return run(directory, "git", "rev-parse", "HEAD", home=home).stdout.strip()


def test_the_hook_stops_a_commit_until_the_gate_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    published = tmp_path / "published"
    published.mkdir()
    for name in DISTRIBUTED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, published / name)
    revision = commit(published, home)

    work = tmp_path / "work"
    infra = shutil.copytree(ROOT / "sample_modules" / "cross_account_read" / "no_key_grant", work / "infra" / "prod")
    (work / "web").mkdir()
    (work / "web" / "package.json").write_text("{}\n", encoding="utf-8")
    (work / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {published}\n    rev: {revision}\n    hooks:\n      - id: tf-kms-guard\n", encoding="utf-8"
    )
    commit(work, home)

    def hook(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(work, sys.executable, "-m", "pre_commit", "run", "--verbose", *arguments, home=home)

    stopped = hook("--all-files")
    if "pip" in stopped.stdout and "An unexpected error has occurred" in stopped.stdout:
        reason = "pre-commit could not install the hook from the package index"
        if os.environ.get("TF_KMS_GUARD_REQUIRE_ORACLES") == "1":
            pytest.fail(f"{reason}\n{stopped.stdout}")
        pytest.skip(reason)
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "error[KP001]" in stopped.stdout
    assert "infra/prod/kms.tf:5:3" in stopped.stdout
    assert hook("--files", "infra/prod/consumer.tf").returncode == 1
    beside = hook("--files", "web/package.json")
    assert beside.returncode == 0, beside.stdout
    assert "no root module uses these files" in beside.stdout

    # Two roots, one that reads a template and one that has values in a folder of values.
    write(work / "infra" / "templated", {"main.tf": TEMPLATED, "policies/key.json.tftpl": key_policy("111122223333")})
    valued = CLOSED.replace("arn:aws:iam::777788889999:root", "arn:aws:iam::${var.partner}:root")
    write(work / "infra" / "valued", {"main.tf": valued + 'variable "partner" {\n  type = string\n}\n'})
    write(work / "values", {"prod.tfvars": 'partner = "777788889999"\n', "other.tfvars": 'partner = "777788889999"\n'})
    write(work, {".tf-kms-guard.hcl": 'workspace "infra/valued" {\n  var_files = ["values/prod.tfvars"]\n}\n'})
    commit(work, home)
    for changed, seen in (
        ("infra/templated/policies/key.json.tftpl", {"infra/templated"}),
        ("values/prod.tfvars", {"infra/valued"}),
        ("infra/prod/terraform.tfvars", {"infra/prod"}),
        (".tf-kms-guard.hcl", {"infra/prod", "infra/templated", "infra/valued"}),
    ):
        write(work, {changed: (work / changed).read_text(encoding="utf-8") if (work / changed).exists() else "\n"})
        only = hook("--files", changed)
        assert only.returncode == 1, only.stdout
        assert set(re.findall(r"--> (infra/\w+)/", only.stdout)) == seen, changed
    unused = hook("--files", "values/other.tfvars")
    assert (unused.returncode, "no root module uses these files" in unused.stdout) == (0, True)
    (work / ".tf-kms-guard.hcl").unlink()
    (work / "infra" / "prod" / "terraform.tfvars").unlink()
    write(work / "values", {"prod.tfvars": "\n"})
    shutil.rmtree(work / "infra" / "templated")
    shutil.rmtree(work / "infra" / "valued")
    commit(work, home)

    tried = run(
        *(work, sys.executable, "-m", "pre_commit", "try-repo", str(published), "tf-kms-guard", "--all-files"),
        home=home,
    )
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "error[KP001]" in tried.stdout

    monkeypatch.chdir(infra)
    (finding,) = check().json["findings"]
    (help_,) = printed(guard("check").out)
    paste(infra, finding, help_.statements[0])
    passed = hook("--all-files")
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout
