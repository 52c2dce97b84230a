"""Every setting of Atelier, from the environment or `.env`. `.env.example` lists the variables for operators."""

from ipaddress import ip_network
from pathlib import Path

from csp.constants import NONE, SELF

from config.administration import UNFOLD as UNFOLD
from config.database import database
from config.environment import (
    BASE_DIR,
    WrongSetting,
    address,
    checked,
    choice,
    data_folder,
    number,
    reader,
    secret_key,
)
from config.ipfs import ipfs_api, ipfs_authorization
from config.logs import logging_of
from config.object_storage import object_storages, signs_urls
from config.openapi import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from config.profiles import demo_profile, full_profile
from config.providers import default_engines, incomplete_providers, provider_engines

env = reader()

# ---- Where things are -------------------------------------------------------------------------------------------
DATA_DIR = data_folder(env)
SECRET_KEY = secret_key(env, DATA_DIR)
DEBUG: bool = checked("DEBUG", lambda: env.bool("DEBUG", default=False), "write true or false.")
HOST: str = env.str("HOST", default="127.0.0.1")
PORT = number(env, "PORT", 8000, 1, 65535)

# The Host header is not trusted for links (PUBLIC_URL is), so a home network may use any name unless told otherwise.
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["*"])
PUBLIC_URL = address(env, "PUBLIC_URL", example="https://atelier.example.org")
NUM_PROXIES = number(env, "NUM_PROXIES", 0, 0, 10)

# ---- Django -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_rq",
    "django_prometheus",
    "axes",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "common",
    "accounts",
    "content",
    "generation",
    "analysis",
    "operations",
]

# Each of these is async-capable (a test asserts it): one that is not would hold a thread for every waiting request.
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "common.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.StaticFilesMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.adapter.signup_state",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("docs", BASE_DIR / "docs" / "images")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    **object_storages(env),
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# ---- Database ---------------------------------------------------------------------------------------------------
DATABASES = {"default": database(env, DATA_DIR)}
# Two libraries have unique constraints with conditions, which MySQL and MariaDB do not know. Ours do without.
SILENCED_SYSTEM_CHECKS = ["models.W036"]

# ---- Redis: queues and events -----------------------------------------------------------------------------------
# Without REDIS_URL, `manage.py start` runs an embedded Redis on a private socket in the data folder.
REDIS_URL: str = env.str("REDIS_URL", default="")
# A unix socket's path may have 107 bytes, so the socket's folder is not always inside the data folder.
EMBEDDED_REDIS = not REDIS_URL
if EMBEDDED_REDIS:
    from common.embedded_redis import socket_path

    REDIS_URL = f"unix://{socket_path(DATA_DIR)}"
