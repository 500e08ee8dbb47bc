# file: shop/views.py
import logging

logger = logging.getLogger(__name__)

def login(request, access_token, user):
    logger.info("token %s", access_token)  # <- BT222
    print(f"otp is {user.otp}")  # <- BT222
    logger.error("failed for " + str(request.data["password"]))  # <- BT222
    password = request.data["password"]
    logging.warning("wrong: {}".format(password))  # <- BT222
