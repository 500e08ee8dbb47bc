"""The endpoints that hand a login over, as REST framework views, with what they read and answer."""

from __future__ import annotations

from rest_framework import serializers

from ...endpoints import handover
from ...endpoints.calling_client import MAX_ID, MAX_SECRET
from ...endpoints.login import MAX_PASSWORD
from ...http.public_views import checks_credentials
from ...tokens import code_verifier, handover_code, known_device
from .responses import TokensAnswer
from .serializers import TextField
from .views import EndpointView


class HandoverSerializer(serializers.Serializer):
    """To which client, for which receiver, and in a page the password of whoever hands over."""

    to = TextField(max_length=MAX_ID)
    code_challenge = TextField(max_length=code_verifier.CHALLENGE_LENGTH, required=False)
    code_challenge_method = TextField(max_length=handover.MAX_METHOD, required=False)
    state = TextField(max_length=code_verifier.CHALLENGE_LENGTH, required=False)
    password = TextField(max_length=MAX_PASSWORD, required=False, write_only=True)
    known_device_token = TextField(max_length=known_device.MAX_LENGTH, required=False, write_only=True)


class HandoverCodeSerializer(serializers.Serializer):
    """A code of the session whose access token is in the header."""

    code = TextField(max_length=handover_code.MAX_LENGTH, write_only=True)


class HandoverApproveSerializer(HandoverCodeSerializer):
    """The same, and the number that the other device shows."""

    number = TextField(max_length=handover.MAX_NUMBER)


class HandoverBeginSerializer(serializers.Serializer):
    """The challenge of a receiver, and the code where it has read one."""

    code = TextField(max_length=handover_code.MAX_LENGTH, required=False, write_only=True)
    code_challenge = TextField(max_length=code_verifier.CHALLENGE_LENGTH)
    code_challenge_method = TextField(max_length=handover.MAX_METHOD, required=False)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class HandoverRedeemSerializer(serializers.Serializer):
    """The code, and the verifier of the receiver that began."""

    code = TextField(max_length=handover_code.MAX_LENGTH, write_only=True)
    code_verifier = TextField(max_length=code_verifier.MAX_LENGTH, write_only=True)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class HandoverAnswer(serializers.Serializer):
    """A code, shown this once, and the URL at which its receiver takes it. `expires_in` is in seconds."""

    code = serializers.CharField()
    url = serializers.CharField()
    client_id = serializers.CharField()
    expires_in = serializers.IntegerField()


class HandoverBegunAnswer(serializers.Serializer):
    """The number that a receiver shows, or the state of a page that has read no code."""

    number = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    expires_in = serializers.IntegerField()


class HandoverReceiverAnswer(serializers.Serializer):
    """The device that has begun."""

    client_id = serializers.CharField()
    device = serializers.CharField(allow_blank=True)
    where = serializers.CharField(allow_blank=True)


@checks_credentials
class HandoverView(EndpointView):
    """`POST {to}` with an access token: make a code for another client or device."""

    serializer_class = HandoverSerializer
    answers = {"post": (201, HandoverAnswer)}
    takes_token = True
    handle = staticmethod(handover.create_handover)


class HandoverBeginView(EndpointView):
    """`POST {code_challenge, code}`: begin as the receiver."""

    serializer_class = HandoverBeginSerializer
    answers = {"post": (200, HandoverBegunAnswer)}
    handle = staticmethod(handover.begin_handover)


@checks_credentials
class HandoverReceiverView(EndpointView):
    """`POST {code}` with an access token: the device that has begun with this code."""

    serializer_class = HandoverCodeSerializer
    answers = {"post": (200, HandoverReceiverAnswer)}
    takes_token = True
    handle = staticmethod(handover.look_at_receiver)


@checks_credentials
class HandoverApproveView(EndpointView):
    """`POST {code, number}` with an access token: let the receiver in that shows this number."""

    serializer_class = HandoverApproveSerializer
    takes_token = True
    handle = staticmethod(handover.approve_handover)


class HandoverRedeemView(EndpointView):
    """`POST {code, code_verifier}`: the first tokens of the receiver's session."""

    serializer_class = HandoverRedeemSerializer
    answers = {"post": (200, TokensAnswer)}
    handle = staticmethod(handover.redeem_handover)
