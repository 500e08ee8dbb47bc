# file: shop/forms.py
from django.contrib.auth.forms import UserCreationForm

class Join(UserCreationForm):
    pass
# file: shop/views.py
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.shortcuts import render
from django.views import View
from shop.forms import Join

User = get_user_model()

class Enter(View):
    form_class = Join

    def get(self, request):
        return render(request, "join.html", {"form": self.form_class()})

    def post(self, request):
        User.objects.create_user(username=request.POST["name"], password=request.POST["word"])  # <- BT702
        return render(request, "joined.html")

def enter(request):
    if request.method == "POST":
        member = User(username=request.POST["name"])
        member.set_password(request.POST["word"])  # <- BT702
        member.save()
    return render(request, "join.html", {"form": Join()})

class Direct(View):
    form_class = UserCreationForm

    def post(self, request):
        one = request.POST["one"]
        if one != request.POST["two"]:
            return render(request, "join.html", {"form": self.form_class()})
        User.objects.create_user(request.POST["name"], None, one)  # <- BT702
        return render(request, "joined.html")
