"""What people say to each other, read as a text that says who and when (``reading.read_turns``)."""
