# file: shop/settings.py
INSTALLED_APPS = ["csp"]
CSP_DEFAULT_SRC = ("'self'",)
# file: web/app.js
export const keep = (token) => localStorage.setItem("token", token);
