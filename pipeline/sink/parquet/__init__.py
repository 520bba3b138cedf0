"""The Parquet sink: a folder of hive-partitioned files that DuckDB, pandas and Spark read as they stand.

    schema.py   the columns of each data set, and the one writer of Parquet files
    rows.py     records as rows, and the partition where each belongs
    disk.py     the steps that change the folder, each durable when it returns
    folder.py   the commit: offsets and new files change together, or not at all
    sink.py     the sink; compact.py merges its small files
"""
