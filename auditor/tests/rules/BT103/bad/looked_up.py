# file: shop/models.py
from django.db import models

class Access(models.Model):
    owner = models.CharField(max_length=50)
    token = models.CharField(max_length=250)  # <- BT103
# file: shop/permissions.py
from shop.models import Access

def allowed(request):
    return Access.objects.filter(token=request.headers.get("X-Access-Token"), is_active=True).exists()
