"""From feeds to ``news.raw``: polite, conditional, safe.

::

    feeds ─ schedule ─▸ fetch ─▸ parse (own process) ─▸ publish ─▸ news.raw, news.sources
                │         │ guard: which addresses            │
                └─────── state: validators, next attempt, what was published

``poll.collect`` is the whole of it; ``feeds.read_feeds`` reads the lists that it takes.
"""
