import { create } from "zustand";
import { persist } from "zustand/middleware";

export const useSession = create(persist((set) => ({ // row 3 <- BT305
  refreshToken: null,
  keep: (refreshToken) => set({ refreshToken }),
}), { name: "session" }));
