"""Everything that changes questions, answers and what people say about them."""

from apps.asking.services.answering import (
    heads_load,
    question_answer_here,
    question_run,
    question_run_next,
    question_sweep,
)
from apps.asking.services.asking_again import (
    question_ask_about,
    question_ask_anew,
    question_ask_as_meant,
)
from apps.asking.services.choosing import reading_choose
from apps.asking.services.due import (
    due_put_off,
    due_retract,
    due_still_true,
    due_take_back,
    fact_correct,
)
from apps.asking.services.due_holds import due_hold_release, due_hold_take
from apps.asking.services.errors import DueRefused
from apps.asking.services.gaps import Gap, gap_of
from apps.asking.services.marks import answer_mark, gap_record, mark_propose
from apps.asking.services.misread import (
    Correction,
    PartToCorrect,
    answer_misread,
    meant_in_words,
    parts_to_correct,
)
from apps.asking.services.objections import blamable
from apps.asking.services.questions import question_ask, question_cancel, question_retry
from apps.asking.services.readings import readings_shown
from apps.asking.services.rightness import answer_confirm
from apps.asking.services.trials import (
    AskedAgain,
    trial_ask,
    trial_run,
    trial_run_next,
    trial_sweep,
)
from apps.asking.services.wording import misreading_teach

__all__ = [
    "AskedAgain",
    "Correction",
    "DueRefused",
    "Gap",
    "PartToCorrect",
    "answer_confirm",
    "answer_mark",
    "answer_misread",
    "blamable",
    "due_hold_release",
    "due_hold_take",
    "due_put_off",
    "due_retract",
    "due_still_true",
    "due_take_back",
    "fact_correct",
    "gap_of",
    "gap_record",
    "heads_load",
    "mark_propose",
    "meant_in_words",
    "misreading_teach",
    "parts_to_correct",
    "question_answer_here",
    "question_ask",
    "question_ask_about",
    "question_ask_anew",
    "question_ask_as_meant",
    "question_cancel",
    "question_retry",
    "question_run",
    "question_run_next",
    "question_sweep",
    "reading_choose",
    "readings_shown",
    "trial_ask",
    "trial_run",
    "trial_run_next",
    "trial_sweep",
]
