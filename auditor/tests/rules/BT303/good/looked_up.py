# file: shop/middleware.py
ORIGINS = {"https://app.example.com"}


def cors(request, response):
    origin = request.headers.get("Origin")
    if origin in ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
    return response
