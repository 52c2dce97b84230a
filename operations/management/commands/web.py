"""`manage.py web`: the web process, HTTP and websockets."""

from argparse import ArgumentParser
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operations.body_limits import BodyLimits
from operations.web_server import WebServer, allow_many_connections


class Command(BaseCommand):
    help = "Serve the page, the API and the websockets."
    # `manage.py check` does these; here they would only delay a restart.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        allow_many_connections()
        server = WebServer(
            get_default_application(),
            host=options["host"],
            port=options["port"],
            body_limits=BodyLimits(
                plain=settings.JSON_BODY_BYTES,
                json_with_image=settings.JSON_IMAGE_BODY_BYTES,
                one_image=settings.IMAGE_BYTES,
                several_images=settings.UPLOAD_BYTES,
                lora=settings.LORA_BYTES,
            ),
        )
        server.run()
        if server.failure:
            raise CommandError(server.failure)
