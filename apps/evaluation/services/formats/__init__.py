"""Rows of uploaded files, read as cases: one module for each form that a row can have."""
