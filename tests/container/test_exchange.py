"""What may lie in the exchange, full disks, and variables again: in containers, by a root that has no capability."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.container.conftest import Container
from tests.contract.test_variables import folder, test_every_kind_of_data_is_set, test_files_passed_in_are_read
from tests.faults.test_disk import (
    small_exchange,
    test_full_from_the_start,
    test_no_names_left_after_the_start,
    test_no_room_for_the_log,
    test_no_room_for_the_output,
)
from tests.faults.test_exchange import (
    test_a_directory_that_cannot_be_written,
    test_a_directory_that_is_a_file,
    test_a_directory_that_is_missing,
    test_a_run_that_is_done_touches_nothing,
    test_a_stale_result_of_each_kind_is_gone,
    test_an_input_of_100_megabytes,
    test_what_lies_at_our_names_is_replaced,
)


@pytest.fixture
def target(target: Container) -> Container:
    """As a function runs that has to reach the variables of a workflow."""
    return replace(target, options=(*target.options, "--user=0:0"))
