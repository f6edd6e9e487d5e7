# Two images from one file: `docker build --target web .` and `docker build --target bot .`

FROM debian:bookworm-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Debian's Python 3.11 in both images: Rasa needs exactly that. Versions are the distribution's, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /srv/minping minping
WORKDIR /srv/minping

FROM base AS web
COPY requirements/web.txt requirements/web.txt
RUN python3 -m venv .venv && .venv/bin/pip install --require-hashes --no-deps -r requirements/web.txt
ENV PATH=/srv/minping/.venv/bin:$PATH MINPING_VAR=/srv/minping/var HOST=0.0.0.0
COPY app.py gunicorn.conf.py ./
COPY nlp nlp
COPY webapp webapp
COPY bot/__init__.py bot/__init__.py
COPY bot/actions bot/actions
RUN mkdir var && chown minping var
USER 10001
EXPOSE 8000
CMD ["sh", "-c", "exec gunicorn app:app"]

FROM base AS bot
COPY bot/requirements.lock.txt bot/requirements.lock.txt
RUN python3 -m venv bot/.venv \
 && bot/.venv/bin/pip install --ignore-requires-python --require-hashes --no-deps -r bot/requirements.lock.txt
ENV PATH=/srv/minping/bot/.venv/bin:$PATH \
    RASA_TELEMETRY_ENABLED=false RASA_HOST=0.0.0.0 RASA_PORT=5005 RASA_MODEL=models/model.tar.gz \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore
COPY nlp nlp
COPY bot bot
WORKDIR /srv/minping/bot
RUN rasa train --domain domain --out models --fixed-model-name model && chown -R minping /srv/minping/bot/models
WORKDIR /srv/minping
RUN mkdir state && chown minping state
USER 10001
EXPOSE 5005
CMD ["sh", "-c", "cd bot && exec nice -n 10 rasa run --interface \"$RASA_HOST\" --port \"$RASA_PORT\" --model \"$RASA_MODEL\""]
