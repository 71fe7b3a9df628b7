"""A browser's own name for itself, short enough to know it by in a list of sessions."""

from __future__ import annotations

# In this order: each one calls itself by the names of later ones too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """Return "Firefox on Linux" for a ``User-Agent``, or its first word where it is none of the
    known ones."""
    browser = next((name for word, name in _BROWSERS if f"{word}/" in agent), "")
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or agent.split(" ")[0][:80]
