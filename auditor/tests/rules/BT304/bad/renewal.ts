// file: web/src/client.ts
export async function login(body: Body) {
  const res = await api.post("/api/login/", body);
  localStorage.setItem("refresh_token", res.data.refresh);  // <- BT304
}
export async function renew() {
  const refresh = localStorage.getItem("refresh_token");
  const res = await api.post("/api/token/refresh/", { refresh });
  localStorage.setItem("access_token", res.data.access);  // <- BT304
}
