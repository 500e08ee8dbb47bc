// file: web/src/auth.js
export const logoutUser = () => {  // <- BT651
  setTokens(null);
  localStorage.removeItem("authTokens");
  navigate("/login");
};
document.getElementById("logout").addEventListener("click", () => {  // <- BT651
  Cookies.remove("access_token");
});
