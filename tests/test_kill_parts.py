"""kill -9 of the enricher and the sink, twenty times: no article missing, no row twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kill_parts import ROUND, kill_parts

KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_kills_lose_nothing_and_leave_no_row_twice(tmp_path: Path) -> None:
    account = kill_parts(tmp_path, KILLS, seed=11)
    print(account)
    sent, dead = KILLS * ROUND, KILLS * ROUND // 50
    assert (account.sent, account.enriched, account.dead) == (sent, sent - dead, dead)
    assert (account.rows, account.dead_rows, account.found) == (sent - dead, dead, sent - dead)
    assert (account.lost, account.twice, account.balanced) == (0, 0, True)
    assert account.kills["enrich"] + account.kills["sink"] >= KILLS
