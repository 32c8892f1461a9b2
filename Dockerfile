# tf-kms-guard in a container: docs/ci/docker.md. The base is pinned by its digest, what is installed by the constraints.
FROM python:3.13-slim@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml README.md LICENSE docker-constraints.txt ./
COPY docs docs
COPY tf_kms_guard tf_kms_guard
RUN python -m venv /opt/tf-kms-guard \
    && /opt/tf-kms-guard/bin/pip install --constraint docker-constraints.txt '.[re2]' \
    && /opt/tf-kms-guard/bin/pip uninstall --yes pip

FROM python:3.13-slim@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin guard
COPY --from=build /opt/tf-kms-guard /opt/tf-kms-guard
ENV PATH=/opt/tf-kms-guard/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /work
ENTRYPOINT ["tf-kms-guard"]
CMD ["check"]
