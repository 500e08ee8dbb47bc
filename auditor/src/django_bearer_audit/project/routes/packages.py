"""Views and URL sets of packages: what each is for and whom it lets in."""

from __future__ import annotations

from collections.abc import Iterable

from django_bearer_audit.project.routes.facts import Purpose, Who

_ANYONE, _USER = Who.EVERYBODY, Who.USER

# Full name (or its last part under a package) of a view → purpose and who may enter.
VIEWS: dict[str, tuple[Purpose, Who]] = {
    **{
        f"rest_framework_simplejwt.views.{name}": (purpose, _ANYONE)
        for name, purpose in {
            "TokenViewBase": Purpose.LOGIN,
            "TokenObtainPairView": Purpose.LOGIN,
            "token_obtain_pair": Purpose.LOGIN,
            "TokenObtainSlidingView": Purpose.LOGIN,
            "token_obtain_sliding": Purpose.LOGIN,
            "TokenRefreshView": Purpose.REFRESH,
            "token_refresh": Purpose.REFRESH,
            "TokenRefreshSlidingView": Purpose.REFRESH,
            "token_refresh_sliding": Purpose.REFRESH,
            "TokenVerifyView": Purpose.REFRESH,
            "token_verify": Purpose.REFRESH,
            "TokenBlacklistView": Purpose.LOGOUT,
            "token_blacklist": Purpose.LOGOUT,
        }.items()
    },
    **{
        f"rest_framework_jwt.views.{name}": (purpose, _ANYONE)
        for name, purpose in {
            "obtain_jwt_token": Purpose.LOGIN,
            "ObtainJSONWebToken": Purpose.LOGIN,
            "ObtainJSONWebTokenView": Purpose.LOGIN,
            "refresh_jwt_token": Purpose.REFRESH,
            "RefreshJSONWebToken": Purpose.REFRESH,
            "verify_jwt_token": Purpose.REFRESH,
            "VerifyJSONWebToken": Purpose.REFRESH,
        }.items()
    },
    "rest_framework.authtoken.views.obtain_auth_token": (Purpose.LOGIN, _ANYONE),
    "rest_framework.authtoken.views.ObtainAuthToken": (Purpose.LOGIN, _ANYONE),
    "knox.views.LoginView": (Purpose.LOGIN, _USER),
    "knox.views.LogoutView": (Purpose.LOGOUT, _USER),
    "knox.views.LogoutAllView": (Purpose.LOGOUT, _USER),
    "dj_rest_auth.views.LoginView": (Purpose.LOGIN, _ANYONE),
    "dj_rest_auth.views.LogoutView": (Purpose.LOGOUT, _ANYONE),
    "dj_rest_auth.views.PasswordResetView": (Purpose.RESET, _ANYONE),
    "dj_rest_auth.views.PasswordResetConfirmView": (Purpose.RESET, _ANYONE),
    "dj_rest_auth.views.PasswordChangeView": (Purpose.OTHER, _USER),
    "dj_rest_auth.views.UserDetailsView": (Purpose.OTHER, _USER),
    "dj_rest_auth.registration.views.RegisterView": (Purpose.REGISTER, _ANYONE),
    "dj_rest_auth.registration.views.VerifyEmailView": (Purpose.PUBLIC, _ANYONE),
    "dj_rest_auth.registration.views.SocialLoginView": (Purpose.PUBLIC, _ANYONE),
    **{
        f"django.contrib.auth.views.{name}": (purpose, who)
        for name, purpose, who in [
            ("LoginView", Purpose.LOGIN, _ANYONE),
            ("LogoutView", Purpose.LOGOUT, _ANYONE),
            ("PasswordResetView", Purpose.RESET, _ANYONE),
            ("PasswordResetDoneView", Purpose.PUBLIC, _ANYONE),
            ("PasswordResetConfirmView", Purpose.RESET, _ANYONE),
            ("PasswordResetCompleteView", Purpose.PUBLIC, _ANYONE),
            ("PasswordChangeView", Purpose.OTHER, _USER),
            ("PasswordChangeDoneView", Purpose.OTHER, _USER),
        ]
    },
    "django.views.generic.RedirectView": (Purpose.PUBLIC, _ANYONE),
    "django.views.generic.base.RedirectView": (Purpose.PUBLIC, _ANYONE),
    "django.views.generic.TemplateView": (Purpose.PUBLIC, _ANYONE),
    "django.views.generic.base.TemplateView": (Purpose.PUBLIC, _ANYONE),
    "django.views.static.serve": (Purpose.PUBLIC, _ANYONE),
    "django.views.i18n.JavaScriptCatalog": (Purpose.PUBLIC, _ANYONE),
    "django.views.i18n.set_language": (Purpose.PUBLIC, _ANYONE),
    "allauth.account.views.LoginView": (Purpose.LOGIN, _ANYONE),
    "allauth.account.views.SignupView": (Purpose.REGISTER, _ANYONE),
    **{
        f"django_bearer.endpoints.{name}": (purpose, who)
        for name, purpose, who in [
            ("login.login", Purpose.LOGIN, _ANYONE),
            ("second_factor.second_factor", Purpose.CODE, Who.CHECKED),
            ("step_up.step_up", Purpose.CODE, _USER),
            ("enrolment.begin", Purpose.CODE, Who.CHECKED),
            ("enrolment.mail_code", Purpose.CODE, Who.CHECKED),
            ("enrolment.complete", Purpose.CODE, Who.CHECKED),
            ("email_change.ask_for_change", Purpose.OTHER, _USER),
            ("email_change.confirm_change", Purpose.CODE, _USER),
            ("email_change.undo_change", Purpose.RESET, Who.CHECKED),
            ("impersonate.impersonate_user", Purpose.OTHER, _USER),
            ("password.change_password", Purpose.CODE, _USER),
            ("remembered_devices.list_remembered_devices", Purpose.OTHER, _USER),
            ("remembered_devices.end_remembered_device", Purpose.OTHER, _USER),
            ("tickets.create_ticket", Purpose.OTHER, _USER),
            ("handover.create_handover", Purpose.OTHER, _USER),
            ("handover.begin_handover", Purpose.OTHER, _ANYONE),
            ("handover.look_at_receiver", Purpose.OTHER, _USER),
            ("handover.approve_handover", Purpose.OTHER, _USER),
            ("handover.redeem_handover", Purpose.REFRESH, Who.CHECKED),
            ("recovery.ask_for_link", Purpose.RESET, _ANYONE),
            ("recovery.set_new_password", Purpose.RESET, Who.CHECKED),
            ("refresh.refresh", Purpose.REFRESH, Who.CHECKED),
            ("verify.verify", Purpose.REFRESH, Who.CHECKED),
            ("logout.logout", Purpose.LOGOUT, Who.CHECKED),
            ("logout.logout_everywhere", Purpose.LOGOUT, _USER),
            ("revoke.revoke", Purpose.LOGOUT, Who.CHECKED),
            ("introspect.introspect", Purpose.OTHER, Who.CHECKED),
            ("csp_report.report", Purpose.PUBLIC, _ANYONE),
            ("jwks.jwks_view", Purpose.PUBLIC, _ANYONE),
            ("metadata.metadata_view", Purpose.PUBLIC, _ANYONE),
        ]
    },
}


