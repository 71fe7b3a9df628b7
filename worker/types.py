"""The values that cross the border between the Django side and the model side.

All of them are frozen, hold plain Python only, and are safe to pickle and to compare.
Every offset is a count of Unicode code points (what ``str`` slicing uses), start included,
end excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:  # which is made of what is defined here
    from worker.reading.question import Question

EntityKind = Literal["item", "time", "quantity", "text"]
Side: TypeAlias = Literal["subject", "object"]  # of a triple: the one that is known, most often
SIDES: tuple[Side, Side] = ("subject", "object")
OPPOSITE: dict[Side, Side] = {"subject": "object", "object": "subject"}
ENTITY_TYPES = ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")
LITERAL_KINDS: dict[str, EntityKind] = {"TIME": "time", "NUM": "quantity"}  # by type
# What a fact means beside what its relation's name says. Of times: when an event began, ended or
# happened, when its subject came into being or ceased, or that its subject was there as long as it
# holds ("dates"). Of order: which of the two came in the place of, or next after, the other. Of
# places: in what its subject lies, or where it is from. Of family: who the object is to it.
RelationRole = Literal[
    "", "starts", "ends", "happens", "inception", "dissolution", "dates",
    "replaces", "replaced_by", "follows", "followed_by",
    "within", "country", "continent", "from", "citizenship", "origin",
    "father", "mother", "parent", "child", "spouse", "sibling",
]  # fmt: skip

# How a text has a fact. "ended": it held and holds no more. "planned": it is to come, or would be.
Mood = Literal["stated", "denied", "uncertain", "asked", "planned", "ended"]
HOLDING: tuple[Mood, ...] = ("stated", "ended")  # the moods in which a text bears a fact out


@dataclass(frozen=True, order=True)
class Span:
    """A half-open range ``[start, end)`` of code points in some text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True)
class PassageText:
    """A passage as a write head sees it; ``sentences`` are spans into ``text``, in order."""

    id: str
    text: str
    sentences: tuple[Span, ...]


def holds_on(
    valid_from: date | None, valid_to: date | None, since: date | None, until: date | None
) -> bool:
    """Tell whether what is valid from one day until another held on a day from ``since`` to
    ``until``, both included; None is open, and ``valid_to`` is the first day after the end.

    The memory controller says the same in SQL (``controller.facts``).

    >>> holds_on(date(2000, 1, 1), date(2010, 1, 1), date(2010, 1, 1), None)
    False
    """
    begins = until is None or valid_from is None or valid_from <= until
    goes_on = since is None or valid_to is None or valid_to > since
    return begins and goes_on


@dataclass(frozen=True)
class RelationSpec:
    """A relation as a head sees it. ``id`` is opaque to the head and comes back in its results.

    ``lasts`` tells whether its facts can hold for a time. ``cue_words`` are words of which a
    sentence must hold one for its times to be those of the fact; a star stands for any letters
    ("work*"). Without them they are those of the relation's names and template.
    ``name_in_pack`` is what its pack calls a relation that came with one, whatever its owner does.
    ``examples`` are sentences that state it, their names marked (``worker.marked_sentences``).
    ``implies`` names relations, by key or name, that hold wherever this one does; ``implies_back``
    those that then hold with subject and object in each other's place. ``used`` tells whether the
    memory has facts of it, where that is known.
    """

    id: str
    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    inverse_name: str = ""
    single_valued: bool = False
    subject_types: tuple[str, ...] = ()
    object_types: tuple[str, ...] = ()
    template: str = ""  # e.g. "{subject} was born in {object}."
    wikidata_property: str = ""
    questions: tuple[str, ...] = ()  # for the object, e.g. "Where was {subject} born?"
    inverse_questions: tuple[str, ...] = ()  # for the subject, e.g. "Who was born in {object}?"
    lasts: bool = True
    cue_words: tuple[str, ...] = ()
    role: RelationRole = ""
    name_in_pack: str = ""
    examples: tuple[str, ...] = ()  # e.g. "[Ada Brook] was born in [Oakham]."
    inverse_id: str = ""
    implies: tuple[str, ...] = ()
    implies_back: tuple[str, ...] = ()
    used: bool = field(default=True, compare=False)

    @property
    def key(self) -> str:
        """By what a head that was trained on the relation knows it; empty for an owner's own.

        >>> RelationSpec("7", "bought", name_in_pack="acquired").key
        'acquired'
        """
        return self.wikidata_property or self.name_in_pack


@dataclass(frozen=True)
class TimeValue:
    """A time as ISO 8601-2 (EDTF) writes it, and the first and last day that it may mean.

    Days are ISO dates with astronomical years ("-0043" is 44 BC), both included; empty where the
    time is open ("since 1999" has no last day).
    """

    edtf: str
    start: str
    end: str
    precision: str  # day, month, season, quarter, year, decade, century, millennium, interval


