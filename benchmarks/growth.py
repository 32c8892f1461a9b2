"""How does the time of `tf-kms-guard check` grow with what it reads?

Each module below has one kind of thing n, 2n and 4n times. The factor per doubling is that of processor time, less
what the program takes to start: it tells of growth even while a machine is busy. Names on the command line choose.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

BAR = 2.2
"""Times as much work for twice as much to read."""
RUNS = 3
PROGRAM = Path(sys.executable).with_name("tf-kms-guard")

PROVIDERS = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "other"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
"""

OWN = '{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }'


def key(number: int, statements: str = "") -> str:
    """A key of the owner's account; ``statements`` come after the one that every key has."""
    return f"""
resource "aws_kms_key" "k{number}" {{
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{OWN}, {statements}]
  }})
}}
"""


def bucket(number: int, statements: str) -> str:
    """A bucket with the key of its number."""
    return f"""
resource "aws_s3_bucket" "b{number}" {{
  bucket = "acme-growth-{number}"
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "b{number}" {{
  bucket = aws_s3_bucket.b{number}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k{number}.arn
    }}
  }}
}}

resource "aws_s3_bucket_policy" "b{number}" {{
  bucket = aws_s3_bucket.b{number}.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{statements}]
  }})
}}
"""


def role(number: int, of: int, action: str = "kms:Decrypt") -> str:
    """A role of the other account that reads the bucket ``of`` and may use its key."""
    return f"""
resource "aws_iam_role" "r{number}" {{
  provider           = aws.other
  name               = "r{number}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}

resource "aws_iam_role_policy" "r{number}" {{
  provider = aws.other
  role     = aws_iam_role.r{number}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-growth-{of}/*" }},
      {{ Effect = "Allow", Action = "{action}", Resource = aws_kms_key.k{of}.arn }},
    ]
  }})
}}
"""


def allow(who: str, actions: str, resource: str) -> str:
    """One statement of a resource's policy."""
    return f'{{ Effect = "Allow", Principal = {{ AWS = {who} }}, Action = {actions}, Resource = {resource} }}'


def shared_buckets(n: int) -> Iterator[str]:
    """Buckets, keys and roles: each bucket is a role's to read, and the whole account's to write, without its key."""
    for number in range(n):
        who, objects = f"aws_iam_role.r{number}.arn", f'"arn:aws:s3:::acme-growth-{number}/*"'
        yield key(number, allow(who, '"kms:Decrypt"', '"*"'))
        yield bucket(
            number,
            allow(who, '"s3:GetObject"', objects) + ", " + allow('"444455556666"', '"s3:PutObject"', objects),
        )
        yield role(number, number)


def open_buckets(n: int) -> Iterator[str]:
    """The same without the account's right to write: every gate is open."""
    for number in range(n):
        who, objects = f"aws_iam_role.r{number}.arn", f'"arn:aws:s3:::acme-growth-{number}/*"'
        yield key(number, allow(who, '"kms:Decrypt"', '"*"'))
        yield bucket(number, allow(who, '"s3:GetObject"', objects))
        yield role(number, number)


def keys(n: int) -> Iterator[str]:
    """Keys alone."""
    for number in range(n):
        yield key(number, allow('"444455556666"', '["kms:Decrypt", "kms:DescribeKey"]', '"*"'))


def buckets_of_one_key(n: int) -> Iterator[str]:
    """Buckets that share one key, each for one role that nobody declares."""
    yield key(0, allow('"444455556666"', '"kms:Decrypt"', '"*"'))
    for number in range(n):
        who = f'"arn:aws:iam::444455556666:role/r{number}"'
        text = bucket(number, allow(who, '"s3:GetObject"', f'"arn:aws:s3:::acme-growth-{number}/*"'))
        yield text.replace(f"aws_kms_key.k{number}.", "aws_kms_key.k0.")


def _principals(n: int, *, with_key: bool, declared: bool = True) -> Iterator[str]:
    form = "aws_iam_role.r{}.arn" if declared else '"arn:aws:iam::444455556666:role/r{}"'
    named = [form.format(number) for number in range(n)]
    who = f"[{', '.join(named)}]"
    yield key(0, allow(who, '"kms:Decrypt"', '"*"') if with_key else "")
    yield bucket(0, allow(who, '"s3:GetObject"', '"arn:aws:s3:::acme-growth-0/*"'))
    if declared:
        yield from (role(number, 0) for number in range(n))


