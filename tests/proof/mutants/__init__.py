"""Programs with one mistake put in, which the tests should notice."""