@dataclass(frozen=True)
class QuantityValue:
    """A number or a range of numbers, and what it counts.

    ``low`` and ``high`` are exact: "1500000", "2.5", or "2/3" where no decimal ends; equal unless
    a range is stated, empty where it is open ("over 200" has no ``high``). ``unit`` is a symbol
    ("km", "%", "USD"), a counted thing as it is written ("people"), "ordinal", or empty.
    """

    low: str
    high: str
    unit: str = ""
    approximate: bool = False


@dataclass(frozen=True)
class TextValue:
    """An address, a number of a telephone, a version or an identifier.

    ``form`` is "mail", "web", "phone", "version" or "identifier"; ``normal`` is the same for all
    spellings of one ("+44 20 7946 0000" and "+442079460000").
    """

    form: str
    normal: str


LiteralValue: TypeAlias = TimeValue | QuantityValue | TextValue


@dataclass(frozen=True)
class Argument:
    """The subject or object of a proposal: its text is exactly ``span.of(passage.text)``.

    ``name`` is the fullest mention of the same entity in the passage ("Ada Lovelace" where the
    text at hand is "Lovelace"), empty when the head does not say. ``value`` is what the text means
    when it is a literal that can be read.
    """

    text: str
    span: Span
    type: str  # one of ENTITY_TYPES
    kind: EntityKind = "item"
    name: str = ""
    value: LiteralValue | None = None

    @property
    def called(self) -> str:
        """What it is proposed under: the name of a thing, a literal as it stands in the text."""
        return self.name if self.name and self.kind == "item" else self.text


@dataclass(frozen=True)
class Proposal:
    """A triple that a write head found. All spans index the text of its passage."""

    subject: Argument
    relation_id: str
    object: Argument
    sentence: Span  # the evidence: from the first to the last sentence that it rests on
    score: float  # in [0, 1]
    valid_from: date | None = None
    valid_to: date | None = None  # the first day on which it no longer holds
    mood: Mood = "stated"

    @property
    def holds(self) -> bool:
        """Whether the text says that it holds or held."""
        return self.mood in HOLDING


@dataclass(frozen=True)
class MentionSpan:
    """A mention of an entity found in a passage (for display and for evaluation)."""

    span: Span
    type: str


@dataclass(frozen=True)
class Spending:
    """What a head asked of a server for one passage or question; tokens are 0 where the server
    does not count them."""

    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True)
