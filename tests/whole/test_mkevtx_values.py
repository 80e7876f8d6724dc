# SPDX-License-Identifier: Apache-2.0
"""Every value type through mkevtx, as libevtx and python-evtx read it.

One record for each case, since evtxexport stops at the first refusal. Where a
reader does otherwise than the expectation, the table says exactly what.
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mkevtx_tools as tools  # noqa: E402
from test_mkevtx import check_all  # noqa: E402

pytestmark = pytest.mark.of_tests

# A string: the text that the reader gives, where it is not the expectation.
# Refused(...): it gives no record, and these words say so.


class Refused(str):
    pass


NO_SUBSTITUTE = Refused('unable to substitute template value')
BROKEN_PYTHON = Refused('OverrunBufferException')


def key_error(code):
    return Refused('KeyError: %d' % code)


def no_array(code):
    return Refused('unsupported value type: 0x%02x' % code)


FT = '2024-02-29T23:59:58.1234567Z'

# line of the description, expected value, libevtx, python-evtx
SCALARS = [
    ('V:string = text', 'text', None, None),
    ('V:string =', '', None, None),
    ('V:stringz = text', 'text', None, None),
    ('V:string = a\\x01b\\tc\\x1fd', 'a\x01b\tc\x1fd', None, None),
    ('V:string = <a b="c">&amp;</a>]]>', '<a b="c">&amp;</a>]]>', None, None),
    ('V:string = \\uffff\\ufeff', '\uffff\ufeff', None, None),
    # libevtx: each 0x3ff too low, put right by the quirk of the tools.
    ('V:string = \\ud83d\\ude00', '\U0001f600', None, None),
    # libevtx takes the unit behind a lone surrogate for its other half.
    ('V:string = x\\ud83dy', 'x\ufffdy', 'x\ufffd',
     Refused('UnicodeDecodeError')),
    ('V:string = x\\ude00y', 'x\ufffdy', None, Refused('UnicodeDecodeError')),
    ('V:string = z\\ud83d', 'z\ufffd', Refused('Unable to export record'),
     Refused('UnicodeDecodeError')),
    # evtxexport's output ends at a NUL: the tool's fault, not libevtx'.
    ('V:string = a\\0b', 'a\x00b', 'a', None),
    ('V:ansi = plain', 'plain', None, None),
    ('V:ansi = caf\\xe9 \\x80', 'caf\xe9 \u20ac', None,
     Refused("'ascii' codec can't decode byte 0xe9")),
    ('V:int8 = -128', '-128', None, None),
    ('V:uint8 = 255', '255', None, None),
    ('V:int16 = -32768', '-32768', None, None),
    ('V:uint16 = 65535', '65535', None, None),
    ('V:int32 = -2147483648', '-2147483648', None, None),
    ('V:uint32 = 4294967295', '4294967295', None, None),
    ('V:int64 = -9223372036854775808', '-9223372036854775808', None, None),
    ('V:uint64 = 18446744073709551615', '18446744073709551615', None, None),
    # libevtx: six digits; python-evtx: a float as the double next to it.
    ('V:float = 3.14', '3.14', None, None),
    ('V:double = -2.5e-3', '-0.0025', None, None),
    ('V:double = 1e300', '1e+300', None, None),
    ('V:double = 0.1', '0.1', None, None),
    ('V:bool = true', 'true', None, None),
    ('V:bool = false', 'false', None, None),
    ('V:bool = 255', 'true', None, None),
    # python-evtx asks whether the number is greater than 0.
    ('V:bool = 0x80000000', 'true', None, 'false'),
    ('V:binary = 00 01 fe ff', '0001FEFF', None, None),
    ('V:binary =', '', None, None),
    ('V:guid = 01234567-89ab-cdef-0123-456789abcdef',
     '01234567-89AB-CDEF-0123-456789ABCDEF', None, None),
    # Both write size_t as a decimal number.
    ('V:size4 = 0x12345678', '0x12345678', None, None),
    ('V:size8 = 0x123456789abcdef0', '0x123456789abcdef0', None, None),
    # python-evtx computes times with floating point.
    ('V:filetime = ' + FT, FT, None, '2024-02-29T23:59:58.123455'),
    ('V:filetime = 0', '1601-01-01T00:00:00.0000000Z', None, None),
    ('V:filetime = 0x7fffffffffffffff', '30828-09-14T02:48:05.4775807Z',
     '(0x7fffffffT0xffffffff).', '0001-01-01T00:00:00.'),
    # python-evtx takes milliseconds for microseconds.
    ('V:systemtime = 2024-02-29T23:59:58.123Z',
     '2024-02-29T23:59:58.1230000Z', None, '2024-02-29T23:59:58.000123'),
    ('V:sid = S-1-5-21-1-2-4294967295-500', 'S-1-5-21-1-2-4294967295-500',
     None, None),
    ('V:sid = S-1-0-0', 'S-1-0-0', None, None),
    ('V:hex32 = 0xc000006d', '0xc000006d', None, None),
    ('V:hex32 = 0', '0x0', None, None),
    ('V:hex64 = 0x8020000000000000', '0x8020000000000000', None, None),
    ('V:pointer = 0x3e7', '0x3e7', None, None),
    ('V:handle = 0x1234', '0x1234', no_array(0x20), key_error(0x20)),
    ('V:xml = <x>1</x>', '<x>1</x>', no_array(0x23), key_error(0x23)),
    ('V:null =', None, NO_SUBSTITUTE, None),
    ('V:null = 8', None, NO_SUBSTITUTE, None),
    # libevtx leaves the element out; checked below.
    ('V:literal = in the template', 'in the template', None, None),
    ('V:markup = a &lt; b &amp; c', 'a < b & c', None,
     'a &lt; b &amp; c'),
    ('V:markup = a &unknown; b', 'a &unknown; b',
     Refused('unsupported entity name: unknown'), None),
    ('V:markup = a <![CDATA[<b>]]> c', 'a <b> c',
     Refused('read_cdata_section: invalid binary XML token - '
             'unsupported type: 0x47'), Refused('IndexError')),
    # libevtx and python-evtx know the token but not what to do with it.
    ('V:markup = &#233;', '\xe9',
     Refused('read_character_reference: invalid binary XML token'), ''),
    ('V:markup = caf&#233; &#x263a;', 'caf\xe9 \u263a',
     Refused('read_character_reference: invalid binary XML token'), 'caf '),
    # libevtx keeps the instruction, python-evtx prints it as text.
    ('V:markup = a<?target some data?>b', 'ab', None,
     'a<?target some data?>b'),
]

ARRAYS = [
    ('ansi', 'x||yz', ['x', '', 'yz'], None),
    ('uint8', '1|2|255', ['1', '2', '255'], None),
    ('uint16', '1|65535', ['1', '65535'], None),
    ('uint32', '1|4294967295', ['1', '4294967295'], None),
    ('uint64', '1|18446744073709551615', ['1', '18446744073709551615'], None),
    # libevtx takes the sign for a bit of its own: -1 is -(2^n-1).
    ('int8', '-1|0|1', ['-1', '0', '1'], ['-127', '0', '1']),
    ('int16', '-1|300', ['-1', '300'], ['-32767', '300']),
    ('int32', '-1|70000', ['-1', '70000'], ['-2147483647', '70000']),
    ('int64', '-1|5000000000', ['-1', '5000000000'],
     ['-9223372036854775807', '5000000000']),
    ('float', '0.5|-1.25', ['0.5', '-1.25'], None),
    ('double', '0.1|1e10', ['0.1', '1e+10'], None),
    ('guid', '01234567-89ab-cdef-0123-456789abcdef|'
     '00000000-0000-0000-0000-000000000001',
     ['01234567-89AB-CDEF-0123-456789ABCDEF',
      '00000000-0000-0000-0000-000000000001'], None),
    ('filetime', FT + '|2000-01-01', [FT, '2000-01-01T00:00:00.0000000Z'],
     None),
    ('systemtime', '2024-02-29T23:59:58.123Z|2000-01-01',
     ['2024-02-29T23:59:58.1230000Z', '2000-01-01T00:00:00.0000000Z'], None),
    ('hex32', '0x1|0xff', ['0x1', '0xff'], None),
    ('hex64', '0x1|0xffffffff00000000', ['0x1', '0xffffffff00000000'], None),
    ('bool', 'true|false|7', ['true', 'false', 'true'], no_array(0x8d)),
    ('binary', '00ff', ['00FF'], no_array(0x8e)),
    ('size8', '0x10|0xffffffffffffffff', ['0x10', '0xffffffffffffffff'],
     no_array(0x90)),
    ('sid', 'S-1-5-18|S-1-5-21-1-2-3-500',
     ['S-1-5-18', 'S-1-5-21-1-2-3-500'], no_array(0x93)),
    ('handle', '0x1|0x2', ['0x1', '0x2'], no_array(0xa0)),
    ('xml', '<a/>|<b/>', ['<a/>', '<b/>'], no_array(0xa3)),
    ('null', '', [], no_array(0x80)),
]
CODES = {'null': 0x80, 'ansi': 0x82, 'int8': 0x83, 'uint8': 0x84,
         'int16': 0x85, 'uint16': 0x86, 'int32': 0x87, 'uint32': 0x88,
         'int64': 0x89, 'uint64': 0x8a, 'float': 0x8b, 'double': 0x8c,
         'bool': 0x8d, 'binary': 0x8e, 'guid': 0x8f, 'size8': 0x90,
         'filetime': 0x91, 'systemtime': 0x92, 'sid': 0x93, 'hex32': 0x94,
         'hex64': 0x95, 'handle': 0xa0, 'xml': 0xa3}


def make(tmp_path, line):
    """One event whose last field is the line; checked by evtxwalk."""
    made = tools.describe(tmp_path, 'event 4634\n' + line + '\n')
    check_all(made)
    return made


def texts(reading):
    """The texts of the fields V."""
    found = tools.leaves(tools.parse(reading.events[0]))
    return [text for _, name, text in found if name == 'V']


def check_reader(reading, want, kind, other):
    if isinstance(other, Refused):
        assert other in reading.error
        assert not any(reading.events)
        return
    assert reading.error == ''
    if other is not None:
        assert [tools.plain(kind, t) if kind in ('filetime', 'systemtime')
                else t.lower() if kind == 'bool' else t
                for t in texts(reading)] == [other]
        return
    assert [tools.plain(kind, t) for t in texts(reading)] == \
        [reading.spell(kind, want)]


@pytest.mark.parametrize('line,want,libevtx,python', SCALARS)
def test_scalar(tmp_path, line, want, libevtx, python):
    made = make(tmp_path, line)
    leaf = made.lines[0]['data'][-1]
    assert (leaf['name'], leaf['value']) == ('V', want)
    check_reader(tools.evtxexport(made.path), want, leaf['type'], libevtx)
    check_reader(tools.python_evtx(made.path), want, leaf['type'], python)


@pytest.mark.parametrize('kind,values,want,libevtx', ARRAYS)
def test_array(tmp_path, kind, values, want, libevtx):
    """libevtx repeats the element; python-evtx knows only text arrays."""
    made = make(tmp_path, 'V:%s[] = %s' % (kind, values))
    leaf = made.lines[0]['data'][-1]
    assert leaf['value'] == want
    reading = tools.evtxexport(made.path)
    if isinstance(libevtx, Refused):
        assert libevtx in reading.error
    else:
        single = leaf['type'][:-2]
        assert [tools.plain(single, t) for t in texts(reading)] == \
            [tools.plain(single, v) for v in libevtx or want]
    assert key_error(CODES[kind]) in tools.python_evtx(made.path).error


@pytest.mark.parametrize('values,want', [
    ('a||c', ['a', '', 'c']), ('alone', ['alone']), ('a|', ['a', ''])])
def test_text_array(tmp_path, values, want):
    made = make(tmp_path, 'V:string[] = ' + values)
    assert made.lines[0]['data'][-1]['value'] == want
    assert texts(tools.evtxexport(made.path)) == want
    # python-evtx writes markup of its own into the text.
    assert texts(tools.python_evtx(made.path)) == [
        ''.join('<string>%s</string>\n' % v for v in want)]


def test_optional_null_leaves_the_element_out(tmp_path):
    for line in ('V:?null =', 'V:?null = 16'):
        made = make(tmp_path, line)
        assert made.lines[0]['data'][-1]['value'] is None
        assert texts(tools.evtxexport(made.path)) == []
        assert texts(tools.python_evtx(made.path)) == ['']


def test_null_keeps_its_bytes(tmp_path):
    made = make(tmp_path, 'V:?null = 16')
    assert made.lines[0]['data'][-1]['raw'] == 'ee' * 16


def test_nested_elements_in_a_value(tmp_path):
    """python-evtx expects a dependency id, also where there is none."""
    made = make(tmp_path, 'V:binxml = <Outer a="1"><Inner>te&lt;xt</Inner>'
                '<Empty/></Outer>')
    assert made.lines[0]['data'][-1]['value'] == \
        '<Outer a="1"><Inner>te<xt</Inner><Empty/></Outer>'
    event = tools.parse(tools.evtxexport(made.path).events[0])
    outer = event.kids[1].kids[-1].kids[0]
    assert (outer.name, outer.attrs) == ('Outer', {'a': '1'})
    assert [(k.name, k.text) for k in outer.kids] == \
        [('Inner', 'te<xt'), ('Empty', '')]
    assert 'NullTypeNode' in tools.python_evtx(made.path).error


def test_cdata(tmp_path):
    """libevtx puts the text in the place of the element; python-evtx reads
    a length where there is none."""
    made = make(tmp_path, 'V:markup = <![CDATA[x < y]]>')
    assert made.lines[0]['data'][-1]['value'] == 'x < y'
    text = tools.evtxexport(made.path).events[0]
    assert '</Data>\n    <![CDATA[x < y]]>\n  </EventData>' in text
    assert BROKEN_PYTHON in tools.python_evtx(made.path).error


def test_two_fragments_in_a_value(tmp_path):
    """libevtx reads the first fragment and forgets the second."""
    made = make(tmp_path, 'V:binxml2 = <Part>p</Part>')
    assert made.lines[0]['data'][-1]['value'] == '<Part>p</Part>' * 2
    event = tools.parse(tools.evtxexport(made.path).events[0])
    assert [k.name for k in event.kids[1].kids[-1].kids] == ['Part']


def test_unknown_type_byte(tmp_path):
    done = tools.run('-o', tmp_path / 'x.evtx', '--describe', '-',
                     text='event 4634\nV:raw/99 = 00\n')
    assert done.returncode == 0
    refusal = tools.evtxexport(str(tmp_path / 'x.evtx')).error
    assert 'unsupported value type: 0x99' in refusal
