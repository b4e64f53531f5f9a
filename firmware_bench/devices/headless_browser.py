"""A headless Chromium of this machine with one page open, which connects to nothing but the bench's server."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_bench.measure.bench_error import BrowserError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
)
_END_S = 10


class HeadlessBrowser:
    """A `with` block in which the page runs. The browser trusts one certificate besides the usual ones."""

    def __init__(self, url: str, certificate: Path) -> None:
        """Prepare to open `url`, whose server shows this certificate. Raises BrowserError without a Chromium."""
        program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
        if program is None:
            raise BrowserError(
                f"Expected a Chromium on this machine ({', '.join(PROGRAMS)}), got none. "
                "Install one, or use --target phone and open the page in any browser."
            )
        self._profile = tempfile.TemporaryDirectory(prefix="softdeca-bench-", ignore_cleanup_errors=True)
        trusted = f"--ignore-certificate-errors-spki-list={_key_hash(certificate)}"
        self._command = [program, *FLAGS, trusted, f"--user-data-dir={self._profile.name}", url]

    def __enter__(self) -> HeadlessBrowser:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def alive(self) -> bool:
        """Return whether the browser still runs.

        Returns:
            False once its process has ended.
        """
        return self._process.poll() is None


def _key_hash(certificate: Path) -> str:
    """Return the hash by which Chromium's flag names a certificate's key."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
