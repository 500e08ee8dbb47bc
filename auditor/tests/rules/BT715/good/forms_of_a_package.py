# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'shop']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('password/', views.ChangePassword.as_view())]
# file: shop/__init__.py
# file: shop/forms/__init__.py
from .accounts import *
# file: shop/forms/accounts.py
from django import forms
from django.contrib.auth.password_validation import validate_password


class Styled(forms.ModelForm):
    pass


class ChangePasswordForm(Styled):
    def clean(self):
        if not self.instance.check_password(self.data.get('current_password')):
            self.add_error('current_password', 'wrong')
        cleaned = super().clean()
        validate_password(cleaned.get('password'))
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views import View
from shop import forms


@method_decorator(login_required, name='dispatch')
class ChangePassword(View):
    def post(self, request):
        form = forms.ChangePasswordForm(request.POST, instance=request.user)
        if form.is_valid():
            request.user.set_password(form.cleaned_data['password'])
            request.user.save()
        return redirect('/')
