import { api } from "./api";

export async function login(username: string, password: string): Promise<void> {
  const answer = await api.post("/api/token/", { username, password });
  localStorage.setItem("accessToken", answer.data.access); // row 3 <- BT304
}

export function logout(): void { // row 6 <- BT651
  localStorage.removeItem("accessToken");
  location.assign("/");
}

export function feed(): EventSource {
  const token = localStorage.getItem("accessToken");
  return new EventSource(`/api/feed/?access_token=${token}`); // row 2 <- BT206
}