VIEWS |= {name.removeprefix("dj_"): held for name, held in VIEWS.items() if name.startswith("dj_rest_auth.")}
"""The package had another name once."""


def known(view: str) -> tuple[Purpose, Who]:
    """What a package's view is for and who may enter it."""
    if view.startswith(
        ("django.contrib.admin.", "django.contrib.auth.admin.", "django_bearer.admin.")
    ):  # it shows anonymous callers its own login page
        return Purpose.OTHER, Who.CHECKED
    if view.startswith(("django_bearer.endpoints.sessions.", "django_bearer.endpoints.api_tokens.")):
        return Purpose.OTHER, _USER
    return VIEWS.get(view, (Purpose.OTHER, Who.UNKNOWN))


def purpose_of_class(names: Iterable[str]) -> Purpose | None:
    """What a view is for that derives from a package's, whatever the project calls it."""
    return next((VIEWS[name][0] for name in names if name in VIEWS and name.startswith(REST_VIEWS)), None)


# Included URL modules → (path, purpose, who) of what is behind them.
URL_SETS: dict[str, tuple[tuple[str, Purpose, Who], ...]] = {
    "dj_rest_auth.urls": (
        ("login/", Purpose.LOGIN, _ANYONE),
        ("password/reset/", Purpose.RESET, _ANYONE),
        ("password/reset/confirm/", Purpose.RESET, _ANYONE),
        ("logout/", Purpose.LOGOUT, _ANYONE),
        ("user/", Purpose.OTHER, _USER),
    ),
    "rest_auth.urls": (("login/", Purpose.LOGIN, _ANYONE), ("password/reset/", Purpose.RESET, _ANYONE)),
    "dj_rest_auth.registration.urls": (("", Purpose.REGISTER, _ANYONE),),
    "djoser.urls": (
        ("users/", Purpose.REGISTER, _ANYONE),
        ("users/reset_password/", Purpose.RESET, _ANYONE),
    ),
    "djoser.urls.jwt": (
        ("jwt/create/", Purpose.LOGIN, _ANYONE),
        ("jwt/refresh/", Purpose.REFRESH, _ANYONE),
        ("jwt/verify/", Purpose.REFRESH, _ANYONE),
    ),
    "djoser.urls.authtoken": (("token/login/", Purpose.LOGIN, _ANYONE),),
    "django.contrib.auth.urls": (
        ("login/", Purpose.LOGIN, _ANYONE),
        ("password_reset/", Purpose.RESET, _ANYONE),
    ),
    "rest_framework.urls": (("login/", Purpose.LOGIN, _ANYONE),),
}
# Their views run inside REST framework, so its default throttles apply to them.
REST_SETS = frozenset(name for name in URL_SETS if not name.startswith(("django.", "rest_framework.")))
REST_VIEWS = (
    "rest_framework_simplejwt.",
    "rest_framework_jwt.",
    "rest_framework.authtoken.",
    "knox.",
    "dj_rest_auth.",
    "rest_auth.",
    "djoser.",
    "oauth2_provider.contrib.rest_framework.",
)
