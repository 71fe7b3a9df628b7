"""What people send to the evaluation pages: a module for each section."""
