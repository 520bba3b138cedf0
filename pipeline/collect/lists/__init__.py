"""Lists of feeds: read, written, changed while the collector runs."""
