// file: web/src/session.ts
import { create } from "zustand";
import { persist } from "zustand/middleware";
export const useSession = create(persist((set) => ({  // <- BT305
  accessToken: null,
  login: (accessToken: string) => set({ accessToken }),
}), { name: "session" }));
