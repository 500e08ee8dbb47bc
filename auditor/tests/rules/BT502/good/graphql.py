# file: shop/schema.py
import graphene
from django.contrib.auth import authenticate
from django_ratelimit.core import is_ratelimited


class Enter(graphene.Mutation):
    def mutate(self, info, name, word):
        if is_ratelimited(info.context, group="enter", key="ip", rate="10/m", increment=True):
            return None
        return Enter(user=authenticate(info.context, username=name, password=word))


class Rename(graphene.Mutation):
    def mutate(self, info, name):
        info.context.user.first_name = name
