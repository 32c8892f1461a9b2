"""Which paths a pattern fits."""

from __future__ import annotations

import pytest

from tf_kms_guard.config.patterns import is_below, malformed, path_fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("envs/prod", "envs/prod", True),
        ("envs/prod", "envs/prod/network", False),
        ("envs/prod", "envs/production", False),
        ("./envs/prod/", "envs/prod", True),
        ("envs/*", "envs/prod", True),
        ("envs/*", "envs", False),
        ("envs/*", "envs/prod/network", False),
        ("envs/**", "envs", True),
        ("envs/**", "envs/prod/network", True),
        ("**/network", "network", True),
        ("**/network", "envs/prod/network", True),
        ("**/network", "envs/prod/networks", False),
        ("envs/**/network", "envs/a/b/network", True),
        ("envs/{dev,prod}", "envs/prod", True),
        ("envs/{dev,prod}", "envs/test", False),
        ("env[s-t]/p?", "envs/p1", True),
        (".", ".", True),
        (".", "envs", False),
        ("**", ".", True),
    ],
)
def test_a_pattern_fits_a_whole_path(pattern: str, path: str, fits: bool) -> None:
    assert path_fits(path, pattern) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("legacy", "legacy/kms.tf", True),
        ("legacy/*", "legacy/a/b/c.tf", True),
        ("legacy", "old/legacy/kms.tf", False),
        ("**/legacy", "old/legacy/kms.tf", True),
        ("*.tf", "kms.tf", True),
        ("*.tf", "a/kms.tf", False),
        (".", ".", True),
        (".", "kms.tf", True),
    ],
)
def test_what_fits_a_directory_fits_what_is_below_it(pattern: str, path: str, fits: bool) -> None:
    assert is_below(path, [pattern]) is fits


@pytest.mark.parametrize("pattern", ["/etc", "../x", "a/../../x", "a{b", "a["])
def test_what_is_no_pattern_is_said(pattern: str) -> None:
    assert malformed(pattern)


def test_many_stars_take_no_time() -> None:
    assert not path_fits("a" * 5_000, "*a" * 100 + "b")
