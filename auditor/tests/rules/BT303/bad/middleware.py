# file: shop/middleware.py
def cors(get_response):
    def middleware(request):
        response = get_response(request)
        response["Access-Control-Allow-Origin"] = request.META.get("HTTP_ORIGIN", "*")  # <- BT303
        response["Access-Control-Allow-Credentials"] = "true"
        return response

    return middleware
