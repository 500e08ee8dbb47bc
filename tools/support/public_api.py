"""What the public API of the library is: every name that a project may import, as it imports it.

`tools/api_pages.py` makes the page of the reference from it, and tests compare it with what the package exports, with
what the guides import, and with the docstrings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One section of the reference: what it is about, and its names."""

    title: str
    about: str
    names: tuple[str, ...]
    package: str = "django_bearer"
    members: bool = True
    """Whether methods and attributes are part of the API; those of a framework's classes are the framework's."""

    def full_names(self) -> tuple[str, ...]:
        """The names with their package."""
        return tuple(f"{self.package}.{name}" for name in self.names)


PARTS = (
    Part(
        "Sessions",
        "Begin, refresh and end sessions in a view of your own.",
        (
            *("login", "issue_session", "refresh_session", "require_page", "set_session_cookie", "impersonate"),
            *("revoke_session", "revoke_user", "revoke_all_issuer_tokens"),
        ),
    ),
    Part(
        "Step-up",
        "Require a recent or stronger login, and renew it in the same session.",
        (
            "integrations.django.step_up_required",
            "integrations.drf.step_up_required",
            "require_step_up",
            "step_up_session",
        ),
    ),
    Part(
        "Tokens",
        "Check and revoke tokens that did not come with a request.",
        (
            "authenticate_token",
            "decode_token",
            "is_token_revoked",
            "revoke_token",
            "revoke_key",
            "principal_reference",
            "principal_from_reference",
        ),
    ),
    Part(
        "Steps of a login",
        "Check a step in a view of your own, and go on with the login that lacks it.",
        ("pending_login", "complete_login", "sessions.limited_logins.PendingLogin"),
    ),
    Part(
        "Async forms",
        "The same functions for async code. They take and return what the functions of the names without `a` do.",
        (
            "aauthenticate_token",
            "acancel_factor_reset",
            "acheck_mail_rate_limit",
            "acheck_rate_limit",
            "acomplete_factor_reset",
            "acomplete_login",
            "acount_login_attempt",
            "adecode_token",
            "ais_token_revoked",
            "aissue_api_token",
            "aissue_enrolment_code",
            "aissue_login_unlock_token",
            "aissue_session",
            "aaccount_fingerprint",
            "aaudit_user",
            "aimpersonate",
            "aprincipal_from_reference",
            "arequire_step_up",
            "aapprove_handover",
            "abegin_handover",
            "acreate_handover",
            "aredeem_handover",
            "aissue_ticket",
            "alogin",
            "apending_login",
            "aredeem_login_unlock_token",
            "aredeem_ticket",
            "arefresh_session",
            "arequest_factor_reset",
            "arevoke_all_issuer_tokens",
            "arevoke_api_token",
            "arevoke_key",
            "arevoke_session",
            "arevoke_token",
            "arevoke_user",
            "astep_up_session",
        ),
    ),
    Part(
        "Tickets",
        "For places that cannot send a header: downloads, media, `EventSource`, WebSockets.",
        ("accepts_ticket", "issue_ticket", "redeem_ticket", "IssuedTicket"),
    ),
    Part(
        "Handovers",
        "A login that goes on at another device or site.",
        (
            "create_handover",
            "begin_handover",
            "approve_handover",
            "redeem_handover",
            "IssuedHandover",
            "BegunHandover",
        ),
    ),
    Part(
        "API tokens",
        "Credentials for machines.",
        ("issue_api_token", "revoke_api_token", "IssuedApiToken", "audit_user"),
    ),
    Part(
        "Rate limits and locked accounts",
        "Count attempts in code of your own, and let an owner back in.",
        (
            "check_rate_limit",
            "count_login_attempt",
            "CountedAttempt",
            "http.login_limits.LoginThrottled",
            "check_mail_rate_limit",
            "issue_enrolment_code",
            "request_factor_reset",
            "complete_factor_reset",
            "cancel_factor_reset",
            "issue_login_unlock_token",
            "redeem_login_unlock_token",
            "account_fingerprint",
        ),
    ),
    Part(
        "Credentials of other packages",
        "Accept what another package has issued until a date, while a project moves.",
        ("register_legacy_authenticators", "LegacyAuthenticator", "LegacyLogin", "register_refresh_check"),
    ),
    Part("Middleware", "What authenticates each request.", ("BearerMiddleware",), members=False),
    Part(
        "Views",
        "What decorates views, and the response to a refusal.",
        (
            "public",
            "integrations.django.bearer_required",
            "integrations.django.check_revocation_in_database",
            "error_response",
        ),
    ),
    Part("Feed mode", "What a migration of the project runs.", ("InstallRevocationFeed",), members=False),
    Part(
        "Django Ninja",
        "What an API of Django Ninja takes.",
        ("integrations.ninja.BearerAuth", "integrations.ninja.BearerAPI", "integrations.ninja.bearer_router"),
    ),
    Part(
        "Strawberry",
        "What fields and schemas of Strawberry take.",
        (
            "integrations.strawberry.BearerPermission",
            "integrations.strawberry.bearer_permission",
            "integrations.strawberry.BearerErrors",
        ),
        members=False,
    ),
    Part(
        "django-allauth",
        "What settings and routes of a project that logs in through django-allauth name.",
        (
            "integrations.allauth.strategy.BearerTokenStrategy",
            "integrations.allauth.account_hooks.BearerAccounts",
            "integrations.allauth.mfa_hooks.BearerFactors",
            "integrations.allauth.mfa_hooks.AllauthFactor",
            "integrations.allauth.social_hooks.BearerSocialAccounts",
            "integrations.allauth.seeds.encrypt_stored_seeds",
            "integrations.allauth.urls",
        ),
    ),
    Part(
        "OpenTelemetry",
        "What measures a process and describes its spans.",
        ("integrations.otel.instrument", "integrations.otel.BearerSpanMiddleware"),
        members=False,
    ),
    Part(
        "WebSockets",
        "What an ASGI application for WebSockets is wrapped in.",
        ("integrations.channels.BearerSocketMiddleware",),
        members=False,
    ),
    Part(
        "Results",
        "What these functions return, and what `request.auth` is.",
        (
            "Principal",
            "IssuedTokens",
            "LoggedIn",
            "tokens.access_claims.AccessClaims",
            "TokenDelivery",
        ),
    ),
    Part(
        "Login policy",
        'What the callable `BEARER["LOGIN_POLICY"]` gets and returns.',
        (
            "LoginAttempt",
            "LoginChoice",
            "accounts.login_policy.Purpose",
            "Allow",
            "Refuse",
            "Limit",
            "accounts.login_policy.Step",
            "accounts.second_factor.SecondFactor",
            "accounts.second_factor.EnrollableFactor",
            "sessions.context_rules.ContextChange",
            "sessions.context_rules.ContextAction",
        ),
    ),
    Part(
        "Request policy",
        'What the callable `BEARER["REQUEST_POLICY"]` gets. It returns `Allow()` or `Refuse(code, message)`.',
        ("RequestAttempt",),
    ),
    Part(
        "Passwords",
        "Validators for `AUTH_PASSWORD_VALIDATORS`, hashers for `PASSWORD_HASHERS`, and an estimate for people.",
        (
            "passwords.length.LengthByPolicyValidator",
            "passwords.frequent.CommonPasswordsValidator",
            "passwords.context.ContextWordsValidator",
            "passwords.breached.BreachedPasswordValidator",
            "passwords.hashers.NormalizedArgon2PasswordHasher",
            "passwords.hashers.NormalizedScryptPasswordHasher",
            "passwords.hashers.NormalizedPBKDF2PasswordHasher",
            "passwords.hashers.NormalizedBCryptSHA256PasswordHasher",
            "passwords.strength.password_strength",
            "passwords.strength.PasswordStrength",
        ),
        members=False,
    ),
    Part(
        "REST framework",
        "Classes for Django REST framework.",
        (
            "BearerAuthentication",
            "IsAuthenticatedUnlessPublic",
            "HasScope",
            "scope_required",
            "TokenAnonRateThrottle",
        ),
        "django_bearer.integrations.drf",
    ),
    Part(
        "REST framework views",
        "The endpoints as views. A subclass may name another `serializer_class`, which may add fields.",
        (
            "TokenLoginView",
            "TokenLoginSecondFactorView",
            "TokenRefreshView",
            "TokenStepUpView",
            "RecoveryView",
            "NewPasswordView",
            "TokenLogoutView",
            "TokenLogoutEverywhereView",
            "TokenVerifyView",
            "TokenRevokeView",
            "TokenIntrospectView",
            "SessionsView",
            "SessionView",
            "ApiTokensView",
            "ApiTokenView",
            "TicketsView",
            "ImpersonateView",
            "PasswordView",
        ),
        "django_bearer.integrations.drf.views",
        members=False,
    ),
    Part(
        "REST framework views of accounts",
        "The endpoints of an account's address and of its first second factor, as views.",
        (
            "EmailChangeView",
            "EmailConfirmView",
            "EmailUndoView",
            "EnrolView",
            "EnrolCodeView",
            "EnrolFactorView",
        ),
        "django_bearer.integrations.drf.account_views",
        members=False,
    ),
    Part(
        "REST framework views of handovers",
        "The endpoints that hand a login over, as views.",
        (
            "HandoverView",
            "HandoverBeginView",
            "HandoverReceiverView",
            "HandoverApproveView",
            "HandoverRedeemView",
        ),
        "django_bearer.integrations.drf.handover_views",
        members=False,
    ),
    Part(
        "URLs",
        "Modules for `include()`. [Endpoints](../endpoints.md) describes the routes.",
        (
            "urls",
            "urls.without_login",
            "urls.well_known",
            "integrations.drf.urls",
            "integrations.drf.urls_without_login",
        ),
    ),
    Part(
        "Models",
        "Read them, filter them; the functions above make and change their rows.",
        ("Session", "ApiToken", "RevokedToken", "ServiceAccount"),
    ),
    Part(
        "Events",
        "A signal with one typed record for each security event.",
        ("events.security_event", "events.SecurityEvent", "events.EventKind", "notifications.mail_user"),
    ),
    Part(
        "Clients and pages",
        'Secrets for `BEARER["CLIENTS"]`, and a content security policy for pages of your own.',
        (
            "conf.clients.new_secret",
            "conf.clients.Secret",
            "http.csp.strict",
            "http.csp.for_django_csp",
            "http.csp.header",
        ),
    ),
    Part(
        "Admin",
        "They are registered with Django's own admin site. Register them with yours, or derive from them.",
        (
            "SessionAdmin",
            "ApiTokenAdmin",
            "ServiceAccountAdmin",
            "SigningKeyAdmin",
            "RevokedTokenAdmin",
            "SecurityEventRecordAdmin",
        ),
        "django_bearer.admin",
        members=False,
    ),
    Part("Testing", "For the tests of a project.", ("plugin.bearer", "Bearer"), "django_bearer.testing"),
    Part(
        "Errors",
        "All of them derive from `BearerError`. [Errors](../errors.md) lists the codes and what to do.",
        (
            "BearerError",
            "ConfigurationError",
            "InvalidKey",
            "KeyDecryptionFailed",
            "MalformedToken",
            "InvalidSignature",
            "InvalidClaims",
            "HTTPRefusal",
            "InvalidRequest",
            "MultipleCredentials",
            "InsecureTransport",
            "TransportUnknown",
            "BodyTooLarge",
            "UnsupportedMediaType",
            "MethodNotAllowed",
            "NotFound",
            "BrowserUnsupported",
            "OriginNotAllowed",
            "InvalidScope",
            "InvalidTarget",
            "UnknownIssuer",
            "UnknownClient",
            "UnauthorizedClient",
            "InvalidClient",
            "InvalidToken",
            "NotAuthenticated",
            "InsufficientScope",
            "SessionRequired",
            "ReauthenticationRequired",
            "StrongerLoginRequired",
            "InvalidCredentials",
            "LoginRefused",
            "RequestRefused",
            "ImpersonationRefused",
            "LoginIncomplete",
            "InvalidLimitedToken",
            "InvalidCode",
            "InvalidRecoveryLink",
            "InvalidTicket",
            "InvalidHandover",
            "HandoverPending",
            "WrongHandoverNumber",
            "PasswordRejected",
            "LoginUnavailable",
            "PasswordRequired",
            "SessionEnded",
            "RateLimited",
            "TemporarilyUnavailable",
            "RateLimitUnavailable",
            "InsideTransaction",
        ),
        "django_bearer.errors",
    ),
)

