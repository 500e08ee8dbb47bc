"""A project with HTML pages: logins by session, Django's own account pages, and several admin sites."""
