"""``newsbeam feeds check``: what an address is, and what is wrong with it."""
