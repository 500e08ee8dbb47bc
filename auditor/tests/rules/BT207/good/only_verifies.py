# file: shop/views.py
def register(request):
    send(f"{BASE}/verify?token={user.email_token}")


def verify_email(request):
    user = User.objects.get(email_token=request.data["token"])
    user.verified = True
    user.save()
