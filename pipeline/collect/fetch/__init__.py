"""One request: what may be asked, how, how much of the answer is read, and what went wrong."""
