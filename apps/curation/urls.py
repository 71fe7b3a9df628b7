"""The pages of review."""

from __future__ import annotations

from django.urls import path

from apps.curation import (
    batch_views,
    choice_views,
    dispute_views,
    hold_views,
    proposal_views,
    views,
)

app_name = "curation"
urlpatterns = [
    path("", views.review, name="review"),
    path("candidates/", batch_views.candidate_list, name="candidate-list"),
    path("candidates/decide/", batch_views.batch_decide, name="batch-decide"),
    path("candidates/<int:pk>/", views.candidate_detail, name="candidate-detail"),
    path("candidates/<int:pk>/accept/", views.candidate_accept, name="candidate-accept"),
    path("candidates/<int:pk>/reject/", views.candidate_reject, name="candidate-reject"),
    path("candidates/<int:pk>/defer/", views.candidate_defer, name="candidate-defer"),
    path("candidates/<int:pk>/edit/", choice_views.candidate_edit, name="candidate-edit"),
    path("candidates/<int:pk>/merge/", choice_views.candidate_merge, name="candidate-merge"),
    path(
        "candidates/<int:pk>/supersede/",
        choice_views.candidate_supersede,
        name="candidate-supersede",
    ),
    path("candidates/<int:pk>/keep/", dispute_views.dispute_keep, name="dispute-keep"),
    path("candidates/<int:pk>/retract/", dispute_views.dispute_retract, name="dispute-retract"),
    path("candidates/<int:pk>/end/", dispute_views.dispute_end, name="dispute-end"),
    path("candidates/<int:pk>/hold/", hold_views.hold_renew, name="hold-renew"),
    path("candidates/<int:pk>/leave/", hold_views.hold_release, name="hold-release"),
    path("candidates/<int:pk>/take-over/", hold_views.hold_take_over, name="hold-take-over"),
    path("relations/", proposal_views.relation_proposal_list, name="relation-proposal-list"),
    path("relations/<int:pk>/", proposal_views.relation_proposal, name="relation-proposal"),
    path(
        "relations/<int:pk>/accept/",
        proposal_views.relation_proposal_accept,
        name="relation-proposal-accept",
    ),
    path(
        "relations/<int:pk>/use/",
        proposal_views.relation_proposal_use,
        name="relation-proposal-use",
    ),
    path(
        "relations/<int:pk>/decline/",
        proposal_views.relation_proposal_decline,
        name="relation-proposal-decline",
    ),
    path("decisions/<int:pk>/undo/", views.decision_undo, name="decision-undo"),
    path("batches/<int:pk>/", batch_views.batch, name="batch"),
    path("batches/<int:pk>/undo/", batch_views.batch_undo, name="batch-undo"),
]
