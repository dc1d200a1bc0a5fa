# One image for web and worker; which one it is, the command says.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=0 HOST=0.0.0.0 VAR=/var/annotate

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN python -m compileall -q .

RUN useradd --system --home /app annotate && mkdir -p /var/annotate && chown annotate /var/annotate
USER annotate
VOLUME /var/annotate
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]

CMD ["python", "manage.py", "web"]