def principals(n: int) -> Iterator[str]:
    """Declared roles of the other account that share one bucket; every gate is open."""
    return _principals(n, with_key=True)


def principals_shut_out(n: int) -> Iterator[str]:
    """The same, and the key's policy names none of them."""
    return _principals(n, with_key=False)


def principals_undeclared(n: int) -> Iterator[str]:
    """Roles that nobody declares, and the key's policy names none of them."""
    return _principals(n, with_key=False, declared=False)


def statements(n: int) -> Iterator[str]:
    """Statements of one bucket's and one key's policy, each about another role."""
    who = [f'"arn:aws:iam::444455556666:role/r{number}"' for number in range(n)]
    yield key(0, ", ".join(allow(one, '"kms:Decrypt"', '"*"') for one in who))
    objects = [f'"arn:aws:s3:::acme-growth-0/p{number}/*"' for number in range(n)]
    yield bucket(0, ", ".join(allow(*pair) for pair in zip(who, ['"s3:GetObject"'] * n, objects, strict=True)))


def statements_of_one(n: int) -> Iterator[str]:
    """Statements of one bucket's policy about one account, whose objects its key keeps from it."""
    yield key(0)
    objects = [f'"arn:aws:s3:::acme-growth-0/p{number}/*"' for number in range(n)]
    yield bucket(0, ", ".join(allow('"444455556666"', '"s3:GetObject"', one) for one in objects))


def statements_of_a_role(n: int) -> Iterator[str]:
    """Statements of one role's policy, about as many buckets that nobody declares."""
    yield key(0, allow("aws_iam_role.r0.arn", '"kms:Decrypt"', '"*"'))
    yield bucket(0, allow("aws_iam_role.r0.arn", '"s3:GetObject"', '"arn:aws:s3:::acme-growth-0/*"'))
    more = ",\n".join(
        f'{{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-beyond-{number}/*" }}'
        for number in range(n)
    )
    yield role(0, 0).replace("Statement = [", f"Statement = [\n{more},")


MODULES: dict[str, tuple[Callable[[int], Iterator[str]], int]] = {
    "shared buckets": (shared_buckets, 100),
    "open buckets": (open_buckets, 100),
    "keys": (keys, 300),
    "buckets of one key": (buckets_of_one_key, 100),
    "principals": (principals, 100),
    "principals shut out": (principals_shut_out, 100),
    "principals undeclared": (principals_undeclared, 100),
    "statements": (statements, 100),
    "statements of one": (statements_of_one, 100),
    "statements of a role": (statements_of_a_role, 200),
}
"""By name: what makes the module, and the smallest n."""


def write(root: Path, texts: Iterator[str]) -> None:
    """Write a root module."""
    root.mkdir()
    (root / "main.tf").write_text(PROVIDERS + "".join(texts), encoding="utf-8")


def work(root: Path) -> float:
    """Seconds of a processor that one `check` takes: the best of some."""
    best = float("inf")
    for _ in range(RUNS):
        command = [PROGRAM, "check", "--format", "json", "--fail-on", "never", root]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"check ended with {process.returncode}")
        best = min(best, usage.ru_utime + usage.ru_stime)
    return best


def main() -> int:
    """Print the table; 1 if a name means nothing."""
    chosen = sys.argv[1:] or list(MODULES)
    if not set(chosen) <= set(MODULES):
        print(f"there are: {', '.join(MODULES)}", file=sys.stderr)
        return 1
    print(f"processor time of `tf-kms-guard check`, best of {RUNS}, and the factor per doubling (bar: {BAR})\n")
    with tempfile.TemporaryDirectory() as scratch:
        write(Path(scratch) / "nothing", iter(()))
        start = work(Path(scratch) / "nothing")
        for name in chosen:
            make, n = MODULES[name]
            line, before = f"{name:<24}", None
            for size in (n, 2 * n, 4 * n):
                root = Path(scratch) / f"{make.__name__}-{size}"
                write(root, make(size))
                used = work(root) - start
                line += f"{size:6}: {used:6.2f} s" + ("        " if before is None else f" × {used / before:4.2f} ")
                before = used
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
