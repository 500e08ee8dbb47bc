# file: shop/views.py
def login(request):
    username = request.POST["username"]
    password = request.POST["password"]
    if username == "admin" and password == "admin_pass":  # <- BT407
        return "in"
    if request.data.get("api_key") == "k-123456":  # <- BT407
        return "in"

def check_login(username, password):
    return password == "reaper"  # <- BT407
