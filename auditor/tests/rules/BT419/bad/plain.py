# file: requirements.txt
Django
djangorestframework-jwt  # <- BT419
