# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.sessions", "shop"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("note/", views.note), path("drop/", views.drop)]
# file: shop/views.py
from functools import wraps

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from shop.models import Note


def member_required(view):
    @wraps(view)
    def inner(request, *args, **kwargs):
        if "member" not in request.session:
            return JsonResponse({}, status=401)
        return view(request, *args, **kwargs)

    return inner


@csrf_exempt  # <- BT805
@member_required
def note(request):
    Note.objects.create(member_id=request.session["member"])
    return JsonResponse({})


@csrf_exempt  # <- BT805
def drop(request):
    member = request.session.get("member")
    if member is None:
        return JsonResponse({}, status=401)
    Note.objects.filter(member_id=member).delete()
    return JsonResponse({})