class PassageExtraction:
    """What a write head found in one passage; ``call`` is the literal MEM_WRITE text.

    ``proposals`` are those that the text bears out, as the call has them. ``unstated`` are those
    that it only speaks of: denied, uncertain, asked or planned. They are evidence of nothing.
    ``dropped`` counts what a model said and the text does not bear out, by a word that says why.
    """

    passage_id: str
    proposals: tuple[Proposal, ...]
    call: str
    mentions: tuple[MentionSpan, ...] = ()
    unstated: tuple[Proposal, ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    spent: Spending | None = None


@dataclass(frozen=True)
class EntityRef:
    """An entity of the memory, as heads see it.

    ``how`` tells how a text names it: by its name, by an alias, by a part of its name, or with
    ``edits`` letters added, left out, exchanged or swapped (0: only accents, punctuation or the
    order of the words differ). It is no part of the entity and does not count when comparing.
    A literal has its ``value``, where its name can be read.
    """

    id: str
    name: str
    type: str = ""
    description: str = ""
    how: Literal["exact", "alias", "partial", "spelling"] = field(default="exact", compare=False)
    edits: int = field(default=0, compare=False)
    kind: EntityKind = "item"
    value: LiteralValue | None = None


@dataclass(frozen=True)
class MemoryQuery:
    """A partial triple: one of ``subject`` and ``object`` is given (None = unknown), or neither,
    which asks for all facts of the relation.

    ``subject_id``/``object_id``/``relation_id`` pin the known parts when the head has already
    resolved them; without them the controller resolves the texts.

    ``include_past`` asks for superseded facts too whose end is known, and for those facts alone
    that may have held on a day from ``since`` to ``until`` (both included, None is open).
    ``most`` asks for more facts than a read returns as a rule, where a further step needs them.
    """

    relation: str
    subject: str | None = None
    object: str | None = None
    relation_id: str | None = None
    subject_id: str | None = None
    object_id: str | None = None
    include_past: bool = False
    since: date | None = None
    until: date | None = None
    most: int = 0

    def __post_init__(self) -> None:
        if self.subject is not None and self.object is not None:
            raise ValueError("a memory query gives at most one of subject and object")

    @property
    def whole(self) -> bool:
        """Whether all facts of the relation are asked for."""
        return self.subject is None and self.object is None


@dataclass(frozen=True)
class Fact:
    """A triple of the memory, as a read returns it: an active one, unless the past was asked for.

    ``valid_to`` is the first day on which it no longer held.
    """

    triple_id: str
    subject: EntityRef
    relation: RelationSpec
    object: EntityRef
    valid_from: date | None = None
    valid_to: date | None = None
    score: float = 1.0


@dataclass(frozen=True)
class ReadCandidate:
    """An entity or relation that a read considered. ``distance`` is 1 - cosine, 0 when exact."""

    role: Literal["entity", "relation"]
    id: str
    name: str
    distance: float
    accepted: bool
    exact: bool = False


@dataclass(frozen=True)
class ReadResult:
    """What the memory controller answered to one query: every candidate, then the facts."""

    query: MemoryQuery
    candidates: tuple[ReadCandidate, ...]
    facts: tuple[Fact, ...]
    truncated: bool = False


@dataclass(frozen=True)
class ReadTrace:
    """One read call of an answer: the literal protocol text, and what came back."""

    call: str
    result: ReadResult


@dataclass(frozen=True)
class Turn:
    """An earlier question and answer of the same conversation, oldest first."""

    question: str
    answer: str
    entities: tuple[EntityRef, ...] = ()


@dataclass(frozen=True)
class QuestionContext:
    """What surrounds a question: earlier turns and the time it asks about. ``topic`` is what a
    person says that it is about where it names nothing itself."""

    turns: tuple[Turn, ...] = ()
    as_of: date | None = None
    topic: EntityRef | None = None


@dataclass(frozen=True)
class Topic:
    """What a question took from earlier turns: ``words`` stand for ``entity`` ("he", "the film";
    empty where it names nothing at all), and ``others`` are what they could mean as well."""

    words: str
    entity: EntityRef
    others: tuple[EntityRef, ...] = ()


@dataclass(frozen=True)
class AttendedReference:
    """An explicit memory of an answer. ``shares``: of layers first to last, the mean share of
    attention that it drew over the tokens of the answer: where the model looked, and no proof.
    One that could not be attended to says why in ``left_out``; ``damaged`` where its file is
    missing or not what was written. ``seconds``: what it took to have it at hand, read from its
    file or, kept as text, encoded. ``name`` and ``sha256`` are those of its file, as a
    ``worker.references.KeptReference`` has them."""

    id: str
    version: int
    facts: tuple[str, ...]  # numbers of triples
    shares: tuple[tuple[int, int, float], ...] = ()
    left_out: str = ""
    damaged: bool = False
    seconds: float = 0.0
    name: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class OfferedReading:
    """What a question that was abstained from may mean: ``said`` asks it in plain words, and
    ``certainty`` is the log-odds of its being meant. It is no answer, and cites nothing."""

    said: str
    question: Question
    certainty: float = 0.0


@dataclass(frozen=True)
class TracedAnswer:
    """An answer, built only from ``cited`` facts; ``[n]`` in the text cites ``cited[n - 1]``.

    When ``abstained``, ``reason`` says why in one sentence, and ``cited`` is empty or holds what is
    offered instead: facts of a relation that is near to the one asked for. ``answers``
    are the entities asked for, without those that only lead to them; a yes or no, a number of years
    and a date that the text opens with has none, as these are no entities of the memory.
    ``understood`` says in sentences how the question was taken: what a pronoun stands for, which
    days its time means. ``questions`` are what was asked, as values whose spans count in the
    question as it was typed; none where nothing was understood. ``topic`` is
    what it took from earlier turns. ``unsupported`` are the stretches of the text that no read
    bears out, in order; they cite nothing. ``attended`` are the explicit memories that the head
    attended to, or would have. ``written`` is what a language model wrote that answers by itself,
    before the memory was asked about it. ``perhaps`` is what a question that was abstained from
    may mean, the likeliest first: readings that the memory answers, each otherwise.
    """

    text: str
    abstained: bool
    reason: str = ""
    cited: tuple[Fact, ...] = ()
    reads: tuple[ReadTrace, ...] = ()
    calls: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    answers: tuple[EntityRef, ...] = ()
    understood: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    topic: Topic | None = None
    spent: Spending | None = None
    unsupported: tuple[Span, ...] = ()
    attended: tuple[AttendedReference, ...] = ()
    written: str = ""
    perhaps: tuple[OfferedReading, ...] = ()


@dataclass(frozen=True)
class TextAnswer:
    """What a head without a memory says. ``score`` is how likely its words were to itself, in
    [0, 1], where it tells; ``read`` the number of characters of the given texts that it read."""

    text: str
    score: float | None = None
    read: int = 0


@dataclass(frozen=True)
class AnswerProgress:
    """How far an answer is: its text so far, which nothing has checked, and the reads so far."""

    text: str = ""
    reads: tuple[ReadTrace, ...] = ()


@dataclass(frozen=True)
class AnsweredReading:
    """What a question may mean, and its answer by that reading.

    ``question`` and ``reading`` are both as a cross-encoder reads them, names as letters;
    ``relations`` are the names of those that the reading goes along, each once, sorted;
    ``figures`` are the signs that speak for it, by name.
    """

    question: str
    reading: str
    relations: tuple[str, ...]
    figures: dict[str, float]
    answer: TracedAnswer
