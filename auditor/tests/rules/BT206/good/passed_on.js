// file: web/src/links.js
export function resetPassword(token) {
  return fetch(`/api/password/reset?token=${token}`);
}
export function tiles(mapboxToken) {
  return `https://tiles.example/v4?mapbox_token=${mapboxToken}`;
}
export function page(next) {
  return fetch(`/api/items?page_token=${next}&csrfmiddlewaretoken=${csrf}`);
}
