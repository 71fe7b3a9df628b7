"""The audit pages of a space, under /s/<slug>/audit/: a module for each section."""
