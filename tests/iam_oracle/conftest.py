"""The simulator as a fixture."""

from __future__ import annotations

import pytest

from tests.iam_oracle.simulator import Simulator, installed_simulator


@pytest.fixture(scope="session")
def simulator() -> Simulator:
    """The simulator for all tests of this folder."""
    return installed_simulator()
