# file: shop/schema.py
import graphene
import strawberry
from django.contrib.auth import authenticate
from django.contrib.auth.models import User


class Enter(graphene.Mutation):
    class Arguments:
        name = graphene.String()
        word = graphene.String()

    def mutate(self, info, name, word):  # <- BT502
        user = authenticate(info.context, username=name, password=word)
        return Enter(user=user)


@strawberry.mutation
def enter(info, name: str, password: str):  # <- BT502
    return User.objects.get(username=name).check_password(password)
