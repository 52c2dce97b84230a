# Atelier in containers: `docker-compose.yml` builds both targets of this file.
#
#   web      the web process, the housekeeper, `prepare`: no PyTorch, 0.3 GB of packages
#   worker   the inference worker: PyTorch and its libraries, 6.4 GB of packages
#
# There is one worker image, not one for CPUs and one for GPUs. The PyTorch that the requirements pin is the package
# index's: it carries its CUDA libraries, cannot be imported without them, and runs on a machine without a GPU just as
# well. The builds without CUDA come from another index, and are no pair with the torchvision that is pinned here.
# A GPU is a matter of what the container may see: docker-compose.cuda.yml.
#
# Images are pinned by version. Digests would be stricter, and would name one architecture's build of one day; who
# wants them adds @sha256:… after reviewing it. Debian's packages are not pinned: its mirrors keep one version only,
# and what changes within a release are fixes of security.

# ---- What compiles and installs ------------------------------------------------------------------------------------
FROM python:3.11.14-slim-bookworm AS build

# mysqlclient has no wheel.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /requirements
COPY constraints.txt requirements.txt requirements-mysql.txt ./
RUN pip install -r requirements.txt -r requirements-mysql.txt

FROM build AS build-models

COPY requirements-models.txt ./
RUN pip install -r requirements-models.txt

# ---- The code, compiled: nobody may write there at run time ---------------------------------------------------------
FROM python:3.11.14-slim-bookworm AS code

WORKDIR /app
# What .dockerignore lets in.
COPY . .
RUN python -m compileall -q .

# ---- What runs ------------------------------------------------------------------------------------------------------
FROM python:3.11.14-slim-bookworm AS runtime

# libmariadb3 also carries the plugin for caching_sha2_password, which MySQL 8 asks for. tini is process 1: it passes
# signals on, also to a program that has no handler yet, and collects what died.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 tini \
    && rm -rf /var/lib/apt/lists/*
# A volume that is mounted here takes this folder's owner when it is new.
RUN useradd --system --uid 10001 --user-group --home-dir /tmp --no-create-home --shell /usr/sbin/nologin atelier \
    && install --directory --owner=atelier --group=atelier --mode=0700 /data
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    ATELIER_DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
EXPOSE 8000
ENTRYPOINT ["tini", "--", "python", "manage.py"]

FROM runtime AS worker

COPY --from=build-models /venv /venv
COPY --from=code /app /app
USER atelier
CMD ["worker", "--queues", "gpu,cpu"]

FROM runtime AS web

# As operations/programs.py: many threads share one heap, which gives back what large bodies took.
ENV MALLOC_ARENA_MAX=1 \
    MALLOC_TRIM_THRESHOLD_=131072
COPY --from=build /venv /venv
COPY --from=code /app /app
USER atelier
CMD ["web"]
