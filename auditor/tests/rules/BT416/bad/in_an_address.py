# file: shop/views.py
import requests


def news():
    return requests.get("https://news.example.com/v2?country=us&apiKey=9554ed918d7b460ba72fd9bad6ecd3f4")  # <- BT416
