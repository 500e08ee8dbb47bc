# file: shop/colours.py
import random
import string

def colour():
    return "#" + "".join(random.choices(string.hexdigits, k=6))

def display_name(user):
    user.display_name = "".join(random.choice(string.ascii_letters) for _ in range(6))

def html_id():
    return f"id_{random.randint(0, 1000)}"

def pick(tokens):
    token_count = random.randint(1, 5)
    return random.sample(range(10), token_count)

def jitter(task):
    task.retry(countdown=random.uniform(1, 5))
    token_expires = random.randint(1, 5)
