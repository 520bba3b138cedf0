"""A small news web of invented outlets, served over real HTTP on loopback, and the summary of a run."""
