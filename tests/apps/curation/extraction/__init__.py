"""Reading a document to candidates."""
