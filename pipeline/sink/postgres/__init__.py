"""The PostgreSQL sink: many readers, months as partitions, the same tables and views as the SQLite sink."""
