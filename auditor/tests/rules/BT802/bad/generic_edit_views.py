# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('post/<int:pk>/edit/', views.Edit.as_view()),
    path('post/<int:pk>/delete/', views.Remove.as_view()),
    path('page/<slug:slug>/', views.EditPage.as_view()),
]
# file: shop/views.py
from django.views import generic
from django.views.generic import DeleteView
from django.views.generic.edit import UpdateView
from shop.models import Page, Post


class Edit(UpdateView):  # <- BT802
    model = Post
    fields = ['text']


class Remove(DeleteView):  # <- BT802
    model = Post


class EditPage(generic.UpdateView):  # <- BT802
    model = Page
    fields = ['text']
