# The main job in a box: docker build -t eglass . && docker run --rm -v "$PWD/results:/eglass/results" eglass
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends make git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /eglass
# What set-up needs, first: a change of code does not install everything again.
COPY Makefile pyproject.toml constraints.txt README.md LICENSE ./
COPY eglass eglass
COPY experiments experiments
COPY conf conf
# No cache stays in the image, and no run compiles modules again.
RUN pip install --no-cache-dir uv && UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 make setup
COPY . .
ENTRYPOINT ["make"]
CMD ["reproduce"]