# Counts of requests and of failed sign-ins; `common.cache` says what happens while Redis is away.
CACHES = {"default": {"BACKEND": "common.cache.SharedCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "atelier"}}
CHANNEL_LAYERS = {
    # The core layer drops beyond 100 messages; the pubsub layer does not.
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}
# Queues are named by what they need, so that a host joins with the queues it can serve.
QUEUES = ("gpu", "cpu", "remote", "training")
RQ_QUEUES = {name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": -1, "DEFAULT_RESULT_TTL": 0} for name in QUEUES}

# ---- Accounts ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SIGNUP = choice(env, "SIGNUP", "open", ("open", "invite", "closed"))
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "add_email": "accounts.forms.AddEmailForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Atelier] "
MFA_ADAPTER = "accounts.mfa.MfaAdapter"
MFA_FORMS = {
    "authenticate": "accounts.mfa_forms.SecondFactorForm",
    "reauthenticate": "accounts.mfa_forms.SecondFactorAgainForm",
    "activate_totp": "accounts.mfa_forms.ActivateTotpForm",
    "add_webauthn": "accounts.mfa_forms.AddKeyForm",
    "edit_webauthn": "accounts.mfa_forms.RenameKeyForm",
    "authenticate_webauthn": "accounts.mfa_forms.KeySignInForm",
    "reauthenticate_webauthn": "accounts.mfa_forms.KeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Atelier"
MFA_TOTP_TOLERANCE = 1  # The code of the half minute before counts, too: people and clocks are slow.
MFA_ALLOW_UNVERIFIED_EMAIL = True  # Nobody has to verify an address here.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
EMAIL_URL = checked(
    "EMAIL_URL",
    lambda: env.email("EMAIL_URL", default="consolemail://"),
    "write smtp+tls://USER:PASSWORD@HOST:587, or consolemail://.",
)
EMAIL_BACKEND = EMAIL_URL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_URL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_URL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_URL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_URL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_URL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_URL.get("EMAIL_USE_SSL", False)
AXES_FAILURE_LIMIT = number(env, "LOGIN_FAILURE_LIMIT", 10, 1, 1000)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HTTP_RESPONSE_CODE = 429
AXES_CLIENT_IP_CALLABLE = "accounts.throttles.client_ip"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.answer"
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "accounts.lockout.username"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
# Wrong codes of a second factor. Passwords are counted by axes alone (`accounts.adapter`): two counters would give two
# different answers.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/900s/key"}
# Limits of a user; an administrator can set others in accounts.Quota.
QUOTA_ACTIVE_JOBS = number(env, "QUOTA_ACTIVE_JOBS", 1000, 1, 1_000_000)
QUOTA_JOBS_PER_DAY = number(env, "QUOTA_JOBS_PER_DAY", 5000, 1, 10_000_000)
QUOTA_STORED_BYTES = number(env, "QUOTA_STORED_BYTES", 20 * 2**30, 1, 2**60)

# ---- Transport security -----------------------------------------------------------------------------------------
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Nothing goes to other sites. Not "no-referrer": with it browsers post forms with "Origin: null", which CSRF refuses.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# /admin/ and the API docs have policies of their own, set at their views.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(api|v1|generate|analyze|ipfs|get-content|view-image|view-text)"

# ---- API --------------------------------------------------------------------------------------------------------
THROTTLE_USER: str = env.str("THROTTLE_USER", default="6000/minute")
THROTTLE_KEY: str = env.str("THROTTLE_KEY", default="6000/minute")
THROTTLE_ANONYMOUS: str = env.str("THROTTLE_ANONYMOUS", default="600/minute")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsAuthenticatedWithScope"],
    "DEFAULT_THROTTLE_CLASSES": [
        "accounts.throttles.UserThrottle",
        "accounts.throttles.KeyThrottle",
        "accounts.throttles.AnonymousThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"user": THROTTLE_USER, "key": THROTTLE_KEY, "anonymous": THROTTLE_ANONYMOUS},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "config.exception_handler.handle",
    "NUM_PROXIES": NUM_PROXIES,
    "DATETIME_FORMAT": "iso-8601",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Bodies are refused by length while they arrive (common.body_limits); Django's own limit must not be lower.
JSON_BODY_BYTES = 1_000_000
JSON_IMAGE_BODY_BYTES = 40_000_000
IMAGE_BYTES = 28_000_000
IMAGE_PIXELS = 64_000_000
UPLOAD_BYTES = 100_000_000
LORA_BYTES = 200_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = JSON_IMAGE_BODY_BYTES
DOCUMENTED_WAIT_SECONDS = number(env, "DOCUMENTED_WAIT_SECONDS", 600, 0, 86_400)
SIGNED_URL_SECONDS = number(env, "SIGNED_URL_SECONDS", 7 * 86_400, 1, 10 * 365 * 86_400)
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

# ---- Jobs -------------------------------------------------------------------------------------------------------
WORKERS = number(env, "WORKERS", 1, 0, 64)
JOB_STALE_SECONDS = number(env, "JOB_STALE_SECONDS", 30, 1, 86_400)
JOB_MAX_ATTEMPTS = number(env, "JOB_MAX_ATTEMPTS", 3, 1, 100)
# Without progress for this long, the engine counts as hung. Loading a model counts as a step.
JOB_STALL_SECONDS = number(env, "JOB_STALL_SECONDS", 600, 1, 86_400)
# Networks that are not public and that webhooks may reach all the same.
WEBHOOK_ALLOWED_NETWORKS = checked(
    "WEBHOOK_ALLOWED_NETWORKS",
    lambda: [ip_network(network.strip()) for network in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])],
    "write networks separated by commas, such as 10.0.0.0/8,192.168.1.7/32,fd00::/8.",
)
QUEUE_LIMIT = number(env, "QUEUE_LIMIT", 10_000, 1, 10_000_000)
WORKER_SEEN_SECONDS = 60

# ---- Engines ----------------------------------------------------------------------------------------------------
MODEL_PROFILE = choice(env, "MODEL_PROFILE", "demo", ("demo", "full"))
MODELS_DIR = BASE_DIR / "models"
USE_GPU = choice(env, "USE_GPU", "auto", ("auto", "true", "false"))
ENGINE_CACHE_BYTES = number(env, "ENGINE_CACHE_BYTES", 0, 0, 2**50)  # 0: half of the device's memory
MAX_BATCH = number(env, "MAX_BATCH", 0, 0, 64)  # 0: 1 on a CPU, 4 on a GPU
HF_TOKEN: str = env.str("HF_TOKEN", default="")
# What `manage.py models download` fetched; `config.profiles` says what that is.
WEIGHTS_DIR = DATA_DIR / "models"
# LoRAs and pipelines of people's own.
PERSONAL_MODELS_DIR = DATA_DIR / "personal"
HF_ENDPOINT = address(env, "HF_ENDPOINT", example="https://huggingface.co") or "https://huggingface.co"
ENGINES = {
    **(full_profile() if MODEL_PROFILE == "full" else demo_profile(MODELS_DIR / "demo")),
    **provider_engines(env),
}
DEFAULT_ENGINES = default_engines(env, ENGINES)
INCOMPLETE_PROVIDERS = incomplete_providers(env)
# The labels that a picture is compared with where none are asked for: for small models, what they were shown.
COMMON_OBJECTS_FILE = Path(
    env.str("COMMON_OBJECTS", default="")
    or BASE_DIR / "analysis" / ("common_objects.txt" if MODEL_PROFILE == "full" else "drawn_objects.txt")
)
if not COMMON_OBJECTS_FILE.is_file():
    raise WrongSetting("COMMON_OBJECTS", f"names {COMMON_OBJECTS_FILE}, which is no file", "name a text file.")

# ---- Content ----------------------------------------------------------------------------------------------------
# In the data folder, unless STORAGES has a bucket.
BLOCKS_DIR = DATA_DIR / "blocks"
S3_SIGNED_URLS = signs_urls(env)
BLOCK_GRACE_SECONDS = number(env, "BLOCK_GRACE_SECONDS", 3600, 0, 30 * 86_400)
# Public content is pinned on this node, when there is one; `config.ipfs` says how they are written.
IPFS_API, IPFS_API_PATH = ipfs_api(env)
IPFS_AUTH = ipfs_authorization(env)
IPFS_TIMEOUT_SECONDS = number(env, "IPFS_TIMEOUT_SECONDS", 60, 1, 3600)

# ---- Logs -------------------------------------------------------------------------------------------------------
LOG_LEVEL = choice(env, "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_of(LOG_LEVEL)
