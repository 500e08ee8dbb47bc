# file: shop/client.py
import os

A = {"Authorization": "Bearer " + os.environ["TOKEN"]}
B = "Bearer <token>"
C = "Token your-api-token-0123456789"
D = "Bearer xxxxxxxxxxxxxxxxxxxxxxxx1"
E = "Basic authentication_required"
F = "eyJhbGciOi"
