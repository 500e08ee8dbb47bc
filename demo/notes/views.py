"""Three kinds of view: REST framework with scopes, plain Django with a token, and a page for everybody."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from demo.notes.models import Note
from django_bearer import ServiceAccount, public
from django_bearer.integrations.django import bearer_required
from django_bearer.integrations.drf import HasScope


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ("id", "text")


class Notes(generics.ListCreateAPIView):
    """The caller's own notes: one scope to read them, another to add one."""

    serializer_class = NoteSerializer
    permission_classes = (HasScope,)
    required_scopes = {"GET": ["notes:read"], "POST": ["notes:write"]}

    def check_permissions(self, request: Request) -> None:
        """Only users have notes: reject a service account, whatever its scope."""
        super().check_permissions(request)
        if isinstance(request.user, ServiceAccount):
            raise PermissionDenied("A service account has no notes.")

    def get_queryset(self) -> QuerySet[Note]:
        return Note.objects.filter(owner=self.request.user).order_by("pk")

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        serializer.save(owner=self.request.user)


@bearer_required(audience=settings.INVOICES)
def invoices(request: HttpRequest) -> HttpResponse:
    """An API with another audience: a token for the notes is not valid here."""
    return JsonResponse({"user": request.user.get_username(), "invoices": []})


@bearer_required
def whoami(request: HttpRequest) -> HttpResponse:
    """A plain Django view that requires a token. A service account, too, may ask; it has no password."""
    user = request.user
    has_password = isinstance(user, get_user_model()) and user.has_usable_password()
    said = {"user": user.get_username(), "has_password": has_password}
    return JsonResponse({**said, "scopes": sorted(request.auth.scopes)})


@public
def status(request: HttpRequest) -> HttpResponse:
    """Open to everybody."""
    return HttpResponse("<!doctype html><title>Notes</title><p>The notes API is up.</p>")
