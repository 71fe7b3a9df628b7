"""Every setting of memweb. Environment variables are listed in docs/operations.md."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_text(name: str, default: str = "") -> str:
    """Return the variable, or what stands in the file that ``NAME_FILE`` points to."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error}") from error
    return os.environ.get(name, default)


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}")
    return value == "True"


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def env_list(name: str, default: str) -> list[str]:
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def networks(
    found: list[str], name: str = "TRUSTED_PROXIES", also: tuple[str, ...] = ("unix",)
) -> list[str]:
    """Return the addresses and networks; loud about any that is none."""
    for one in found:
        if one not in also:
            try:
                ipaddress.ip_network(one, strict=False)
            except ValueError as error:
                raise ImproperlyConfigured(f"{name}: {error}") from None
    return found


def check_destinations(
    kinds: list[str], needed: dict[str, dict[str, str]], of: str = "PROVENANCE_DESTINATIONS"
) -> None:
    """Be loud about a place for files that the setting ``of`` names and that is unknown or lacks a
    setting, and about an address that is none."""
    for kind in kinds:
        if kind not in needed:
            raise ImproperlyConfigured(f"{of}: {kind!r} is none of {', '.join(needed)}")
        for name, value in needed[kind].items():
            if not value:
                raise ImproperlyConfigured(f"{of} names {kind}: set {name}")
            if name.endswith(("_URL", "_ENDPOINT")):
                check_web_address(name, value)


def check_web_address(name: str, value: str) -> None:
    """Be loud about an address that is not one of the web."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good or not value.isascii():
        raise ImproperlyConfigured(f"{name} must be an address such as https://host/path")


def check_single_sign_on(issuer: str, client: str, secret: str) -> None:
    """Be loud about a provider of sign-ins that lacks a setting, or to which secrets would go
    without TLS; on this machine, they may."""
    if not issuer:
        return
    check_web_address("OIDC_ISSUER", issuer)
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://")
    if parts.query or parts.fragment or parts.username is not None:
        raise ImproperlyConfigured("OIDC_ISSUER must be an address such as https://host/path")
    for name, value in (("OIDC_CLIENT_ID", client), ("OIDC_CLIENT_SECRET", secret)):
        if not value:
            raise ImproperlyConfigured(f"OIDC_ISSUER is set: set {name}")


def database_from_url(url: str) -> dict[str, object]:
    """Turn ``postgresql://user:password@host:port/name?host=/socket/folder`` into DATABASES."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


# Where the embedded servers, the secret key and the logs live.
VAR_DIR = Path(env_text("MEMWEB_VAR", str(BASE_DIR / "var"))).resolve()

DEBUG = env_bool("DEBUG", False)
VERSION = "0.1.0"

_database_url = env_text("DATABASE_URL")
_owner_url = env_text("DATABASE_OWNER_URL")
_redis_url = env_text("REDIS_URL")
EMBEDDED_POSTGRES, EMBEDDED_REDIS = not _database_url, not _redis_url
if not (_database_url and _redis_url):
    from memweb.embedded import runtime_urls

    _embedded = runtime_urls(VAR_DIR)
    if EMBEDDED_POSTGRES:
        _database_url, _owner_url = _embedded.database, _embedded.owner
    _redis_url = _redis_url or _embedded.redis

DATABASES = {"default": database_from_url(_database_url)}
# Who owns the tables and changes them (memweb/serving/roles.py). Without one, the application does,
# and could alter the event log.
OWNER_DATABASE = database_from_url(_owner_url) if _owner_url else None
# Of the web process (memweb/asgi.py). A request that gets no connection in time is answered with
# 503. After an outage, a try that fails gives up soon, so that the next request tries anew.
DATABASE_POOL = {
    "min_size": 1,
    "max_size": env_int("DATABASE_POOL_SIZE", 20),
    "timeout": env_int("DATABASE_WAIT_SECONDS", 5),
    "max_idle": 60,
    "reconnect_timeout": 3,
    "name": "web",
}
REDIS_URL = _redis_url


