"""A client of memweb's API.

>>> with Client("http://127.0.0.1:8000", token) as memweb:
...     demo = InSpace("demo")
...     question = memweb.wait(demo.question_ask("Where was Ada Brook born?"))
...     answer = memweb.send(demo.answer(question.id))

A call is a value (``InSpace`` makes them); ``Client`` and ``AsyncClient`` carry it out: ``send``
for one answer, ``read`` for one with its version, ``each`` for all items of a list, ``wait`` for
work that takes long, ``stream`` for an answer while it is made, ``download`` for a file.
"""

from memweb_client.calls import InSpace, me, spaces
from memweb_client.errors import (
    BadRequest,
    BadSettings,
    Busy,
    Conflict,
    ContentTooLarge,
    DiskFull,
    Forbidden,
    Gone,
    JobFailed,
    MemwebError,
    MethodNotAllowed,
    NotAcceptable,
    NotAsDocumented,
    NotDoneYet,
    NotFound,
    Outdated,
    Problem,
    TimedOut,
    TooManyCalls,
    Unauthorized,
    Unfit,
    Unreachable,
    UnsupportedMedia,
)
from memweb_client.retries import Patience
from memweb_client.shapes import Answer, Progress
from memweb_client.transports import AsyncClient, Client
from memweb_client.values import Seen

__all__ = [
    "Answer",
    "AsyncClient",
    "BadRequest",
    "BadSettings",
    "Busy",
    "Client",
    "Conflict",
    "ContentTooLarge",
    "DiskFull",
    "Forbidden",
    "Gone",
    "InSpace",
    "JobFailed",
    "MemwebError",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotAsDocumented",
    "NotDoneYet",
    "NotFound",
    "Outdated",
    "Patience",
    "Problem",
    "Progress",
    "Seen",
    "TimedOut",
    "TooManyCalls",
    "Unauthorized",
    "Unfit",
    "Unreachable",
    "UnsupportedMedia",
    "me",
    "spaces",
]
