"""What people may change about themselves."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.password_validation import validate_password

from accounts.login import codes
from accounts.models import ApiToken, User


class LogInForm(LoginForm):
    """allauth's, with labels instead of texts that vanish while one types."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "User name or e-mail"
        self.fields["remember"].label = "Keep me logged in here for two weeks"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class UnspentCode(BaseAuthenticateForm):
    """A code that was used before does not open again: who looks over a shoulder gains nothing."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        if not codes.use(self.authenticator):
            raise forms.ValidationError("This code was used already. Wait for the next one.")
        return code


class CodeForm(UnspentCode, AuthenticateForm):
    pass


class CodeAgainForm(UnspentCode, ReauthenticateForm):
    pass


class WithEmail(forms.ModelForm):
    """An account whose e-mail address is stored in lower case and is nobody else's: people may log in with it."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Somebody else has this address already.")
        return email


class UserForm(WithEmail, UserChangeForm):
    """An account in the admin."""


class NewUserForm(WithEmail, AdminUserCreationForm):
    """A new account in the admin."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "email", "first_name", "last_name")


class NewAccountForm(WithEmail):
    """An account that somebody makes for themselves, where they may: by an invitation, or as the first of all."""

    password = forms.CharField(
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least eight characters, and nothing that is easily guessed.",
    )

    class Meta:
        model = User
        fields = ["username", "email"]
        labels = {"username": "User name", "email": "E-mail address"}
        help_texts = {
            "username": "You log in with it, and the others in your projects see it.",
            "email": "A forgotten password is reset by mail to this address. It may stay empty.",
        }

    def __init__(self, *args: Any, addressee: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        local, at, _ = addressee.partition("@")
        self.initial.update(username="".join(filter(_fits_a_name, local)), email=addressee if at else "")
        self.fields["username"].widget.attrs["autocomplete"] = "username"

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("Somebody has this name already; choose another.")
        return username

    def clean(self) -> dict[str, Any]:
        form_data = super().clean() or self.cleaned_data
        user = User(username=form_data.get("username", ""), email=form_data.get("email", ""))
        try:
            validate_password(form_data.get("password", ""), user)
        except forms.ValidationError as error:
            self.add_error("password", error)
        return form_data

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.set_password(self.cleaned_data["password"])
        if commit:
            user.save()
        return user


def _fits_a_name(character: str) -> bool:
    return character.isalnum() or character in "@.+-_"


class ProfileForm(WithEmail):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "single_key_shortcuts"]
        labels = {"single_key_shortcuts": "Label with single keys"}
        help_texts = {
            "first_name": "Your colleagues see it beside your annotations.",
            "email": "A forgotten password is reset by mail to this address.",
            "single_key_shortcuts": "Off, every shortcut needs Alt as well: for speech input and keys that are hit "
            "by accident.",
        }


class TokenForm(forms.Form):
    LIVES = [("30", "30 days"), ("365", "a year"), ("", "for ever")]

    name = forms.CharField(
        max_length=ApiToken._meta.get_field("name").max_length,
        label="What is it for?",
        help_text="A script, a notebook, a machine: the name tells you later which one to revoke.",
    )
    days = forms.ChoiceField(choices=LIVES, initial="365", required=False, label="It works for")

    def issue(self, user: User) -> tuple[ApiToken, str]:
        days = self.cleaned_data["days"]
        lifetime = timedelta(days=int(days)) if days else None
        return ApiToken.objects.issue(user, self.cleaned_data["name"], lifetime)
