# file: shop/views.py
import jwt


def verify_email(request):
    return jwt.decode(request.GET.get("token"), KEY, algorithms=["HS256"])


def list_things(request):
    page = request.GET.get("page_token")
    return jwt.decode(request.headers["Authorization"], KEY, algorithms=["HS256"]), page


def search(request):
    return find(request.GET.get("token"))
