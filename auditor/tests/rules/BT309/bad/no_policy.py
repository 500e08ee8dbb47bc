# file: shop/settings.py
INSTALLED_APPS = []  # <- BT309
# file: web/app.js
export const keep = (token) => localStorage.setItem("token", token);
