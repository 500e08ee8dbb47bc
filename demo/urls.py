"""The demo's routes."""

from __future__ import annotations

from django.urls import include, path

from demo.front import views as front
from demo.notes import views

urlpatterns = [
    *(path(place, front.page, {"name": name}) for place, name in front.PAGES.items()),
    path("account/qr/", front.picture),
    path("attacks/", front.attacks),
    path("attacks/run/", front.run_attacks),
    path("attacks/results/", front.attack_results),
    path("mails/", front.mails),
    path("language/", front.language, name="language"),
    path("seen/", front.seen),
    path("timeline/", front.timeline),
    path("timeline/theft/", front.theft),
    path("page/page.css", front.style),
    path("page/texts.js", front.texts),
    path("page/<str:name>", front.script),
    path("elsewhere/", front.elsewhere),
    path("auth/", include("django_bearer.urls")),
    path("auth/", include("django_bearer.integrations.allauth.urls")),
    path(".well-known/", include("django_bearer.urls.well_known")),
    path("status/", views.status),
    path("whoami/", views.whoami),
    path("invoices/", views.invoices),
    path("notes/", views.Notes.as_view()),
]
