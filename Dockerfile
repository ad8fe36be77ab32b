# Wheels are built apart, so that the image holds no compiler, no Node and no source.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels \
      ".[postgres,redis]" ./plugins/twitter ./plugins/facebook ./plugins/linkedin ./plugins/discourse

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/tanggap --create-home tanggap
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels \
      "tanggap[postgres,redis]" tanggap-twitter tanggap-facebook tanggap-linkedin tanggap-discourse
ENV PYTHONUNBUFFERED=1 \
    TANGGAP_BIND=0.0.0.0:8000 \
    TANGGAP_DATA_DIR=/var/lib/tanggap \
    TANGGAP_LOG_FORMAT=json
USER tanggap
WORKDIR /var/lib/tanggap
VOLUME /var/lib/tanggap
EXPOSE 8000
CMD ["tanggap", "serve", "--migrate"]
