"""Backfill: old articles into the lane of their own, ``news.raw.backfill``; live stories and alerts never see them.

From files (JSON Lines and web archives, plain or compressed) or from what a topic still holds. What was sent is known
from the lane itself, so a run that was cut off goes on where it stopped (deploy/decisions/replay-and-backfill.md).
"""
