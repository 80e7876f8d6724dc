#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Damages an .evtx file in one of many ways.

    mutate.py NAME SEED FILE OUT      one mutation ('-': standard output)
    mutate.py --all SEED FILE FOLDER  every one, as FOLDER/NAME.evtx

The same name, seed and file give the same bytes. Mutations:
"""
import os
import sys

import in_binxml  # noqa: F401 - they register themselves
import in_chunk  # noqa: F401
import whole_file  # noqa: F401
from registry import TABLE, mutate


def help_text():
    lines = ['  %-26s %s' % (name, function.__doc__.strip().split('\n')[0])
             for name, function in TABLE.items()]
    return __doc__ + '\n' + '\n'.join(lines) + '\n'


def write(path, data):
    if path == '-':
        sys.stdout.buffer.write(data)
        return
    with open(path, 'wb') as f:
        f.write(data)


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def one(name, seed, source, target):
    if name not in TABLE:
        sys.exit('mutate: there is no mutation %s (see --help)' % name)
    out = mutate(name, int(seed), read(source))
    if out is None:
        sys.exit('mutate: %s has not what %s takes' % (source, name))
    write(target, out)


def every(seed, source, folder):
    data = read(source)
    os.makedirs(folder, exist_ok=True)
    for name in TABLE:
        out = mutate(name, int(seed), data)
        if out is not None:
            write(os.path.join(folder, name + '.evtx'), out)


def main(args):
    if '--help' in args or len(args) != 4:
        sys.stdout.write(help_text())
        return 0 if '--help' in args else 2
    if args[0] == '--all':
        every(*args[1:])
    else:
        one(*args)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
