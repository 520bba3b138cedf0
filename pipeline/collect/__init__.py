"""From feeds to ``news.raw``: polite, conditional, safe.

::

    lists ─ turns ─▸ fetch ─▸ parse (own process) ─▸ pages, for teasers ─▸ desk ─▸ news.raw, news.sources
              │        │ guard, robots                                        │
              └────── state: validators, next attempt, what was published ────┘

``poll.collect`` is the whole of it. The rooms: ``lists`` reads feed lists, ``fetch`` asks one address, ``parse``
makes entries of a document, ``pages`` completes them from article pages, ``push`` is WebSub, ``check`` is
``newsbeam feeds check``. Here stand the loop (poll, turns, budget, schedule, orders) and what it settles with (desk,
batch, publish, state).
"""
