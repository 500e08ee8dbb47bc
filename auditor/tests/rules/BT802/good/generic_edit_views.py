# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.contrib.auth.decorators import login_required
from django.urls import path
from shop import views

urlpatterns = [
    path('post/<int:pk>/edit/', views.Edit.as_view()),
    path('post/<int:pk>/delete/', login_required(views.Remove.as_view())),
    path('own/<int:pk>/', views.Own.as_view()),
    path('new/', views.New.as_view()),
]
# file: shop/views.py
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import CreateView, DeleteView, UpdateView
from shop.models import Post


class Edit(LoginRequiredMixin, UpdateView):
    model = Post


class Remove(DeleteView):
    model = Post


class Own(UpdateView):
    model = Post

    def get_queryset(self):
        return Post.objects.filter(author=self.request.user)


class New(CreateView):
    model = Post
