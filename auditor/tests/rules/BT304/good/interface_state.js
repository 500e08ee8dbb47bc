// file: web/src/state.js
localStorage.setItem("theme", "dark");
localStorage.setItem("cart", JSON.stringify(cart));
localStorage.setItem("hasToken", "1");
localStorage.setItem("csrftoken", token);
localStorage.setItem("fcmToken", device);
sessionStorage.setItem("token_expiry", String(when));
SecureStore.setItemAsync("accessToken", token);
document.cookie = "tabstyle=" + name;
document.cookie = "token=; max-age=0";
localStorage.removeItem("token");
export function user(profile) {
  localStorage.setItem("user", JSON.stringify({ name: profile.name }));
}
// localStorage.setItem("token", token);
