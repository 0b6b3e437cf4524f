"""The contract's cases again, each in a container: read-only root, no capability, no network, user 65532."""

from __future__ import annotations

import pytest

from tests.conftest import Run, Target
from tests.contract.test_errors import *
from tests.contract.test_rules import *
from tests.contract.test_values import (
    test_an_integer_with_too_many_digits_is_no_result,
    test_depth_is_no_matter,
    test_integers_of_any_size_are_exact,
    test_offsets_keep_their_seconds,
)
from tests.contract.test_variables import test_no_name_leads_outside

del test_output_of_subprocesses_is_logged  # the image holds no program to start, as the next case shows  # noqa: F821


@pytest.mark.parametrize("program", ["/bin/sh", "/bin/ls", "/usr/bin/env"])
def test_there_is_no_shell_and_no_program(target: Target, run: Run, program: str) -> None:
    result = run(target, "talk", given={"command": [program]})
    result.assert_announced()
    assert result.error is not None
    assert result.error["message"].startswith("FileNotFoundError: [Errno 2] No such file or directory")
