# SPDX-License-Identifier: Apache-2.0
"""The columns of the tables, read from their sources."""
import os
import re

from stage_tools import ROOT, read

FOLDER = os.path.join(ROOT, 'libsrc', 'schema')
COLUMN = re.compile(r'\{\s*"(@?\w+)", COLUMN_(\w+), COLUMN_(\w+)\s*\}')
MACRO = re.compile(r'#define (TABLE_[A-Z_]+)(.*)')


def source(name):
    return read(os.path.join(FOLDER, name)).decode().replace('\\\n', ' ')


def table_columns(schema):
    """Dictionaries of name, type and kind, in the order of the table."""
    text = source('table_%s.c' % schema)
    for name, rows in MACRO.findall(source('table.h')):
        text = re.sub(r'\b%s\b' % name, lambda _, r=rows: r, text)
    found = [dict(zip(('name', 'type', 'kind'), c))
             for c in COLUMN.findall(text)]
    assert len(found) > 20
    return found