def _secret_key() -> str:
    """Return SECRET_KEY, or one made on the first start and kept under VAR_DIR."""
    if key := env_text("SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        import secrets

        path.parent.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(50)
        temporary = path.with_name(f"secret_key.{os.getpid()}")
        try:
            # Linked when whole: a full disk leaves no empty key behind.
            temporary.touch(mode=0o600)
            temporary.write_text(key, encoding="ascii")
            os.link(temporary, path)
        except FileExistsError:  # another process was first
            return path.read_text(encoding="ascii")
        finally:
            temporary.unlink(missing_ok=True)
        return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", "")
# Whose X-Forwarded-For is believed: addresses, networks, or "unix" for a proxy at a unix socket.
TRUSTED_PROXIES = networks(env_list("TRUSTED_PROXIES", ""))

INSTALLED_APPS = [
    "apps.accounts",  # before Django's own accounts, whose command to change passwords it extends
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "template_partials",
    "apps.common",
    "apps.audit",
    "apps.sources",
    "apps.memory",
    "apps.curation",
    "apps.explicit",
    "apps.asking",
    "apps.provenance",
    "apps.evaluation",
    "apps.webhooks",
    "apps.dashboard",
    "apps.api",
    "apps.agents",
]

MIDDLEWARE = [
    "apps.common.middleware.RequestIdMiddleware",
    "memweb.busy.DatabaseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "memweb.charset.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SignedInMiddleware",
    "apps.common.middleware.WayBackMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "memweb.too_many.TooManyOpenMiddleware",
    "memweb.form_address.FormAddressMiddleware",
    "apps.audit.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "memweb.urls"
ASGI_APPLICATION = "memweb.asgi.application"
WSGI_APPLICATION = "memweb.wsgi.application"

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
                "apps.dashboard.context.page",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_IDLE_SECONDS = env_int("SESSION_IDLE_SECONDS", 8 * 3600)
SESSION_WHOLE_SECONDS = SESSION_COOKIE_AGE = env_int("SESSION_WHOLE_SECONDS", 7 * 24 * 3600)
CSRF_FAILURE_VIEW = "apps.accounts.return_views.csrf_failure"
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
# Single sign-on by OpenID Connect, beside passwords; without an issuer there is none.
OIDC_ISSUER = env_text("OIDC_ISSUER")
OIDC_CLIENT_ID = env_text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env_text("OIDC_CLIENT_SECRET")
OIDC_NAME = env_text("OIDC_NAME", "single sign-on")
OIDC_MAIL_DOMAINS = [one.lower().lstrip("@") for one in env_list("OIDC_MAIL_DOMAINS", "")]
OIDC_LINK_BY_MAIL = env_bool("OIDC_LINK_BY_MAIL", False)
check_single_sign_on(OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["apps.accounts.hashing.GuardedPasswordHasher"]
PASSWORD_CHECKS_AT_ONCE = env_int("PASSWORD_CHECKS_AT_ONCE", 2)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
TESTING = "pytest" in sys.modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# True when served over HTTPS: cookies are then sent over HTTPS alone.
HTTPS = env_bool("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Documents. The form refuses more; the request body is never held in memory whole.
DOCUMENT_MAX_BYTES = env_int("DOCUMENT_MAX_BYTES", 20 * 1024 * 1024)
REQUEST_MAX_BYTES = DOCUMENT_MAX_BYTES + 1024 * 1024  # the documents of one form and its fields
# The bundle of a space, which owners import; its body may take longer.
IMPORT_MAX_BYTES = env_int("IMPORT_MAX_BYTES", 2 * 1024**3)
IMPORT_UPLOAD_SECONDS = env_int("IMPORT_UPLOAD_SECONDS", 3600)
# A body that pauses for longer, or takes longer in all, is answered with 408.
REQUEST_PAUSE_SECONDS = env_int("REQUEST_PAUSE_SECONDS", 10)
REQUEST_WHOLE_SECONDS = env_int("REQUEST_WHOLE_SECONDS", 300)
# Connections beyond this get 503 at once.
WEB_CONNECTIONS = env_int("WEB_CONNECTIONS", 400)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# The model side: names of worker/registry.py.
EMBEDDER = env_text("EMBEDDER", "minilm")
WRITE_HEAD = env_text("WRITE_HEAD", "encoder")
READ_HEAD = env_text("READ_HEAD", "encoder")
CHAT_UPSTREAM = env_bool("CHAT_UPSTREAM", False)  # facts may go to the server of REMOTE_URL
# How much a worker keeps loaded of heads that spaces chose; of more, what was used last.
HEADS_MB = env_int("HEADS_MB", 3000)

# Jobs: a claim holds for LEASE_SECONDS; after JOB_ATTEMPTS lost claims the job fails.
LEASE_SECONDS = env_int("LEASE_SECONDS", 120)
JOB_ATTEMPTS = env_int("JOB_ATTEMPTS", 3)
# How long a worker may be at one job, or at one slice of a long one; then it is stopped.
JOB_SECONDS = env_int("JOB_SECONDS", 90)
# How long a document is read before others have their turn.
SLICE_SECONDS = env_int("SLICE_SECONDS", 4)
# How many of each a person may have waiting or under way.
OPEN_QUESTIONS = env_int("OPEN_QUESTIONS", 20)
OPEN_EXTRACTIONS = env_int("OPEN_EXTRACTIONS", 50)
OPEN_EXPORTS = env_int("OPEN_EXPORTS", 5)
OPEN_ERASURES = env_int("OPEN_ERASURES", 5)
OPEN_IMPORTS = env_int("OPEN_IMPORTS", 2)
OPEN_RUNS = env_int("OPEN_RUNS", 5)
OPEN_BUILDS = env_int("OPEN_BUILDS", 5)
OPEN_TRIALS = env_int("OPEN_TRIALS", 5)
# How often jobs that nobody took are rung for again.
SWEEP_SECONDS = env_int("SWEEP_SECONDS", 5)

# Review: how long a card that somebody opened is kept out of the queues of others, unless the
# page renews it.
HOLD_SECONDS = env_int("HOLD_SECONDS", 90)

# The sealed log: the first part of its logs' names, and the file with the key that signs its
# checkpoints (by default made below VAR_DIR). The file is read by what signs, and not here.
PROVENANCE_ORIGIN = env_text("PROVENANCE_ORIGIN", "memweb.local")
PROVENANCE_KEY_FILE = env_text("PROVENANCE_KEY_FILE")
# How long a log may grow before a checkpoint says how far.
CHECKPOINT_SECONDS = env_int("CHECKPOINT_SECONDS", 60)
# From when on, by UTC, the log of the last day is verified, and how many verifications a person may
# have waiting; how long one may take.
VERIFY_HOUR = env_int("VERIFY_HOUR", 3)
OPEN_VERIFICATIONS = env_int("OPEN_VERIFICATIONS", 3)
BUNDLE_SECONDS = env_int("BUNDLE_SECONDS", 2 * 3600)
ERASE_SECONDS = env_int("ERASE_SECONDS", 2 * 3600)
IMPORT_SECONDS = env_int("IMPORT_SECONDS", 2 * 3600)
VERIFY_SECONDS = env_int("VERIFY_SECONDS", 6 * 3600)
# Where checkpoints are brought to: folder, http, s3.
PROVENANCE_DESTINATIONS = env_list("PROVENANCE_DESTINATIONS", "folder")
PROVENANCE_FOLDER = env_text("PROVENANCE_FOLDER", str(VAR_DIR / "provenance" / "checkpoints"))
PROVENANCE_URL = env_text("PROVENANCE_URL")
PROVENANCE_URL_TOKEN = env_text("PROVENANCE_URL_TOKEN")
PROVENANCE_S3_ENDPOINT = env_text("PROVENANCE_S3_ENDPOINT")
PROVENANCE_S3_BUCKET = env_text("PROVENANCE_S3_BUCKET")
PROVENANCE_S3_PREFIX = env_text("PROVENANCE_S3_PREFIX")
PROVENANCE_S3_REGION = env_text("PROVENANCE_S3_REGION", "us-east-1")
PROVENANCE_S3_ACCESS_KEY = env_text("PROVENANCE_S3_ACCESS_KEY")
PROVENANCE_S3_SECRET_KEY = env_text("PROVENANCE_S3_SECRET_KEY")
check_destinations(
    PROVENANCE_DESTINATIONS,
    {
        "folder": {"PROVENANCE_FOLDER": PROVENANCE_FOLDER},
        "http": {"PROVENANCE_URL": PROVENANCE_URL},
        "s3": {
            "PROVENANCE_S3_ENDPOINT": PROVENANCE_S3_ENDPOINT,
            "PROVENANCE_S3_BUCKET": PROVENANCE_S3_BUCKET,
            "PROVENANCE_S3_ACCESS_KEY": PROVENANCE_S3_ACCESS_KEY,
            "PROVENANCE_S3_SECRET_KEY": PROVENANCE_S3_SECRET_KEY,
        },
    },
)

# Exports: where their files lie, for how many days, and with which address their names begin
# (empty: the one under which somebody asked for the export).
EXPORT_DIR = VAR_DIR / "exports"
IMPORT_DIR = VAR_DIR / "imports"
BENCHMARK_DIR = VAR_DIR / "benchmarks"  # files that are looked at before they are kept
EXPORT_KEEP_DAYS = env_int("EXPORT_KEEP_DAYS", 7)
SITE_ADDRESS = env_text("SITE_ADDRESS").rstrip("/")
if SITE_ADDRESS:
    check_web_address("SITE_ADDRESS", SITE_ADDRESS)

# Explicit memory: where its files lie, each space's in a folder or under a prefix of a bucket of
# its own, and how much of them a worker holds.
EXPLICIT_STORE = env_text("EXPLICIT_STORE", "folder")  # or s3
EXPLICIT_DIR = Path(env_text("EXPLICIT_DIR", str(VAR_DIR / "explicit"))).resolve()
EXPLICIT_S3_ENDPOINT = env_text("EXPLICIT_S3_ENDPOINT")
EXPLICIT_S3_BUCKET = env_text("EXPLICIT_S3_BUCKET")
EXPLICIT_S3_PREFIX = env_text("EXPLICIT_S3_PREFIX")
EXPLICIT_S3_REGION = env_text("EXPLICIT_S3_REGION", "us-east-1")
EXPLICIT_S3_ACCESS_KEY = env_text("EXPLICIT_S3_ACCESS_KEY")
EXPLICIT_S3_SECRET_KEY = env_text("EXPLICIT_S3_SECRET_KEY")
check_destinations(
    [EXPLICIT_STORE],
    {
        "folder": {},
        "s3": {
            "EXPLICIT_S3_ENDPOINT": EXPLICIT_S3_ENDPOINT,
            "EXPLICIT_S3_BUCKET": EXPLICIT_S3_BUCKET,
            "EXPLICIT_S3_ACCESS_KEY": EXPLICIT_S3_ACCESS_KEY,
            "EXPLICIT_S3_SECRET_KEY": EXPLICIT_S3_SECRET_KEY,
        },
    },
    of="EXPLICIT_STORE",
)
EXPLICIT_MB = env_int("EXPLICIT_MB", 256)

# Webhooks: addresses or networks of this house that owners may name, also without TLS.
WEBHOOK_NETWORKS = networks(env_list("WEBHOOK_NETWORKS", ""), "WEBHOOK_NETWORKS", also=())

# The API. A token, or a person's session, may call so often in a minute, and so many calls may come
# at once.
API_CALLS_PER_MINUTE = env_int("API_CALLS_PER_MINUTE", 1200)
API_CALLS_AT_ONCE = env_int("API_CALLS_AT_ONCE", 100)
# For how many days a token stands unless its maker says fewer.
TOKEN_DAYS = env_int("TOKEN_DAYS", 90)
KNOX_TOKEN_MODEL = "accounts.AccessToken"  # noqa: S105  # no token
REST_KNOX = {"TOKEN_MODEL": KNOX_TOKEN_MODEL, "TOKEN_PREFIX": "memweb_"}
MIGRATION_MODULES = {"knox": None}  # its own table is not used
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.BearerAuthentication",
        "apps.api.authentication.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.throttling.CallRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "apps.api.schema.CallSchema",
    "EXCEPTION_HANDLER": "apps.api.errors.answer",
    "STRICT_JSON": True,
    "NON_FIELD_ERRORS_KEY": "body",
    "URL_FORMAT_OVERRIDE": None,  # the word is a field of several things
}
SPECTACULAR_SETTINGS = {
    "TITLE": "memweb",
    "DESCRIPTION": "The memory of a language model, and who approved what of it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "POSTPROCESSING_HOOKS": [],
    "SERVERS": [{"url": "/"}],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refusals": {"()": "memweb.logs.RefusalsInOneLine"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env_text("LOG_LEVEL", "WARNING")},
}

# The packaged encoder is read from disk; nothing may be looked up on a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
