# file: shop/client.py
import requests

HEADERS = {"Authorization": "Bearer sk1f9a8b7c6d5e4f3a2b1c0d"}  # <- BT414
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"  # <- BT414
