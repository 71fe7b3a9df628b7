"""An answer with its trace, as docs/ask_json.md describes it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class CitedTripleOut(serializers.Serializer[Any]):
    """The fact of a citation as it stands today. ``in_words_of``: who states it, where no document
    does."""

    id = serializers.IntegerField()
    subject = serializers.CharField()
    relation = serializers.CharField()
    object = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    in_words_of = serializers.CharField(allow_null=True)


class CitedDocumentOut(serializers.Serializer[Any]):
    """A cited document; ``erased`` says what became of one that is no longer kept."""

    id = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    erased = serializers.CharField(allow_null=True)


class CitedRowOut(serializers.Serializer[Any]):
    """The row of an imported file that a cited fact rests on."""

    row = serializers.IntegerField()
    file = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)


class CitedSpansOut(serializers.Serializer[Any]):
    """Start and end in the document's text: code points, the end excluded."""

    sentence = serializers.ListField(child=serializers.IntegerField())
    subject = serializers.ListField(child=serializers.IntegerField())
    object = serializers.ListField(child=serializers.IntegerField())


class CitationOut(serializers.Serializer[Any]):
    """A fact that the answer states, ``[number]`` in its text, in the words of the moment of
    answering."""

    number = serializers.IntegerField()
    triple = CitedTripleOut()
    statement = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_null=True)
    imported = CitedRowOut(allow_null=True)
    document = CitedDocumentOut(allow_null=True)
    spans = CitedSpansOut(allow_null=True)
    approved_by = serializers.CharField(allow_blank=True)
    approved_at = serializers.DateTimeField()


class ReadCallQueryOut(serializers.Serializer[Any]):
    """A partial triple; the side that was asked for is null."""

    subject = serializers.CharField(allow_null=True)
    relation = serializers.CharField(allow_blank=True)
    object = serializers.CharField(allow_null=True)


class ReadCallOut(serializers.Serializer[Any]):
    """A read of the memory: what was asked, considered and found."""

    query = ReadCallQueryOut()
    call = serializers.CharField(allow_blank=True)
    candidates = serializers.ListField(child=serializers.JSONField())
    results = serializers.ListField(child=serializers.JSONField())
    truncated = serializers.BooleanField()


class AttentionShareOut(serializers.Serializer[Any]):
    """The mean share of attention of a group of layers, over the tokens of the answer."""

    first_layer = serializers.IntegerField()
    last_layer = serializers.IntegerField()
    share = serializers.FloatField()


class AttendedOut(serializers.Serializer[Any]):
    """An explicit memory that the model looked at, which proves nothing of why it answered so.
    ``name`` stands for text, model and adapter, ``sha256`` for the file that was read, null where
    the memory was kept as text. ``facts`` are the facts that it states; ``left_out`` says why it
    was not looked at."""

    number = serializers.IntegerField()
    memory = serializers.IntegerField()
    version = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField(allow_null=True)
    facts = serializers.ListField(child=serializers.IntegerField())
    shares = AttentionShareOut(many=True)
    left_out = serializers.CharField(allow_null=True)


class PerhapsOut(serializers.Serializer[Any]):
    """What a question that was abstained from may mean; no answer, and nothing is cited for it.
    Its ``number`` is what ``.../meant`` takes."""

    number = serializers.IntegerField()
    said = serializers.CharField()
    reading = serializers.ListField(child=serializers.JSONField())


class AnswerOut(serializers.Serializer[Any]):
    """An answer with its trace."""

    id = serializers.IntegerField()
    question = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    answer = serializers.CharField()
    abstained = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    understood = serializers.ListField(child=serializers.JSONField())
    reading = serializers.ListField(child=serializers.JSONField())
    topic = serializers.JSONField()
    perhaps = PerhapsOut(many=True)
    citations = CitationOut(many=True)
    reads = ReadCallOut(many=True)
    attended = AttendedOut(many=True)
    calls = serializers.CharField(allow_blank=True)
    unsupported = serializers.JSONField()
    head = serializers.CharField()
    head_version = serializers.CharField()
    seconds = serializers.FloatField()
