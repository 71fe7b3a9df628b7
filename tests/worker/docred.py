"""A document in DocRED format, small enough to check by eye."""


def row(number=0, person="Ada Lovelace", place="London"):
    tokens = [
        [*person.split(), "was", "born", "in", place, "in", "1815", "."],
        ["It", "rained", "."],
        ["Later", person.split()[-1], "left", place, "."],
    ]
    n = len(person.split())
    return {
        "title": f"Document {number}",
        "sents": tokens,
        "vertexSet": [
            [
                {"name": person, "sent_id": 0, "pos": [0, n], "type": "PER"},
                {"name": person.split()[-1], "sent_id": 2, "pos": [1, 2], "type": "PER"},
            ],
            [
                {"name": place, "sent_id": 0, "pos": [n + 3, n + 4], "type": "LOC"},
                {"name": place, "sent_id": 2, "pos": [3, 4], "type": "LOC"},
            ],
            [{"name": "1815", "sent_id": 0, "pos": [n + 5, n + 6], "type": "TIME"}],
        ],
        "labels": [
            {"h": 0, "r": "P19", "t": 1, "evidence": [0]},
            {"h": 0, "r": "P569", "t": 2, "evidence": [0]},
        ],
    }
