// file: web/src/store.js
import { persistReducer } from "redux-persist";
import storage from "redux-persist/lib/storage";
const config = { key: "root", storage, whitelist: ["theme", "cart"] };
export const reducer = persistReducer(config, rootReducer);
// file: web/src/reducers/userReducer.js
export const initial = { accessToken: "", name: "" };
