import { asUser } from "../../session";

const API = process.env["API_URL"] ?? "https://api.example.com/";

export const GET = (request: Request) =>
  asUser(request, (token) => fetch(`${API}notes/`, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" }));
