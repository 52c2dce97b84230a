"""`manage.py apikey create | list | revoke`: the keys of an account, from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import selectors, services
from accounts.models import ApiKey, Scope, User
from common.errors import AtelierError


class Command(BaseCommand):
    help = "Makes, lists and revokes the API keys of an account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="prints the new key, alone")
        create.add_argument("username")
        create.add_argument("--name", required=True, help="what the key is for")
        create.add_argument(
            "--scope", action="append", choices=Scope.values, help="may be given several times; default: read, generate"
        )
        create.add_argument("--expires-days", type=int, metavar="N", help="default: never")
        listing = actions.add_parser("list", help="prefix, scopes, expiry, last use and name of each key")
        listing.add_argument("username")
        revoke = actions.add_parser("revoke", help="ends a key at once and for good")
        revoke.add_argument("prefix", help="the key's first eight characters")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"create": self.create, "list": self.list, "revoke": self.revoke}
        try:
            actions[options["action"]](options)
        except AtelierError as error:
            raise CommandError(error.message) from error

    def create(self, options: dict[str, Any]) -> None:
        days = options["expires_days"]
        try:
            expires_at = None if days is None else timezone.now() + timedelta(days=days)
        except OverflowError as error:
            raise CommandError("--expires-days is too large.") from error
        _, text = services.create_api_key(
            owner=self.account(options["username"]),
            name=options["name"],
            scopes=options["scope"],
            expires_at=expires_at,
        )
        self.stdout.write(text)

    def list(self, options: dict[str, Any]) -> None:
        for key in selectors.keys_of(user=self.account(options["username"])):
            expires = f"{key.expiry_date:%Y-%m-%d}" if key.expiry_date else "never"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            self.stdout.write(f"{key.prefix}  {','.join(key.scopes)}  expires {expires}  used {used}  {key.name}")

    def revoke(self, options: dict[str, Any]) -> None:
        key = ApiKey.objects.filter(prefix=options["prefix"], revoked=False).first()
        if key is None:
            raise CommandError(
                f"There is no key that begins with {options['prefix']!r}. `apikey list USERNAME` lists them."
            )
        services.revoke_api_key(key=key)

    def account(self, username: str) -> User:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account named {username!r}.")
        return user
