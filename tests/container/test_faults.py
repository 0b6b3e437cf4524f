"""The faults again, each in a container without capabilities: as user 65532, and as root where root's files are met."""

from __future__ import annotations

from tests.faults.test_faults import (
    test_a_handler_that_cannot_be_asked_is_killed,
    test_a_handler_that_swallows_the_request_is_killed,
    test_a_partial_last_line_is_completed,
    test_endings,
    test_every_fatal_signal,
    test_long_messages_are_cut,
    test_odd_characters_in_messages,
    test_requests_to_end_run_finally_blocks,
    test_the_timeout,
    test_what_a_handler_leaves_behind_changes_nothing,
)
from tests.faults.test_load import (
    test_a_handler_that_kills_its_group,
    test_a_handler_that_stops_itself_is_ended_by_the_timeout,
    test_threads_that_wait_for_each_other,
)
