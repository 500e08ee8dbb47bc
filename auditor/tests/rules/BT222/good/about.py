# file: shop/views.py
import logging

logger = logging.getLogger(__name__)

def login(request, token, user, token_type, password):
    logger.info("%s tokens, %s", len(token), token_type)
    logger.info("token %s", token[:6])
    logger.info("token %s", token.pk)
    logger.info("%s", hash(token))
    print("password", bool(password))
    logger.info("missing setting %s", "API_KEY")
    logger.info("reset password for %s", user.pk)
    logger.info("no tax for checkout %s", user.checkout.token)
