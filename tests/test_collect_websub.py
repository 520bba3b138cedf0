"""WebSub with a made hub on loopback; numbers in names of tests are those of the public suite at websub.rocks."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from pipeline.collect.fetch.fetch import Fetched, Fetcher
from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.push.websub import ALGORITHMS, DENIED_FOR, VERIFIED_WITHIN, WebSub
from tests.made_hub import DAY, TOPIC, Hub, Place, here, hub, subscribed
from tests.web_server import Page, WebServer

__all__ = ["here", "hub"]


async def test_1xx_a_feed_that_names_a_hub_is_subscribed_once(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    for _ in range(3):
        here.websub.offer("feed", hub.url, TOPIC)
        await here.websub.tend()
    form, = hub.forms
    assert (form["hub.mode"], form["hub.topic"], form["hub.lease_seconds"]) == ("subscribe", TOPIC, "864000")
    assert 32 <= len(form["hub.secret"]) < 200
    assert [(one.state, one.lease_ends) for one in here.websub.subscriptions] == [("active", here.now + 864_000)]


async def test_1xx_callbacks_and_secrets_are_unguessable_and_no_two_are_the_same(here: Place, hub: Hub) -> None:
    for number in range(20):
        here.websub.offer(f"feed{number}", hub.url, f"{TOPIC}{number}")
    await here.websub.tend()
    assert len({form["hub.secret"] for form in hub.forms}) == 20
    ends = {form["hub.callback"].removeprefix(f"http://127.0.0.1:{here.port}/push/") for form in hub.forms}
    assert (len(ends), {len(end) for end in ends}) == (20, {32})


async def test_104_the_links_of_the_answer_are_found(here: Place) -> None:
    async with WebServer() as news:
        news.pages["/feed"] = Page(b"<rss/>", headers={
            "Link": '<https://hub.example/>; rel="hub", </real>; rel=self, <x:y>; rel=hub, <https://b.example>;rel=hub'})
        found = await here.fetcher.fetch(news.url("/feed"))
        assert isinstance(found, Fetched)
        assert (found.hub, found.topic) == ("https://hub.example/", news.url("/real"))


async def test_203_a_hub_that_has_moved_is_asked_where_it_is(here: Place, hub: Hub) -> None:
    hub.location = "/elsewhere"
    await subscribed(here, hub)
    assert hub.forms[0]["hub.topic"] == TOPIC


@pytest.mark.parametrize("query", [
    {"hub_topic": "https://news.example/other"}, {"hub_topic": ""}, {"hub_mode": "unsubscribe"},
    {"hub_mode": "publish"}, {"hub_challenge": ""}])
async def test_205_what_was_not_asked_for_is_not_verified(here: Place, hub: Hub, query: dict[str, str]) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    asked = {"hub_mode": "subscribe", "hub_topic": TOPIC, "hub_challenge": "c", "hub_lease_seconds": "10", **query}
    assert (await hub.get(**asked))[0] == 404
    assert here.websub.subscriptions[0].state == "pending"


async def test_a_stranger_learns_nothing(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    hub.forms[-1]["hub.callback"] = f"http://127.0.0.1:{here.port}/push/guessed"
    assert (await hub.verify())[0] == 404
    assert await hub.push() == 410
    assert here.woken == []


@pytest.mark.parametrize("method", ALGORITHMS)
async def test_300_a_signed_push_wakes_its_feed(here: Place, hub: Hub, method: str) -> None:
    await subscribed(here, hub)
    assert await hub.push(b"<rss>" * 100_000, method) == 202
    assert (here.woken, here.websub.pushes.woken) == (["feed"], 1)


@pytest.mark.parametrize("signature", [
    "", "sha256", "sha256=", "sha256=00", "md5=d41d8cd98f00b204e9800998ecf8427e", "=", "sha1=\u00e9",
    "sha256=" + hashlib.sha256(b"<rss/>").hexdigest()])
async def test_301_302_a_push_that_is_not_signed_is_taken_and_ignored(here: Place, hub: Hub, signature: str) -> None:
    await subscribed(here, hub)
    assert await hub.push(signature=signature) == 202
    assert await hub.push(secret="another") == 202
    assert (here.woken, here.websub.pushes.unsigned) == ([], 2)


async def test_a_signature_holds_for_its_own_bytes_alone(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    right = hmac.new(hub.forms[-1]["hub.secret"].encode(), b"one", "sha256").hexdigest()
    await hub.push(b"two", signature=f"sha256={right}")
    assert here.woken == []
    await hub.push(b"one", signature=f"SHA256={right.upper()}")
    assert here.woken == ["feed"]


async def test_a_push_beyond_the_limit_is_refused(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    assert await hub.push(b" " * 15_000_001) == 413
    assert here.woken == []


async def test_a_lease_is_renewed_before_its_end_under_the_same_callback(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.now += 8 * DAY - 1
    await here.websub.tend()
    assert len(hub.forms) == 1
    here.now += 1
    await here.websub.tend()
    assert hub.forms[1] == hub.forms[0]
    assert await hub.verify(lease="86400") == (200, "c<1>")
    assert here.websub.subscriptions[0].lease_ends == here.now + DAY


@pytest.mark.parametrize(("lease", "seconds"), [("600", 600.0), ("1", 300.0), ("", 864_000.0), ("-5", 864_000.0),
                                                ("99999999999", 365 * DAY), ("soon", 864_000.0)])
async def test_the_lease_is_the_one_that_the_hub_grants(here: Place, hub: Hub, lease: str, seconds: float) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    await hub.verify(lease=lease)
    assert here.websub.subscriptions[0].lease_ends == here.now + seconds


async def test_a_hub_that_fails_is_asked_again_with_growing_pauses(here: Place, hub: Hub) -> None:
    hub.status = 503
    here.websub.offer("feed", hub.url, TOPIC)
    asked = []
    for _ in range(40):
        await here.websub.tend()
        asked.append(len(hub.forms))
        here.now += VERIFIED_WITHIN
    assert asked[:7] == [1, 2, 2, 3, 3, 3, 4]
    assert here.websub.subscriptions[0].reason == "http-5xx"
    hub.status = 202
    here.now += DAY
    await here.websub.tend()
    await hub.verify()
    assert (here.websub.subscriptions[0].state, here.websub.subscriptions[0].failures) == ("active", 0)


async def test_a_hub_that_never_verifies_leaves_a_note(here: Place, hub: Hub) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    assert [(one.state, one.reason) for one in here.websub.subscriptions] == [("pending", "not verified yet")]


async def test_a_lease_that_ran_out_is_said_to_have_ended_and_still_asked_for(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    hub.status = 500
    for _ in range(12):
        here.now += DAY
        await here.websub.tend()
    assert here.websub.subscriptions[0].state == "ended"
    hub.status = 202
    here.now += DAY
    await here.websub.tend()
    assert await hub.verify() == (200, "c<1>")
    assert here.websub.subscriptions[0].state == "active"


async def test_a_hub_may_verify_before_it_answers(here: Place, hub: Hub) -> None:
    hub.at_once = True
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    found, = here.websub.subscriptions
    assert (found.state, found.failures, found.next_request) == ("active", 0, here.now + 8 * DAY)
    here.websub.keep_only(())
    await here.websub.tend()
    assert (len(hub.forms), here.websub.subscriptions) == (2, ())


async def test_a_denial_is_kept_and_tried_again_after_a_week(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    assert (await hub.get(hub_mode="denied", hub_topic=TOPIC, hub_reason="no " * 200))[0] == 200
    found, = here.websub.subscriptions
    assert (found.state, len(found.reason), found.next_request) == ("denied", 200, here.now + DENIED_FOR)
    assert (await hub.verify())[0] == 404
    await here.websub.tend()
    assert len(hub.forms) == 1
    here.now += DENIED_FOR
    await here.websub.tend()
    assert await hub.verify() == (200, "c<1>")


async def test_another_hub_replaces_the_first_whose_pushes_end(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    old = hub.forms[0]["hub.callback"]
    here.websub.offer("feed", hub.url + "2", TOPIC)
    await here.websub.tend()
    assert await hub.push(callback=old) == 410
    await hub.verify()
    assert await hub.push() == 202
    assert here.woken == ["feed"]


async def test_a_feed_that_leaves_the_list_leaves_its_hub(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.websub.keep_only({"other"})
    assert await hub.push() == 410
    await here.websub.tend()
    assert hub.forms[-1]["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in hub.forms[-1]
    assert here.websub.subscriptions == ()
    assert here.websub.next_due() is None


async def test_a_hub_may_verify_that_we_leave_before_it_answers(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.websub.offer("feed", "", "")
    assert await hub.verify("unsubscribe") == (200, "c<1>")
    assert here.websub.subscriptions == ()


async def test_the_address_of_a_private_feed_is_told_to_no_hub(here: Place, hub: Hub) -> None:
    for topic in ("https://ann:pw@news.example/feed", "https://news.example/feed?token=abc"):
        here.websub.offer("feed", hub.url, topic)
    await here.websub.tend()
    assert (hub.forms, here.websub.subscriptions) == ([], ())


async def test_subscriptions_outlast_a_restart(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    before = here.websub.subscriptions
    assert here.start(here.port).subscriptions == before


async def test_a_hub_on_a_private_address_is_not_asked(tmp_path: Path) -> None:
    async with Fetcher() as fetcher:
        websub = WebSub("https://us.example", fetcher.post, lambda _: None, lambda: 0.0, WebMemory(tmp_path / "w.db"))
        websub.offer("feed", "http://127.0.0.1:9/hub", TOPIC)
        await websub.tend()
    assert websub.subscriptions[0].reason == "refused-address"
