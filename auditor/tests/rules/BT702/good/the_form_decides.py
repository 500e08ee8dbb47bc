# file: shop/views.py
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.shortcuts import render

User = get_user_model()

def enter(request):
    form = UserCreationForm(request.POST)
    if form.is_valid():
        User.objects.create_user(username=request.POST["name"], password=request.POST["password1"])
    return render(request, "join.html", {"form": form})
