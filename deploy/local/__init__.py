"""Kafka and Flink on one machine without containers: ``deploy/local/up``, ``status``, ``down``.

Read in this order: ``settings`` (every knob), ``part`` (one process), ``parts`` (which there are),
``cluster`` (all of them), ``keep`` (what restarts the dead).
"""
