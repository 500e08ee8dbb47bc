"""What well-known functions outside the tree do: the one place where the effects know names of libraries."""

from __future__ import annotations

import re
from functools import lru_cache

from django_bearer_audit.project.effects.value import How, Kind
from django_bearer_audit.project.flow.origins import WEAK_CALLS
from django_bearer_audit.project.flow.words import vocabulary

_KINDS: dict[Kind, frozenset[str]] = {
    Kind.CLOCK: vocabulary("""
        time.time time.time_ns time.monotonic datetime.datetime.now datetime.datetime.utcnow datetime.now
        datetime.datetime.today datetime.date.today django.utils.timezone.now uuid.uuid1 time.strftime
        time.localtime time.gmtime time.perf_counter django.utils.timezone.localtime django.utils.timezone.localdate
        arrow.utcnow arrow.now pendulum.now
    """),
    Kind.CHANCE: vocabulary("""
        os.urandom uuid.uuid4 django.utils.crypto.get_random_string random.SystemRandom pyotp.random_base32
        pyotp.random_hex
        django.core.management.utils.get_random_secret_key ssl.RAND_bytes nanoid.generate ulid.new
        rest_framework.authtoken.models.Token.generate_key shortuuid.uuid shortuuid.random shortuuid.ShortUUID
    """),
    Kind.WEAK: WEAK_CALLS
    | vocabulary("""
        random.Random numpy.random.default_rng
    """),
    Kind.ENVIRONMENT: vocabulary("""
        os.getenv os.environ.get decouple.config environ.Env config environs.Env
    """),
}
_CHANCE_PACKAGES = ("secrets.", "nacl.utils.random", "Crypto.Random.", "Cryptodome.Random.")
_FAST = re.compile(
    r"(^|\.)(hashlib|Crypto\.Hash|Cryptodome\.Hash|passlib\.hash|xxhash|mmh3|sha3|blake3|hashids|zlib|binascii"
    r"|cryptography\.hazmat\.primitives\.hashes)(\.|$)|(^|[._])(md5|sha\d+|crc32|adler32|uuid3|uuid5"
    r"|hexdigest)($|[._(])",
    re.I,
)
_SLOW = re.compile(
    r"hashlib\.(pbkdf2_hmac|scrypt)$|(^|\.)make_password$|hashpw$|(^|\.)bcrypt\.|argon2\.|pbkdf2|scrypt|Argon2"
    r"|passlib\.(hash|context|apps)\.|generate_password_hash$|KDF\.|Hasher\.(encode|hash)$"
)
_MAC = re.compile(r"^hmac\.(new|digest|HMAC)$|salted_hmac$|Crypto\.Hash\.(HMAC|CMAC)\.|hmac\.HMAC$|blake2b_keyed")
_SIGNED = re.compile(
    r"signing\.(dumps|Signer|TimestampSigner|sign_object)|\.make_token$|itsdangerous\.|URLSafe\w*Serializer"
    r"|^(jwt|jose\.jwt|authlib\.jose\.jwt|authlib\.jose\.JsonWebToken|jwcrypto\.jwt)\.(encode|JWT|PyJWT|JsonWebToken)"
)
_ENCRYPTED = re.compile(r"\.encrypt$|fernet\.Fernet")
_OPENS = re.compile(
    r"signing\.loads|\.unsign(_object)?$|^(jwt|jose\.jwt|authlib\.jose\.jwt|jose\.jws)\.(decode"
    r"|decode_complete|verify)$"
    r"|\.get_signed_cookie$|_simplejwt\.tokens\.\w+$|ninja_jwt\.tokens\.\w+$|\.check_token$|\.get_validated_token$"
)
REWRITES = vocabulary("""
    str int float repr bytes bytearray format join encode decode upper lower strip casefold new ljust rjust center
    zfill hex replace date time timestamp strftime isoformat total_seconds round abs list tuple sorted reversed map
    sum b64encode b64decode urlsafe_b64encode urlsafe_b64decode b32encode b16encode standard_b64encode hexlify
    unhexlify
    smart_str force_str force_bytes smart_bytes urlsafe_base64_encode urlsafe_base64_decode chr ord copy
    deepcopy capitalize
    title timetuple UUID rstrip lstrip split rsplit partition rpartition truncate dumps loads set frozenset dict
    quote unquote urlencode escape mark_safe removeprefix removesuffix max min zip filter enumerate next iter
    hexdigest
    digest __str__ __format__ to_bytes from_bytes as_dict model_dump getlist values items keys slugify
    datetime timedelta int_to_base36 base36_to_int reverse_lazy fromtimestamp translate expandtabs swapcase
    b85encode b58encode finalize
""")
"""Calls that change how a value is written, and add nothing to it."""
FEEDS = vocabulary("update append extend insert add write feed setdefault appendleft push writelines")
"""Methods that put their argument into their object."""
PLAIN = vocabulary("len isinstance issubclass hasattr callable bool type id range print open super object property")
"""What their answer says of their argument is no part of it."""


