# file: shop/views.py
from shop.models import Account

def register(request):
    password = request.POST["password"]
    Account.objects.create(name=request.POST["name"], password=password)  # <- BT712

def login(request):
    return Account.objects.filter(name=request.POST["name"], password=request.POST["password"])

def change(request, account):
    account.password = request.data.get("password")  # <- BT712
    account.save()
