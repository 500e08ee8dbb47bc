# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('dish/new/', views.NewDish.as_view()),
    path('dish/<int:pk>/', views.EditDish.as_view()),
    path('move/', views.Move.as_view()),
    path('let-in/', views.let_in),
]
# file: shop/views.py
from django.http import JsonResponse
from django.views import View
from django.views.generic import CreateView, UpdateView
from shop.models import Dish, Lesson, Team, User


class NewDish(CreateView):  # <- BT802
    model = Dish
    fields = "__all__"


class EditDish(UpdateView):  # <- BT802
    model = Dish
    fields = "__all__"


class Move(View):
    def post(self, request):  # <- BT802
        lesson = Lesson.objects.get(id=request.POST.get("lesson"))
        lesson.begins = request.POST.get("begins")
        lesson.save()
        return JsonResponse({})


def let_in(request):  # <- BT802
    team = Team.objects.get(pk=request.POST["team"])
    team.members.add(User.objects.get(pk=request.POST["user"]))
    return JsonResponse({})
