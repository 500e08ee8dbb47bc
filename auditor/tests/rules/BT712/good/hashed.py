# file: shop/views.py
from django.contrib.auth.hashers import make_password
from shop.models import Account

def register(request, form):
    password = make_password(request.POST["password"])
    Account.objects.create(name="n", password=password)
    Account.objects.create(name="n", password=make_password(request.POST["password"]))
    Account.objects.create_user("n", password=request.POST["password"])
    form.password = request.POST["password"]

def setup(name, password, server):
    server.password = password
    server.save()
