"""What is refused of learning, in words for the page."""

from __future__ import annotations


class LearningRefused(Exception):
    """This cannot be done with learned weights; the message says what and why."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class HeadCannotLearn(LearningRefused):
    """The head that reads documents here cannot learn from decisions. The built-in head can: choose
    it under Settings, Heads."""


class NotOpen(LearningRefused):
    """This training has ended already; there is nothing to cancel."""


class NotRetryable(LearningRefused):
    """Only a training that failed or was cancelled can go on, and only while no other one is under
    way."""


class NotReady(LearningRefused):
    """Only weights of a training that is done can be switched on."""


class OnAlready(LearningRefused):
    """These weights are on already."""


class BaseChanged(LearningRefused):
    """These weights were learned of another version of the head than the one that is here now.
    Train again."""


class AnotherHead(LearningRefused):
    """These weights were learned of another head than the one that the space reads with now. Choose
    that one under Settings, Heads, or train again."""


class NoneOn(LearningRefused):
    """The shipped weights are on already."""


class NothingNew(LearningRefused):
    """Nothing was decided since the last training: it would learn the same again."""
