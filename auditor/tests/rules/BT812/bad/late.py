# file: shop/middleware.py
from django.http import HttpResponse
from django.shortcuts import redirect


class Late:  # <- BT812
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.user.is_authenticated:
            if not request.path.startswith("/login"):
                return HttpResponse("Unauthorized", status=401)
        return response


class Login:  # <- BT812
    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        answer = await self.get_response(request)
        if request.user.is_anonymous:
            return redirect("/login/")
        return answer


def plain(get_response):  # <- BT812
    def middleware(request):
        response = get_response(request)
        if not request.user.is_authenticated:
            return HttpResponse(status=403)
        return response

    return middleware
