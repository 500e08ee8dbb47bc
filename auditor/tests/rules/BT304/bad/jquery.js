// file: static/login.js
$.post("/api/enter/", form, function (answer) {
  $.cookie("token", answer.token, { expires: 30 }); // <- BT304
});
