# file: shop/middleware.py
from django.http import HttpResponse
from django.shortcuts import redirect


class First:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return HttpResponse("Unauthorized", status=401)
        response = self.get_response(request)
        response["X-Frame-Options"] = "DENY"
        return response


class Both:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated and not request.path.startswith("/login"):
            return redirect("/login/")
        response = self.get_response(request)
        if response.status_code == 403:
            return redirect("/login/")
        return response


class Views:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated:
            return redirect("/login/")
