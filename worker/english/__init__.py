"""Closed classes of English words, each in one place."""
