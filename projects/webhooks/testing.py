"""A test event, sent while somebody waits for how it goes."""

from datetime import timedelta

from accounts import attempts
from accounts.attempts import Limit
from accounts.models import User
from projects.models import Webhook
from projects.webhooks import sending
from projects.webhooks.sending import Attempt

MOST_TESTS = 60  # of one person in an hour
TOO_MANY = f"{MOST_TESTS} tests an hour are enough. Wait a while."


def test(webhook: Webhook, by: User) -> Attempt:
    """Send the event `test`, active or not. accounts.attempts.TooMany above MOST_TESTS."""
    attempts.begin([Limit(f"webhooks tested by {by.pk}", MOST_TESTS, timedelta(hours=1))])
    return sending.send_test(webhook, by)
