"""What a head is asked and how its answers are judged: modes, verdicts and diagnoses."""
