"""Conversations: are their facts found, and questions answered from them?"""
