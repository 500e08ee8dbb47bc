// file: web/src/socket.js
export function open(host) {
  const token = auth.current();
  return new WebSocket(`wss://${host}/ws/?token=${token}`);  // <- BT206
}
export function report(id, accessToken) {
  window.open("/api/report/" + id + "?access_token=" + accessToken);  // <- BT206
}
