# file: shop/views.py
from shop.models import User

def change_password(request):
    user = User.objects.get(email=request.data["email"])
    if user.check_password(request.data["old"]):
        user.set_password(request.data["password"])

def reset(request):
    user = User.objects.get(email=request.data["email"], reset_token=request.data["token"])
    user.set_password(request.data["password"])

def own(request):
    user = request.user
    user.set_password(request.data["password"])

@staff_member_required
def by_staff(request):
    user = User.objects.get(pk=request.data["id"])
    user.set_password(request.data["password"])

def register(request):
    user = User.objects.create(email=request.data["email"])
    user.set_password(request.data["password"])
