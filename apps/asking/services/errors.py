"""What the services of asking refuse. The docstring of each is what the page says."""

from __future__ import annotations

import inspect

from apps.asking.models import Question
from apps.memory.controller import MemoryRefusal
from worker.errors import WorkerError


class AskingError(Exception):
    """This question cannot be asked."""

    def __init__(self) -> None:
        super().__init__(" ".join(inspect.cleandoc(self.__doc__ or "").split()))


class EmptyQuestion(AskingError):
    """The question is empty. Write what you want to know."""


class QuestionTooLong(AskingError):
    """The question is too long."""

    def __init__(self, length: int) -> None:
        Exception.__init__(
            self,
            f"The question has {length:,} characters; at most {Question.MAX_LENGTH:,} are read. "
            "Shorten it to the one thing that you want to know.",
        )


class UnreadableQuestion(AskingError):
    """The question holds characters that are no text. Type it anew."""


class NotYourConversation(AskingError):
    """A conversation belongs to the person who began it; nobody else can go on with it."""


class NoSuchTopic(AskingError):
    """The question cannot mean this; pick one of the things that its page names."""


class NoSuchReading(AskingError):
    """This answer offers no such reading; pick one of those that it does."""


class ReadingGone(AskingError):
    """A relation of this reading is no longer in use, so that it cannot be asked any more."""


class NotRetryable(AskingError):
    """Only a question that failed or was cancelled can be asked again this way."""


class NotCancellable(AskingError):
    """This question has ended already."""


class MarkRefused(AskingError):
    """This cannot be noted about the answer; the message says why. ``field`` names what is wrong
    among ``expected``, ``citation``, ``beside``, ``subject``, ``relation`` and ``object``."""

    def __init__(self, message: str, *, field: str = "expected") -> None:
        Exception.__init__(self, message)
        self.field = field


class TrialRefused(AskingError):
    """This answer looked at no such explicit memory, so that there is nothing to take away."""


class AnswerRefused(WorkerError):
    """The read head gave an answer that the memory does not bear out; it is never shown."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The answer was refused, because {problem}.", permanent=True)


class MemoryWentStale(WorkerError):
    """What the model attended to was changed while the answer was being made."""

    def __init__(self) -> None:
        super().__init__(
            "What the model attended to was changed while the answer was being made.",
            permanent=False,
        )


class MemoriesChanged(WorkerError):
    """What this answer looked at was changed since, so that it cannot be asked again as it was."""

    def __init__(self) -> None:
        super().__init__(" ".join(inspect.cleandoc(self.__doc__ or "").split()), permanent=True)


class FactWithdrawn(WorkerError):
    """A fact was taken out of the memory while the answer was being made."""

    def __init__(self) -> None:
        super().__init__(
            "A fact was taken out of the memory while the answer was being made.", permanent=False
        )


class DueRefused(Exception):
    """This correction cannot be proposed."""


class DueChanged(MemoryRefusal):
    """The fact was changed or decided since its card was shown: look at it again."""


class NothingSaid(MemoryRefusal):
    """You said nothing of this fact that could still be taken back."""
