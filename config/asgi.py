"""The ASGI application that the web server serves: the WSGI one, in threads."""

from django.conf import settings

from config.wsgi import application as wsgi_application
from runtime.web.bridge import Bridge

application = Bridge(wsgi_application, threads=settings.WEB_THREADS, buffered_bytes=settings.BODY_BYTES)
