from django.urls import path
from notes import views
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

urlpatterns = [
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/login/", views.login),
    path("api/register/", views.register),
    path("api/verify/", views.verify_email),
    path("api/keys/", views.new_key),
    path("api/notes/<int:pk>/", views.NoteView.as_view()),
    path("api/mirror/", views.mirror),
]
