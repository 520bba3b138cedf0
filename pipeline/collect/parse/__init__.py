"""Documents to entries: feeds of every kind, sitemaps, pages that list articles; their encodings and dates."""
