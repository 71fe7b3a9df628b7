from django.db import migrations

FORWARD = """
ALTER TABLE asking_question ADD CONSTRAINT asking_question_of_space UNIQUE (id, space_id);
ALTER TABLE curation_candidate ADD CONSTRAINT curation_candidate_question_exists
    FOREIGN KEY (question, space_id) REFERENCES asking_question (id, space_id);
ALTER TABLE curation_relationproposal ADD CONSTRAINT curation_relationproposal_question_exists
    FOREIGN KEY (question, space_id) REFERENCES asking_question (id, space_id);
"""
BACKWARD = """
ALTER TABLE curation_relationproposal DROP CONSTRAINT curation_relationproposal_question_exists;
ALTER TABLE curation_candidate DROP CONSTRAINT curation_candidate_question_exists;
ALTER TABLE asking_question DROP CONSTRAINT asking_question_of_space;
"""


class Migration(migrations.Migration):
    """The question of a candidate or of a proposed relation is one of its space.

    Curation stands below asking and has it as a number; the app above brings the foreign keys.
    """

    dependencies = [("asking", "0007_question_turns"), ("curation", "0006_candidate_wording")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
