// The mails: only the head of the page has a script here.
import { bearer, showWho } from "/page/common.js";

bearer.ready.then(showWho, () => {});
