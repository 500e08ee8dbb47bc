"""What is served in the place of the browser client, if that is not built: a script that says so on the page."""

SCRIPT = b"""document.getElementById("missing").hidden = false;
export const createClient = null, BearerError = null;
export const createAccounts = null, AccountsError = null, canUsePasskeys = null;
"""
