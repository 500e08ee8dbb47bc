# file: requirements/base.txt
django-rest-auth==0.9.5  # <- BT419
