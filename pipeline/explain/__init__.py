"""``newsbeam explain``: what each stage makes of one article, and why; nothing is written anywhere.

``resolve`` (with ``read_file``, ``ask_web`` and ``store``) finds what is meant, ``memory`` knows what the graph would
remember, ``stages`` asks each stage, ``report`` puts it together (``schemas/explain.v1.json``), ``show`` is the screen.
"""
