"""Topics as code: what newsbeam's topics should be on Kafka, how a cluster differs, and how it is brought there.

``declaration`` says what should be (``topics.toml``), ``compare`` what differs, ``apply`` does it,
``strimzi`` prints it for a Kubernetes operator. The embedded log makes its topics itself.
"""
