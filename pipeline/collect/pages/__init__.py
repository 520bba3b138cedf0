"""Article pages: when one is needed, what on it is the article, what an outlet repeats on all of them."""