ALSO = {
    "django_bearer.TokenAnonRateThrottle": "django_bearer.integrations.drf.TokenAnonRateThrottle",
    "django_bearer.TokenVerifyView": "django_bearer.integrations.drf.views.TokenVerifyView",
}
"""A second name of what is listed above."""

FROM_STANDARDS = frozenset(
    f"django_bearer.{name}"
    for name in (
        *("login", "issue_session", "refresh_session", "revoke_session", "revoke_user", "authenticate_token"),
        *("decode_token", "revoke_token", "revoke_key", "issue_api_token", "check_rate_limit", "count_login_attempt"),
        *(
            "check_mail_rate_limit",
            "BearerMiddleware",
            "error_response",
            "IssuedTokens",
            "LoginAttempt",
            "RevokedToken",
        ),
        *("integrations.django.bearer_required", "tokens.access_claims.AccessClaims", "events.SecurityEvent"),
        *("events.EventKind", "conf.clients.new_secret", "conf.clients.Secret", "http.csp.strict"),
        *("integrations.drf.BearerAuthentication", "integrations.drf.HasScope"),
        *("integrations.django.step_up_required", "integrations.drf.step_up_required"),
        *("integrations.ninja.BearerAuth", "integrations.strawberry.bearer_permission"),
        *("impersonate", "require_step_up", "step_up_session", "pending_login", "complete_login"),
        *("issue_enrolment_code", "request_factor_reset", "complete_factor_reset"),
        *("integrations.drf.TokenAnonRateThrottle", "integrations.drf.views.TokenRefreshView"),
        *("integrations.drf.views.TokenRevokeView", "integrations.drf.views.TokenIntrospectView"),
    )
)
"""Names whose behaviour comes from a standard, which their docstring cites. So does that of each `HTTPRefusal`."""


def names() -> tuple[str, ...]:
    """Every public name, with its package."""
    return tuple(name for part in PARTS for name in part.full_names())
