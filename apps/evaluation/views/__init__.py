"""The evaluation pages of a space, under /s/<slug>/evaluation/: a module for each section."""
