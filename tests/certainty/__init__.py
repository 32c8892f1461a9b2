"""What is certain, and what is not: small root modules with what must be said about them."""

import pytest

pytest.register_assert_rewrite("tests.certainty.roots")
