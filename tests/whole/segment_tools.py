# SPDX-License-Identifier: Apache-2.0
"""Writes and reads compressed segments by means of zstd(1) and of the published
seekable format, independently of the programs."""
import json
import os
import struct
import subprocess
import tempfile

from load_staging import write_manifest
from stage_tools import read, sha256

SKIPPABLE, SEEKABLE = 0x184D2A5E, 0x8F92EAB1


def frame(data, *options):
    """One frame; zstd(1) writes the size of the content only for a file."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return subprocess.run(['zstd', '-qc', *options, file.name], check=True,
                              stdout=subprocess.PIPE).stdout


def table(sizes):
    entries = b''.join(struct.pack('<II', *pair) for pair in sizes)
    return struct.pack('<II', SKIPPABLE, len(entries) + 9) + entries + \
        struct.pack('<IBI', len(sizes), 0, SEEKABLE)


def seekable(parts, *options):
    """A file with a frame for each part."""
    frames = [frame(part, *options) for part in parts]
    return b''.join(frames) + \
        table([(len(f), len(p)) for f, p in zip(frames, parts)])


def frames_of(data):
    """[(frame, size of its content)] by the table at the end of the file."""
    count, flags, magic = struct.unpack('<IBI', data[-9:])
    assert (flags, magic) == (0, SEEKABLE)
    start = len(data) - 9 - 8 * count
    assert struct.unpack('<II', data[start - 8:start]) == (SKIPPABLE, 8 * count + 9)
    at, found = 0, []
    for packed, size in struct.iter_unpack('<II', data[start:-9]):
        found.append((data[at:at + packed], size))
        at += packed
    assert at == start - 8
    return found


def replace_segment(folder, index, data, lines_bytes=None):
    """Put a file in the place of a segment, and let the manifest agree."""
    manifest = json.loads(read(os.path.join(folder, 'manifest.json')))
    entry = manifest['segments'][index]
    with open(os.path.join(folder, entry['name']), 'wb') as file:
        file.write(data)
    entry['sha256'], entry['bytes'] = sha256(data), len(data)
    if lines_bytes is not None:
        entry['lines_bytes'] = lines_bytes
    write_manifest(folder, manifest)


def compress_staging(folder, part_bytes=1000):
    """Compress the segments of a staging; frames end anywhere, also in lines."""
    manifest = json.loads(read(os.path.join(folder, 'manifest.json')))
    for entry in manifest['segments']:
        path = os.path.join(folder, entry['name'])
        lines = read(path)
        data = seekable([lines[i:i + part_bytes]
                         for i in range(0, len(lines), part_bytes)])
        os.unlink(path)
        with open(path + '.zst', 'wb') as file:
            file.write(data)
        entry.update(name=entry['name'] + '.zst', lines_bytes=entry['bytes'],
                     lines_sha256=entry['sha256'], bytes=len(data),
                     sha256=sha256(data))
    write_manifest(folder, manifest)
