"""WebSub (W3C Recommendation, 23 January 2018): hubs that push tell us to look, at once.

A push is only a wake-up for an ordinary fetch: what it carries is never read as news, so a hub can neither
forge nor lose any. Polling goes on as before. This module decides and remembers; ``websub_server`` listens.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.fetch.web_memory import Subscription, WebMemory
from pipeline.errors import FetchError

LEASE = 10 * 86_400
"""Seconds of a subscription that are asked for; hubs grant what they like, ten days mostly."""
SHORTEST_LEASE, LONGEST_LEASE = 300.0, 365 * 86_400.0
RENEWED_AT = 0.8
"""Share of a lease after which it is renewed: two days are left of ten if the hub is away."""
VERIFIED_WITHIN = 3600.0
"""Seconds for a hub to verify, before it is asked again."""
LONGEST_PAUSE = 86_400.0
DENIED_FOR = 7 * 86_400.0
"""Seconds until a hub that denied a subscription is asked again."""
_LONGEST_REASON = 200
ALGORITHMS: Mapping[str, Callable[[], object]] = {
    "sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""What hubs may sign with (§7): SHA-1 is broken for signatures by collision, not as an HMAC."""

Post = Callable[[str, Mapping[str, str]], Awaitable[int | FetchError]]
Turn = Callable[[str], AbstractAsyncContextManager[object]]


@dataclass(slots=True)
class Pushes:
    """Counts since the start: pushes that woke a feed, pushes that nobody vouched for, verifications,
    denials, and changes that the disk did not take (the hubs are asked again after a restart)."""

    woken: int = 0
    unsigned: int = 0
    verified: int = 0
    denied: int = 0
    unsaved: int = 0


