# file: requirements.txt
Django
djangorestframework-simplejwt==5.5.1
dj-rest-auth
# djangorestframework-jwt
