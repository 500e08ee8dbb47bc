// file: web/src/auth.ts
import AsyncStorage from "@react-native-async-storage/async-storage";
import Cookies from "js-cookie";

const TOKEN_KEY = "shop.jwt";
const box = window.sessionStorage;

export async function login(body: Body): Promise<void> {
  const res = await api.post("/api/login/", body);
  localStorage.setItem("access", res.data.access);  // <- BT304
  localStorage.setItem(TOKEN_KEY, res.data.key);  // <- BT304
}
export const keep = (jwt: string) => box.setItem("session-thing", jwt);  // <- BT304
export async function phone(access: string, refresh: string) {
  await AsyncStorage.multiSet([["accessToken", access], ["refreshToken", refresh]]);  // <- BT304
}
export function cookie(token: string) {
  Cookies.set("token", token, { secure: true });  // <- BT304
  document.cookie = `auth_token=${token}; path=/`;  // <- BT304
}
export async function whole() {
  const data = await (await fetch("/api/auth/login/")).json();
  localStorage.user = JSON.stringify(data);  // <- BT304
}
