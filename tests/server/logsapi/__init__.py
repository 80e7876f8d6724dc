# SPDX-License-Identifier: Apache-2.0
"""A strict stand-in for the Azure Monitor Logs Ingestion API.

answer.py     what goes back over the wire
tokens.py     the OAuth 2.0 client-credentials endpoint
assertions.py what a client assertion must be
identity.py   IMDS, App Service and the OIDC services of CI
rules.py      what the ingestion endpoint accepts and refuses
workspace.py  what was stored, and the query API over it
faults.py     which request is to be spoilt, and how (a script in JSON)
transport.py  sends an answer, whole or spoilt
journal.py    what was accepted, on disk before the answer goes out
control.py    changes faults and permissions while the server runs
handler.py    one HTTP connection
site.py       all of it put together, and the listening socket
"""
