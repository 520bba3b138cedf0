"""Dead letters: read from ``news.dead-letter`` alone, shown safely, and sent again once what refused them is mended.

Nothing is kept beside the log. A dead letter stays as history for ever; that it was replayed is known from the
new raw record, whose header names the one that died (deploy/decisions/replay-and-backfill.md).
"""
