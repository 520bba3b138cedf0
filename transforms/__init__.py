"""What newsbeam decides about an article, one room a decision.

``Clean ▸ DetectLanguage ▸ TagEntities ▸ Fingerprint ▸ Deduplicate ▸ AssignStory ▸ DetectBreakingTopics``

Each module holds pure functions or a plain class first and a thin PTransform of the same name last.
Nothing here knows Kafka, HTTP, files (but its own data) or settings; ``pipeline`` imports
``transforms``, never back.
"""
