# Build:    docker build --tag althing .
# Prepare:  docker run --rm --env-file .env --volume althing:/srv/althing/var althing flask --app wsgi db upgrade
#           docker run --rm --env-file .env --volume althing:/srv/althing/var althing flask --app wsgi keys rotate --if-none
# Serve:    docker run --env-file .env --volume althing:/srv/althing/var --publish 8000:8000 --stop-timeout 15 althing
# Work:     docker run --env-file .env althing flask --app wsgi worker
#
# The volume holds SQLite's file; on PostgreSQL leave it out, and run "Work" beside "Serve".
# docs/decisions/0001-server.md says when to set ALTHING_SERVER=granian.
#
# Starting the server never changes the database's structure: with several containers that would be a race, and
# a container that is rolled back would find a schema it does not know. "Prepare" runs once for each release.

FROM python:3.12-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/althing
COPY requirements/runtime.txt /tmp/runtime.txt
# Wheels alone: nothing is compiled, and no package's own set-up code runs.
RUN /opt/althing/bin/pip install --require-hashes --only-binary :all: -r /tmp/runtime.txt \
 && /opt/althing/bin/pip uninstall --yes pip

FROM python:3.12-slim

# A number, so that an orchestrator's "must not be root" rule can be checked without the image's user list.
RUN groupadd --system --gid 10001 althing \
 && useradd --system --uid 10001 --gid althing --home-dir /srv/althing --shell /usr/sbin/nologin althing \
 && install --directory --owner=althing --group=althing /srv/althing /srv/althing/var

COPY --from=build /opt/althing /opt/althing
WORKDIR /srv/althing
COPY pyproject.toml wsgi.py ./
COPY openapi openapi
COPY migrations migrations
COPY docs docs
COPY app app
RUN /opt/althing/bin/python -m compileall -q app migrations wsgi.py

ENV PATH=/opt/althing/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ALTHING_ENV=production \
    ALTHING_HOST=0.0.0.0 \
    ALTHING_PORT=8000

USER 10001:10001
# SQLite's file lives here; an installation on PostgreSQL needs no volume.
VOLUME /srv/althing/var
EXPOSE 8000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['ALTHING_PORT'] + '/livez', timeout=3)"]

CMD ["flask", "--app", "wsgi", "serve"]
