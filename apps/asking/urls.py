from __future__ import annotations

from django.urls import path

from apps.asking import mark_views, trial_views, views

app_name = "asking"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("questions/<int:pk>/", views.question, name="question"),
    path("questions/<int:pk>.json", views.question_json, name="question-json"),
    path("questions/<int:pk>/follow-up/", views.follow_up, name="follow-up"),
    path("questions/<int:pk>/about/", views.about, name="about"),
    path("questions/<int:pk>/wrong/", mark_views.answer_wrong, name="answer-wrong"),
    path("questions/<int:pk>/right/", mark_views.answer_right, name="answer-right"),
    path("questions/<int:pk>/misread/", mark_views.misread, name="misread"),
    path("questions/<int:pk>/gap/", mark_views.gap, name="gap"),
    path("questions/<int:pk>/meant/", mark_views.choose, name="choose"),
    path("questions/<int:pk>/again/", mark_views.again, name="again"),
    path("marks/", mark_views.mark_list, name="mark-list"),
    path("marks/<int:pk>/", mark_views.mark, name="mark"),
    path("marks/<int:pk>/propose/", mark_views.propose, name="mark-propose"),
    path("marks/<int:pk>/meant/", mark_views.meant, name="mark-meant"),
    path("misreadings/<int:pk>/teach/", mark_views.teach, name="misreading-teach"),
    path("questions/<int:pk>/without/<int:number>/", trial_views.without, name="without"),
    path("questions/<int:pk>/trial/<int:number>/", trial_views.trial, name="trial"),
    path("questions/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("questions/<int:pk>/retry/", views.retry, name="retry"),
]
