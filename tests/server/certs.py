#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a certificate authority and server certificates, good and bad.

certs.py DIR writes ca.pem, and NAME.pem with NAME.key for each NAME of LEAFS.
Only the openssl command line is needed. Keys are for tests: keep them nowhere.
"""

import dataclasses
import datetime
import os
import subprocess
import sys

LOCAL = "DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
DAY = datetime.timedelta(days=1)

# name -> (authority, subject alternative names, first day, last day)
LEAFS = {
    "good": ("ca", LOCAL, -1, 30),
    "wrong-host": ("ca", "DNS:elsewhere.example", -1, 30),
    "expired": ("ca", LOCAL, -30, -1),
    "not-yet-valid": ("ca", LOCAL, 10, 30),
    "unknown-ca": ("stranger", LOCAL, -1, 30),
}

CONFIG = """\
[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""

LEAF_SECTION = """\
[{name}]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


@dataclasses.dataclass
class Certs:
    """Paths of what make() wrote."""

    folder: str

    @property
    def ca(self):
        return os.path.join(self.folder, "ca.pem")

    def leaf(self, name):
        """(certificate, key) of one of LEAFS."""
        base = os.path.join(self.folder, name)
        return base + ".pem", base + ".key"


def openssl(*words):
    result = subprocess.run(
        ["openssl", *words], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {result.stderr}")


def write_config(folder):
    path = os.path.join(folder, "openssl.cnf")
    with open(path, "w", encoding="ascii") as file:
        file.write(CONFIG.format(folder=folder))
        for name, (_, names, _, _) in LEAFS.items():
            file.write(LEAF_SECTION.format(name=name, names=names))
    with open(os.path.join(folder, "index.txt"), "w", encoding="ascii"):
        pass
    return path


def make_authority(folder, config, name):
    openssl(
        "req", "-x509", "-config", config, "-extensions", "authority",
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "60", "-subj", f"/CN=test authority {name}",
        "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem",
    )  # fmt: skip


def stamp(days):
    moment = datetime.datetime.now(datetime.timezone.utc) + days * DAY
    return moment.strftime("%Y%m%d%H%M%SZ")


def make_leaf(folder, config, name):
    authority, _, first, last = LEAFS[name]
    base = f"{folder}/{name}"
    openssl(
        "req", "-config", config, "-newkey", "ec",
        "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={name}", "-keyout", f"{base}.key", "-out", f"{base}.csr",
    )  # fmt: skip
    openssl(
        "ca", "-batch", "-notext", "-config", config, "-extensions", name,
        "-cert", f"{folder}/{authority}.pem",
        "-keyfile", f"{folder}/{authority}.key",
        "-startdate", stamp(first), "-enddate", stamp(last),
        "-in", f"{base}.csr", "-out", f"{base}.pem",
    )  # fmt: skip


def make(folder):
    """Write everything into FOLDER, which is created."""
    folder = os.path.abspath(folder)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    config = write_config(folder)
    for name in ("ca", "stranger"):
        make_authority(folder, config, name)
    for name in LEAFS:
        make_leaf(folder, config, name)
    return Certs(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: certs.py DIR")
    print(make(sys.argv[1]).folder)
