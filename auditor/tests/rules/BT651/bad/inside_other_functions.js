// file: web/src/service.js
var AuthService = function () {
  this.logoutRequest = function () {  // <- BT651
    return Rx.Observable.create(function (o) {
      localStorage.removeItem("id_token");
      o.onNext({ authenticated: false });
    });
  };
};
export const signOut = () => {  // <- BT651
  setTimeout(() => { sessionStorage.removeItem("accessToken"); }, 10);
};
function useLogout() {
  const logout = () => {  // <- BT651
    localStorage.removeItem("token");
  };
  return logout;
}
