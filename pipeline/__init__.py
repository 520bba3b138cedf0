"""newsbeam talks to the world here; what it decides about articles is in ``transforms``.

::

    feeds ─ collect ─▸ news.raw ─ enrich ─▸ news.enriched ─ sink ─▸ news.db
                          │ one Beam graph │ news.alerts
                          the log          │ news.dead-letter
                                             news.sources (from collect)
"""

__version__ = "0.1.0"