@lru_cache(8192)
def kind_of(name: str) -> Kind | None:
    """What a call of a function of this name yields, where that is a source."""
    for kind, names in _KINDS.items():
        if name in names:
            return kind
    if name.startswith(_CHANCE_PACKAGES) or name.startswith("random.SystemRandom"):
        return Kind.CHANCE
    return Kind.WEAK if name.startswith(("random.Random.", "numpy.random.")) else None


@lru_cache(8192)
def how_of(name: str) -> How | None:
    """What a call of a function of this name does to its arguments."""
    for how, pattern in (
        (How.SLOW, _SLOW),
        (How.MAC, _MAC),
        (How.SIGNED, _SIGNED),
        (How.ENCRYPTED, _ENCRYPTED),
        (How.FAST, _FAST),
    ):
        if pattern.search(name):
            return how
    return None


@lru_cache(8192)
def opens(name: str) -> bool:
    """Whether a call of a function of this name verifies a signed token and reads it."""
    return bool(_OPENS.search(name))


CHECKS = re.compile(
    r"(^|\.)(a?check_password|checkpw|check_password_hash|verify_password|validate_password_hash|a?authenticate)$"
    r"|PasswordHasher\(?\)?\.verify$|CryptContext\.verify$|passlib\.\w+\.\w+\.verify$|(TOTP|HOTP)\.verify$"
)
"""Functions that are given a secret and say whether it is the right one."""
COMPARES = re.compile(r"(^|\.)(compare_digest|constant_time_compare)$")
LOGINS = vocabulary("django.contrib.auth.login django.contrib.auth.alogin")
TOKEN_MODELS = re.compile(
    r"rest_framework\.authtoken\.models\.Token(Proxy)?$|knox\.models\.(Auth)?Token$"
    r"|knox\.models\.AuthToken$|oauth2_provider\.models\.\w*Token$"
)
FOR_USER = re.compile(r"(_simplejwt|ninja_jwt|ninja_extra)\.\w*\.?tokens\.\w+\.for_user$|\.for_user$|\.get_token$")
ENDS = re.compile(
    r"(^|\.)(blacklist|logout|alogout|flush|aflush|revoke\w*)$"
    r"|BlacklistedToken\.objects"
)
VALIDATES = re.compile(r"(^|\.)(validate_password|zxcvbn|zxcvbn\.zxcvbn|pwned_password\w*)$|password_strength")
SENDS = re.compile(
    r"(^|\.)(send_mail|send_mass_mail|email_user|mail_admins|mail_managers|sendmail|send_message"
    r"|send_messages|send_html_mail|send_templated_mail|send_sms|publish_text_message|send_text_message"
    r"|send_whatsapp\w*)$|(EmailMessage|EmailMultiAlternatives)(\(\))?$|messages\.create$|sns\.publish$"
    r"|(sendgrid|anymail|twilio|mailgun)(?!.*\.[A-Z]\w*$)"
)
LOGS = re.compile(
    r"^(logging|loguru\.logger|structlog)\.|(^|\.)(logger|log|LOG|_logger|LOGGER)\.(debug|info|warning"
    r"|error|exception|critical|log)$"
)
CALLS = re.compile(
    r"^(requests|httpx|urllib\.request|urllib3|aiohttp|http\.client)\.|(^|\.)(urlopen)$|^smtplib\.|^ldap"
    r"|^paramiko\.|^imaplib\.|^ftplib\."
)
COUNTS = re.compile(
    r"(^|\.)(incr|aincr|is_ratelimited|is_rate_limited|ratelimit\w*|throttle\w*|allow_request"
    r"|check_throttles)$|recaptcha|hcaptcha|turnstile|captcha"
    r"|^axes\.|^defender\."
)
ANSWERS = vocabulary("Response JsonResponse HttpResponse render HttpResponseRedirect redirect StreamingHttpResponse")
VERDICTS = vocabulary("exists aexists count acount is_valid")
