"""The endpoints about an account's address, first second factor and remembered devices, as REST framework views."""

from __future__ import annotations

from ...endpoints import email_change, enrolment, remembered_devices
from ...http.public_views import checks_credentials
from .responses import EnrolmentAnswer, MailedAnswer, RememberedDevicesAnswer, TokensAnswer
from .serializers import (
    EmailChangeSerializer,
    EmailConfirmSerializer,
    EmailUndoSerializer,
    EnrolCodeSerializer,
    SecondFactorSerializer,
)
from .views import EndpointView


@checks_credentials
class EmailChangeView(EndpointView):
    """`POST {email}`, with an access token: mail a code to another address for the account."""

    serializer_class = EmailChangeSerializer
    takes_token = True
    handle = staticmethod(email_change.ask_for_change)


@checks_credentials
class EmailConfirmView(EndpointView):
    """`POST {code}`, with an access token: set the address that the code was mailed to."""

    serializer_class = EmailConfirmSerializer
    takes_token = True
    handle = staticmethod(email_change.confirm_change)


class EmailUndoView(EndpointView):
    """`POST {undo_token}`: set the earlier address again."""

    serializer_class = EmailUndoSerializer
    handle = staticmethod(email_change.undo_change)


class EnrolCodeView(EndpointView):
    """`POST {limited_token}`: mail the code that a first second factor needs."""

    serializer_class = EnrolCodeSerializer
    answers = {"post": (200, MailedAnswer)}
    handle = staticmethod(enrolment.mail_code)


class EnrolView(EndpointView):
    """`POST {limited_token, code}`: begin to enrol a first second factor."""

    serializer_class = SecondFactorSerializer
    answers = {"post": (200, EnrolmentAnswer)}
    handle = staticmethod(enrolment.begin)


class EnrolFactorView(EndpointView):
    """`POST {limited_token, code}`: enrol it by its first code, and log in."""

    serializer_class = SecondFactorSerializer
    answers = {"post": (200, TokensAnswer)}
    handle = staticmethod(enrolment.complete)


@checks_credentials
class RememberedDevicesView(EndpointView):
    """`GET` with an access token: list the user's remembered devices, as the endpoint `remembered-devices/`."""

    http_method_names = ["get", "options"]
    method = "GET"
    answers = {"get": (200, RememberedDevicesAnswer)}
    takes_token = True
    handle = staticmethod(remembered_devices.list_remembered_devices)
    get = EndpointView.post


@checks_credentials
class RememberedDeviceView(EndpointView):
    """`DELETE` with an access token: end one of them, as the endpoint `remembered-devices/<id>/`."""

    http_method_names = ["delete", "options"]
    method = "DELETE"
    answers = {"delete": (204, None)}
    takes_token = True
    handle = staticmethod(remembered_devices.end_remembered_device)
    delete = EndpointView.post
