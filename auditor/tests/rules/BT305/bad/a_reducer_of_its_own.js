// file: web/src/redux/user.js
import { persistReducer } from "redux-persist";
import storage from "redux-persist/lib/storage";
let current = (state = {}, action) => {
  switch (action.type) {
    case "SIGNED_IN": return { ...state, token: action.result.token };
    default: return state;
  }
};
export default persistReducer({ key: "user", storage }, current);  // <- BT305
