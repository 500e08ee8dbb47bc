// file: web/src/auth.js
export async function logout() {
  await api.post("/auth/logout/", { refresh: localStorage.getItem("refresh_token") });
  localStorage.removeItem("refresh_token");
}
export function logOutOfCart() {
  localStorage.removeItem("cart");
}
