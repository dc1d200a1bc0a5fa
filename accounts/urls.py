from django.urls import path

from accounts.views import account

urlpatterns = [
    path("", account.account, name="account-settings"),
    path("tokens/", account.issue_token, name="token-issue"),
    path("tokens/<int:token_id>/revoke/", account.revoke_token, name="token-revoke"),
]
