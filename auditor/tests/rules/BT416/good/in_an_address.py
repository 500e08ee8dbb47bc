# file: shop/views.py
import os

import requests


def news(word):
    requests.get(f"https://news.example.com/v2?country=us&apiKey={os.environ['NEWS_KEY']}")
    requests.get("https://news.example.com/v2?apiKey=YOUR_API_KEY_GOES_HERE_12345")
    return requests.get("https://maps.example.com/?page=9554ed918d7b460ba72fd9bad6ecd3f4")