class WebSub:
    """The subscriptions of all feeds. Belongs to one event loop.

    ``callback``: the public address under which ``websub_server`` can be reached. ``post``: sends a form to a
    hub (``Fetcher.post``). ``wake``: has a feed asked soon, by its id. ``clock``: Unix seconds. ``turn``: the
    budget of the hub's domain. ``changed`` is set when ``tend`` has something new to do.
    """

    def __init__(self, callback: str, post: Post, wake: Callable[[str], None], clock: Callable[[], float],
                 memory: WebMemory, turn: Turn = lambda _: nullcontext()) -> None:
        self._callback, self._post, self._wake = callback.rstrip("/"), post, wake
        self._clock, self._memory, self._turn = clock, memory, turn
        self._by_feed = {one.feed_id: one for one in memory.subscriptions()}
        self.pushes = Pushes()
        self.changed = asyncio.Event()

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that is remembered, by feed."""
        return tuple(self._by_feed.values())

    def offer(self, feed_id: str, hub: str, topic: str) -> None:
        """What a feed named when it was fetched: its Link headers first, else the links in it (§4).

        "" for a feed that names no hub (any more). A topic with a secret in it is not told to a hub.
        """
        known = self._by_feed.get(feed_id)
        if not hub or not topic or without_secrets(topic) != topic:
            if known is not None:
                self._leave(known)
        elif known is None or (known.hub, known.topic) != (hub, topic) or known.state == "leaving":
            # The old callback is forgotten: what its hub still sends there is answered 410, which ends it.
            now = self._clock()
            self._save(Subscription(feed_id, hub, topic, secrets.token_urlsafe(24), secrets.token_hex(32),
                                    "pending", now, None, now))
            self.changed.set()

    def keep_only(self, feed_ids: Iterable[str]) -> None:
        """Leave the hubs of feeds that are not polled any more."""
        wanted = frozenset(feed_ids)
        for subscription in self.subscriptions:
            if subscription.feed_id not in wanted:
                self._leave(subscription)

    async def tend(self) -> None:
        """Ask the hubs that are due: subscribe, renew, leave. Call it now and then; it raises nothing."""
        now, by_hub = self._clock(), defaultdict[str, list[Subscription]](list)
        for subscription in self.subscriptions:
            if subscription.next_request <= now:
                by_hub[subscription.hub].append(subscription)
        await asyncio.gather(*(self._request_all(due) for due in by_hub.values()))

    def next_due(self) -> float | None:
        """Unix seconds when a hub is to be asked next."""
        return min((one.next_request for one in self.subscriptions), default=None)

    def verify(self, path: str, query: Mapping[str, str]) -> str | None:
        """A hub asks whether we meant it (§5.3): the challenge to answer with, None for "no such thing"."""
        known, topic, mode = self._at(path), query.get("hub.topic", ""), query.get("hub.mode", "")
        if known is None or topic != known.topic:
            return None
        if mode == "denied":
            self.pushes.denied += 1
            self._save(replace(known, state="denied", next_request=self._clock() + DENIED_FOR,
                               reason=query.get("hub.reason", "")[:_LONGEST_REASON]))
            return ""
        challenge = query.get("hub.challenge")
        if not challenge:
            return None
        if mode == "unsubscribe" and known.state == "leaving":
            self._forget(known)
            return challenge
        if mode == "subscribe" and known.state in ("pending", "active", "ended"):
            self._activate(known, _lease(query.get("hub.lease_seconds", "")))
            return challenge
        return None

    def awaits(self, path: str) -> Subscription | None:
        """The subscription whose pushes come to ``path``; None where we want none (410, so that they end)."""
        known = self._at(path)
        return None if known is None or known.state == "leaving" else known

    def pushed(self, subscription: Subscription, signature: str, checks: Mapping[str, hmac.HMAC]) -> bool:
        """A push came: wake its feed where the hub signed it, else ignore it (§7). ``checks``: the HMAC of the
        body by each algorithm that the signature could be of."""
        if not is_signed(signature, checks):
            self.pushes.unsigned += 1
            return False
        self.pushes.woken += 1
        self._wake(subscription.feed_id)
        return True

    async def _request_all(self, due: list[Subscription]) -> None:
        """Of one hub, one after the other: a slow hub holds up itself alone."""
        for subscription in due:
            await self._request(subscription)

    async def _request(self, known: Subscription) -> None:
        mode = "unsubscribe" if known.state == "leaving" else "subscribe"
        form = {"hub.callback": f"{self._callback}/{known.path}", "hub.mode": mode, "hub.topic": known.topic}
        if mode == "subscribe":
            form |= {"hub.lease_seconds": str(LEASE), "hub.secret": known.secret}
        try:
            async with self._turn(known.hub):
                outcome = await self._post(known.hub, form)
        except FetchError as error:  # the domain is held
            outcome = error
        # The hub may have verified before it answered, or the feed been taken off.
        current = self._by_feed.get(known.feed_id)
        if current is not None and current.path == known.path:
            self._after_request(current, outcome, verified=current.lease_ends != known.lease_ends)

    def _after_request(self, known: Subscription, outcome: int | FetchError, *, verified: bool) -> None:
        now = self._clock()
        if known.state == "leaving":
            # One polite word; whoever does not verify it learns from our 410.
            self._forget(known)
        elif verified or (known.state == "denied" and known.next_request > now):
            return
        else:
            lapsed = known.lease_ends is not None and known.lease_ends <= now
            problem = outcome.reason if isinstance(outcome, FetchError) else "not verified yet"
            pause = min(VERIFIED_WITHIN * (known.failures + 1), LONGEST_PAUSE)
            self._save(replace(known, state="ended" if lapsed else "pending" if known.state == "denied"
                               else known.state, failures=known.failures + 1, reason=problem, next_request=now + pause))

    def _activate(self, known: Subscription, lease: float) -> None:
        now = self._clock()
        self.pushes.verified += 1
        self._save(replace(known, state="active", since=known.since if known.state == "active" else now,
                           lease_ends=now + lease, next_request=now + lease * RENEWED_AT, failures=0, reason=""))

    def _at(self, path: str) -> Subscription | None:
        """Compared in constant time: the path is a password."""
        given = path.encode("utf-8", "replace")
        return next((one for one in self.subscriptions if hmac.compare_digest(one.path.encode(), given)), None)

    def _leave(self, known: Subscription) -> None:
        if known.state in ("active", "ended"):
            self._save(replace(known, state="leaving", next_request=self._clock()))
            self.changed.set()
        elif known.state != "leaving":
            self._forget(known)

    def _save(self, subscription: Subscription) -> None:
        self._by_feed[subscription.feed_id] = subscription
        try:
            self._memory.save_subscription(subscription)
        except sqlite3.Error:
            self.pushes.unsaved += 1

    def _forget(self, known: Subscription) -> None:
        self._by_feed.pop(known.feed_id, None)
        try:
            self._memory.drop_subscription(known.feed_id)
        except sqlite3.Error:
            self.pushes.unsaved += 1


def checks_for(signature: str, secret: str) -> dict[str, hmac.HMAC]:
    """The HMAC to run over a push's body for its X-Hub-Signature; none for an algorithm that is not known."""
    method = signature.partition("=")[0].strip().lower()
    return {method: hmac.new(secret.encode(), digestmod=method)} if method in ALGORITHMS else {}


def is_signed(signature: str, checks: Mapping[str, hmac.HMAC]) -> bool:
    """Whether a signature ("sha256=…") is the HMAC of what was fed to ``checks``; in constant time."""
    method, _, digest = signature.partition("=")
    check = checks.get(method.strip().lower())
    given = digest.strip().lower().encode("utf-8", "replace")
    return check is not None and hmac.compare_digest(check.hexdigest().encode(), given)


def _lease(text: str) -> float:
    """Seconds that a hub granted; what was asked for where it does not say (PubSubHubbub 0.3)."""
    seconds = float(text[:12]) if text.isascii() and text.isdigit() else float(LEASE)
    return min(max(seconds, SHORTEST_LEASE), LONGEST_LEASE)
