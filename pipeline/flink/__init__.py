"""Running the graph on a Flink cluster: what is asked of it, what is refused, and a thin front for its jobs."""
