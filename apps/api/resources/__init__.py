"""One file for each kind of thing: what a call takes and gives, and the views of its addresses."""
