"""Heads that ask a server of language models (OpenAI's protocol) and believe nothing it says."""
