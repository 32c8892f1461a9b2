"""How long does a plan JSON of 100 MB take to read, and how much memory?

The plan is made up: modules of buckets, keys, policies and a majority of resources that nobody asks for, each
three times as Terraform prints it (change, planned values, prior state). Each measurement is a process of its own,
the fastest of five; the measure is orjson.loads on the same bytes. Memory is the peak of the process beyond what it
had with the program imported and nothing read.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZE = 100_000_000
RUNS = 5
MOST_TIME = 2.5
MOST_MEMORY = 6.0
WANTED = frozenset({"aws_s3_bucket", "aws_s3_bucket_policy", "aws_kms_key"})
TYPES = (*sorted(WANTED), *(f"aws_other_{number}" for number in range(17)))
PER_MODULE = 200
MODES = {
    "orjson.loads": "the measure",
    "read": "read the record, look at no values",
    "wanted": "and at the values of 3 types in 20",
    "all": "and at every value, before and after",
}


def main() -> int:
    """Print the table; 1 if a bar is not held."""
    if sys.argv[1:2] == ["make"]:
        Path(sys.argv[2]).write_bytes(made_up())
        return 0
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "plan.json"
        # not in this process: on Linux, the peak of a process counts towards that of those it starts
        subprocess.run([sys.executable, __file__, "make", str(file)], check=True)
        size = file.stat().st_size
        results = {mode: best(mode, file) for mode in MODES}
    seconds, _ = results["orjson.loads"]
    print(f"a plan of {size / 1e6:.0f} MB; bars: {MOST_TIME} x the time of orjson.loads, {MOST_MEMORY} x the file\n")
    failed = False
    for mode, (time_, memory) in results.items():
        times, sizes = time_ / seconds, memory / size
        print(f"{mode:<14} {MODES[mode]:<40} {time_:6.2f} s {times:6.2f} x   {memory / 1e6:6.0f} MB {sizes:6.2f} x")
        failed = failed or (mode in ("read", "wanted") and (times > MOST_TIME or sizes > MOST_MEMORY))
    return 1 if failed else 0


def best(mode: str, file: Path) -> tuple[float, float]:
    """The least seconds and bytes of some runs."""
    runs = []
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, __file__, mode, str(file)], check=True, capture_output=True, text=True)
        runs.append([float(word) for word in done.stdout.split()])
    return min(run[0] for run in runs), min(run[1] for run in runs)


def measure(mode: str, file: Path) -> None:
    """Print seconds and bytes of one run."""
    import orjson

    from tf_kms_guard.terraform.plan import detect, plan_json  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    if mode == "orjson.loads":
        data = file.read_bytes()
        started = time.perf_counter()
        kept = orjson.loads(data)
    else:
        kept = detect.read_record(file, "plan.json")
        for recorded in kept.resources.values():
            if mode == "all" or (mode == "wanted" and recorded.type in WANTED):
                for attributes in (recorded.values, recorded.before):
                    len(attributes or ())
    seconds = time.perf_counter() - started
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)


def made_up() -> bytes:
    """A plan of about :data:`SIZE` bytes."""
    chance = random.Random(1)
    some = [parts(chance, number)[:3] for number in range(PER_MODULE)]
    modules = SIZE // len(json.dumps(some, separators=(",", ":"))) + 1
    changes, calls, planned, prior = [], {}, [], []
    for module in range(modules):
        blocks, now, then = [], [], []
        for number in range(PER_MODULE):
            change, after, before, block = parts(chance, module * PER_MODULE + number)
            changes.append(change)
            now.append(after)
            then.append(before)
            if number < len(TYPES):
                blocks.append(block)
        path = f"module.m{module}"
        calls[f"m{module}"] = {"source": "./m", "expressions": {}, "module": {"resources": blocks}}
        planned.append({"address": path, "resources": now})
        prior.append({"address": path, "resources": then})
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {},
        "planned_values": {"root_module": {"child_modules": planned}},
        "resource_changes": changes,
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"child_modules": prior}}},
        "configuration": {"provider_config": {}, "root_module": {"module_calls": calls}},
    }
    return json.dumps(plan, separators=(",", ":")).encode()


def parts(chance: random.Random, number: int) -> tuple[dict[str, object], ...]:
    """What a plan says of one instance: its change, its planned values, its prior values and its block."""
    type_ = TYPES[number % len(TYPES)]
    statements = [
        {
            "Sid": f"S{index}",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{chance.randrange(10**12):012d}:role/r{index}"},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::b{number}", f"arn:aws:s3:::b{number}/*"],
        }
        for index in range(3)
    ]
    known = {
        "bucket": f"bucket-{number}",
        "policy": json.dumps({"Version": "2012-10-17", "Statement": statements}),
        "tags": {"team": f"t{number % 50}", "stage": "prod", "owner": None},
        "force_destroy": False,
        "size": number,
        "rule": [{"apply": [{"sse": "aws:kms", "key": None}], "enabled": None, "days": [1, 2, 3]}],
    }
    before = {**known, "id": f"id-{number}", "arn": f"arn:aws:s3:::bucket-{number}"}
    unknown = {"id": True, "arn": True, "tags": {}, "rule": [{"apply": [{}], "days": [False, False, False]}]}
    module = f"module.m{number // PER_MODULE}"
    at = {
        "address": f"{module}.{type_}.r[{number}]",
        "mode": "managed",
        "type": type_,
        "name": "r",
        "index": number,
        "provider_name": "registry.terraform.io/hashicorp/aws",
    }
    change = {
        "actions": ["update"],
        "before": before,
        "after": known,
        "after_unknown": unknown,
        "before_sensitive": {"tags": {}},
        "after_sensitive": {"tags": {}},
    }
    block = {
        "address": f"{type_}.r",
        "mode": "managed",
        "type": type_,
        "name": "r",
        "provider_config_key": "aws",
        "expressions": {
            "bucket": {"references": ["var.name"]},
            "policy": {"references": ["data.x.y.json", "data.x.y"]},
        },
        "count_expression": {"references": ["var.count"]},
    }
    return (
        {**at, "module_address": module, "change": change},
        {**at, "schema_version": 0, "values": known, "sensitive_values": {"tags": {}}},
        {**at, "schema_version": 0, "values": before, "sensitive_values": {"tags": {}}},
        block,
    )


if __name__ == "__main__":
    sys.exit(main())
