// file: web/src/store.js
import { persistReducer } from "redux-persist";
import storage from "redux-persist/lib/storage";
const config = {  // <- BT305
  key: "root",
  storage,
  whitelist: ["userReducer"],
};
export const reducer = persistReducer(config, rootReducer);
// file: web/src/reducers/userReducer.js
export const initial = { accessToken: "", name: "" };
