# file: shop/schemas.py
from ninja import Schema


class Base(Schema):
    pass


class JoinIn(Base):
    username: str
    password: str
# file: shop/api.py
from django.contrib.auth.models import User
from ninja import Router
from shop.schemas import JoinIn

router = Router()


@router.post("/join")
def join(request, payload: JoinIn):
    User.objects.create_user(payload.username, password=payload.password)  # <- BT702
