from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "content"

    def ready(self) -> None:
        from accounts.closing import account_emptying
        from content.closing import delete_library

        account_emptying.connect(delete_library, dispatch_uid="content")
