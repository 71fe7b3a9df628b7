"""A question as a value: understanding it, looking it up, saying what was found."""
