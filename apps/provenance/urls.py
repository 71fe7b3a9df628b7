from __future__ import annotations

from django.urls import path

from apps.provenance.views import (
    approvals,
    bundles,
    checkpoints,
    exports,
    imports,
    lives,
    privacy,
    rests,
    site,
    timeline,
    verifications,
)

app_name = "provenance"
urlpatterns = [
    path("", timeline.timeline, name="timeline"),
    path("events/<int:pk>/", timeline.event, name="event"),
    path("proof/<str:kind>/<int:pk>/", bundles.export_proof, name="export-proof"),
    path("verifications/", verifications.verification_list, name="verification-list"),
    path("verifications/<int:pk>/", verifications.verification, name="verification"),
    path("checkpoints/", checkpoints.checkpoints, name="checkpoints"),
    path("checkpoints/compare/", checkpoints.checkpoint_compare, name="checkpoint-compare"),
    path("checkpoints/now/", checkpoints.checkpoint_now, name="checkpoint-now"),
    path("checkpoints/<int:pk>.txt", checkpoints.checkpoint_note, name="checkpoint-note"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("facts/<int:pk>/", lives.fact_life, name="fact-life"),
    path("refusals/", site.refusals, name="refusals"),
    path("rests/", rests.rests, name="rests"),
    path("rests/withdraw/", rests.withdraw_source, name="withdraw"),
    path("withdrawals/<int:pk>/", rests.withdrawal, name="withdrawal"),
    path("withdrawals/<int:pk>/undo/", rests.undo_withdrawal, name="withdrawal-undo"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/documents/<int:pk>/", privacy.document_erasure, name="document-erase"),
    path("import/", imports.space_import, name="import"),
    path("import/new/", imports.import_new, name="import-new"),
    path("import/cancel/", imports.cancel, name="import-cancel"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/new/", exports.export_new, name="export-new"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/download/", exports.download, name="export-download"),
    path("exports/<int:pk>/cancel/", exports.cancel, name="export-cancel"),
    path("exports/<int:pk>/retry/", exports.retry, name="export-retry"),
]
