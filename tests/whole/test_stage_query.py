# SPDX-License-Identifier: Apache-2.0
"""Queries: the records that evtxstage takes are those of another reading."""
import json
import os
import random

import event_sets
import pytest
from event_sets import takes
from stage_tools import closes, expected
from test_stage_cli import refused
from xpath_oracle import Query, filetime

pytestmark = pytest.mark.sanitize

SEEDS = [0] + [pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3)]
NOW = '2024-05-02T00:00:00Z'
LOGON = "*[EventData[Data[@Name='LogonType']"

QUERIES = [
    'Security!*',
    '*!*',
    'system!Event',
    'Security!*[System[(EventID=4624) or (EventID=4625)]]',
    'Security!*[System[EventID != 4624]]',
    'Security!Event/System[EventID=4688]',
    'Security!*[System/Level=0]',
    '*!*[System[(Level=1 or Level=2 or Level=3 or Level=4) and '
    '(EventID != 1)]]',
    'Security!*[System[band(Keywords,4503599627370496)]]',
    'Security!*[System[(band(Keywords,13510798882111488)) and '
    '(EventID != 4624)]]',
    "*!*[System[TimeCreated[timediff(@SystemTime) <= 43200000]]]",
    "*!*[System[TimeCreated[@SystemTime>='2024-05-01T12:00:00.000Z' and "
    "@SystemTime<'2024-05-01T18:00:00Z']]]",
    "*!*[System[TimeCreated[timediff(@SystemTime, 133590000000000000) < 0]]]",
    'Security!*[System[(EventID=4624)]] and ' + LOGON + "='3']]",
    'Security!' + LOGON + '=3]]',
    'Security!' + LOGON + '!=3]]',
    'Security!' + LOGON + '>2]]',
    "*!*[EventData[Data='-']]",
    "*!*[EventData/Data!='-']",
    "*!*[UserData]",
    "*!*[UserData/*/FilePath]",
    "*!*[UserData/*/*='EXE']",
    "*!*[EventData/*[2]!='']",
    "*!*[EventData/Data[position()<=2]='-']",
    "*!*[System[Provider[@Name='Microsoft-Windows-Sysmon']]]",
    "*!*[System[Provider[@Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}']]]",
    "*!*[System[Security[@UserID]]]",
    "*!*[System[Security/@UserID='S-1-5-18']]",
    "*!*[System[Execution[@ProcessID > 1000]] and EventData]",
    "*!*[System/Computer>='F' and System/EventRecordID<=20]",
    "*!*[System[Correlation/@ActivityID]]",
    "*!*[System[EventID&lt;=1102 and EventID &gt; 1]]",
    "*!*[EventData[Data[@Name='SubjectLogonId']='0x3e7']]",
    "*!*[EventData[Data[@Name='SubjectLogonId']=999]]",
    "*!*[System[EventID='4624' or EventID='04625']]",
    "*!*[System[*]/EventID=4634 and *]",
    "*!*[System/*[@*]]",
    "*!*[System/*/@*!='4']",
]


@pytest.fixture(scope='module')
def mixed(mkevtx, tmp_path_factory):
    """A log with each known event, of several times."""
    folder = tmp_path_factory.mktemp('mixed')
    return mkevtx(folder / 'mixed.evtx', '--events', 'all:12', '--computer',
                  'DC01,WS7,FS2.corp.example')


@pytest.fixture(scope='module')
def raw_lines(evtxstage, mixed):
    return raw_of(evtxstage, mixed)


def raw_of(evtxstage, path, status=0):
    done = evtxstage('-q', '-o', '-', '-s', 'any', '--schema', 'raw', path,
                     timeout=300)
    assert done.status == status
    return done.out.splitlines()


def run(evtxstage, path, *options):
    return evtxstage('-q', '-o', '-', '--schema', 'raw', '--now', NOW,
                     *options, path, timeout=300)


def check(evtxstage, path, lines, text):
    query = Query(text, filetime(NOW))
    want = [x for x in lines if query.takes(json.loads(x))]
    done = run(evtxstage, path, '--query', text)
    assert done.status == 0, done.err
    assert done.out.splitlines() == want, text
    return len(want)


@pytest.mark.parametrize('text', QUERIES)
def test_query_takes_what_the_oracle_takes(evtxstage, mixed, raw_lines, text):
    assert check(evtxstage, mixed, raw_lines, text) > 0


@pytest.mark.unsanitized
@pytest.mark.parametrize('decoder', [
    'libevtx', pytest.param('both', marks=pytest.mark.slow)])
def test_decoders_take_the_same(evtxstage, mixed, decoder):
    for text in QUERIES[3:20]:
        ids = [[r['Event']['System']['EventRecordID'] for r in
                run(evtxstage, mixed, '--query', text, '--decoder', d).rows]
               for d in ('native', decoder)]
        assert ids[0] == ids[1], text


# --- queries made by chance -----------------------------------------------

class Maker:
    """Queries of names and values that are in the log, and of others."""

    def __init__(self, lines, seed):
        self.dice = random.Random(seed)
        rows = [json.loads(x)['Event'] for x in lines]
        self.ids = sorted({r['System']['EventID'] if isinstance(
            r['System']['EventID'], int) else r['System']['EventID']['#text']
            for r in rows})
        self.data = sorted({(k, str(v)) for r in rows
                            for k, v in (r.get('EventData') or {}).items()
                            if isinstance(v, (str, int)) and "'" not in str(v)
                            and '_' not in k and str(v).isprintable()})

    def pick(self, *items):
        return self.dice.choice(items)

    def op(self):
        return self.pick('=', '=', '!=', '<', '<=', '>', '>=')

    def system(self):
        number = self.dice.choice(self.ids)
        return self.pick(
            'EventID%s%d' % (self.op(), number),
            '%d%sEventID' % (number, self.op()),
            'Level%s%d' % (self.op(), self.dice.randrange(6)),
            'band(Keywords, %d)' % (1 << self.dice.randrange(50, 64)),
            'Execution[@ProcessID%s%d]' % (self.op(),
                                           self.dice.randrange(9000)),
            "Computer%s'WS7'" % self.op(),
            'TimeCreated[timediff(@SystemTime) %s %d]' % (
                self.op(), self.dice.randrange(86400000)),
            'Security/@UserID', 'Task', 'Nothing!=1')

    def field(self):
        name, value = self.dice.choice(self.data)
        quoted = "'%s'" % value
        if value.isdigit() and len(value) < 18 and self.dice.random() < .5:
            quoted = value
        return self.pick(
            "Data[@Name='%s']%s%s" % (name, self.op(), quoted),
            'Data%s%s' % (self.pick('=', '!='), quoted),
            'Data[%d]%s%s' % (self.dice.randrange(1, 9), self.op(), quoted),
            "Data[@Name='%s']" % name,
            "Data[position()%s%d and @Name='%s']" % (
                self.op(), self.dice.randrange(1, 12), name))

    def inside(self, leaf, depth):
        if depth == 0 or self.dice.random() < .3:
            return leaf()
        return '(%s) %s %s' % (
            self.inside(leaf, depth - 1), self.pick('and', 'or'),
            self.inside(leaf, depth - 1))

    def top(self, depth):
        if depth == 0 or self.dice.random() < .4:
            return self.pick(
                '*[System[%s]]' % self.inside(self.system, 2),
                '*[EventData[%s]]' % self.inside(self.field, 2),
                '*[System[%s] and EventData[%s]]' % (
                    self.inside(self.system, 1), self.inside(self.field, 1)),
                'Event/System/EventID%s%d' % (self.op(),
                                              self.dice.choice(self.ids)))
        return '(%s) %s %s' % (self.top(depth - 1), self.pick('and', 'or'),
                               self.top(depth - 1))

    def query(self):
        return self.pick('*', 'Security', 'S*') + '!' + self.top(2)


@pytest.mark.parametrize('seed', SEEDS)
def test_queries_made_by_chance(evtxstage, mixed, raw_lines, seed):
    maker = Maker(raw_lines, seed)
    taken = [check(evtxstage, mixed, raw_lines, maker.query())
             for _ in range(40)]
    assert any(taken) and 0 in taken


@pytest.mark.parametrize('seed', SEEDS)
def test_many_queries_are_a_union(evtxstage, mixed, raw_lines, seed):
    maker = Maker(raw_lines, 100 + seed)
    texts = [maker.query() for _ in range(30)]
    queries = [Query(t, filetime(NOW)) for t in texts]
    want = [x for x in raw_lines
            if any(q.takes(json.loads(x)) for q in queries)]
    options = [o for t in texts for o in ('--query', t)]
    assert run(evtxstage, mixed, *options).out.splitlines() == want


def test_a_query_too_long_to_compile(evtxstage, mkevtx, tmp_path):
    """More than a thousand tests of each of a record's fields."""
    path = mkevtx(tmp_path / 'l.evtx', '--events', '4624:4,4688:3')
    terms = ["Data='nothing %d'" % i for i in range(1200)] + ["Data='-'"]
    text = 'Security!*[EventData[%s]] and *[System/EventID=4624]' % \
        ' or '.join(terms)
    assert check(evtxstage, path, raw_of(evtxstage, path), text) == 4


# --- the corpus -----------------------------------------------------------

CORPUS_QUERIES = [
    'Security!*[System[(EventID=4624)]] and ' + LOGON + "='3']]",
    "*!*[EventData[Data='-']] and *[System[Level<=4]]",
    "*!*[System[Provider[@Name='Microsoft-Windows-Sysmon']] and "
    "EventData[Data[@Name='Image']!='x']]",
    "*!*[System[band(Keywords,0x8000000000000000)]]",
    "*!*[EventData/Data[2]!='x'] and *[System[TimeCreated["
    "@SystemTime>='2019-01-01T00:00:00Z']]]",
]


@pytest.fixture(scope='module')
def corpus_lines(evtxstage, corpus):
    return raw_of(evtxstage, os.path.join(corpus, 'corpus'), 3)


# Its line shows two elements of the same name (a Data and a Name) as one, so
# that the second reading cannot be right.
def ambiguous(row):
    data = row['Event'].get('EventData')
    return isinstance(data, dict) and any(
        k.rsplit('_', 1)[-1].isdigit() or isinstance(v, (list, dict))
        for k, v in data.items())


@pytest.mark.slow
def test_queries_on_the_corpus(evtxstage, corpus, corpus_lines):
    path = os.path.join(corpus, 'corpus')
    rows = [(x, json.loads(x)) for x in corpus_lines]
    clear = {x for x, row in rows if not ambiguous(row)}
    for text in CORPUS_QUERIES:
        query = Query(text, filetime(NOW))
        want = [x for x, row in rows if x in clear and query.takes(row)]
        done = run(evtxstage, path, '--query', text)
        got = [x for x in done.out.splitlines() if x in clear]
        assert got == want and want, text


# --- the connector's own queries ------------------------------------------

@pytest.fixture(scope='module')
def connector(corpus):
    path = os.path.join(corpus, 'sentinel', 'eventsets.json')
    if not os.path.exists(path):
        pytest.skip('no sentinel/eventsets.json in EVTX_CORPUS')
    with open(path) as f:
        return json.load(f)


def rule_file(path, queries):
    path.write_text(json.dumps({'resources': [{'properties': {'dataSources': {
        'windowsEventLogs': [{'name': 'w', 'xPathQueries': queries}]}}}]}))
    return path


NAMES = [('AllEvents', 'all'), ('Common', 'common'), ('Minimal', 'minimal')]


def meant_to_differ(name, channel, event_id):
    """The sets take every AppLocker channel, the rules two of them; and which
    ids the rules ask of which channel is told apart."""
    channel = (channel or '').lower()
    if channel.startswith('microsoft-windows-applocker/'):
        exe = channel.endswith('/exe and dll') and 8001 <= event_id <= 8004
        msi = channel.endswith('/msi and script') and 8005 <= event_id <= 8007
        known = channel.endswith(('/exe and dll', '/msi and script'))
        return not known if name == 'all' else not (exe or msi)
    return name == 'minimal' and 8001 <= event_id <= 8007


@pytest.mark.parametrize('rule,name', NAMES)
def test_rules_select_what_the_sets_do(evtxstage, mkevtx, connector, tmp_path,
                                       rule, name):
    ids = sorted(event_sets.COMMON | {2, 4770, 8000, 8008, 65535})
    channels = ['Security', 'System', 'Microsoft-Windows-AppLocker/MSI and '
                'Script', 'Microsoft-Windows-AppLocker/EXE and DLL',
                'Microsoft-Windows-AppLocker/Packaged app-Execution']
    path = mkevtx(tmp_path / 'ids.evtx', text=''.join(
        'event 4634 every 1s\nchannel %s\nid %d\n' % (c, i)
        for c in channels for i in ids))
    file = rule_file(tmp_path / 'rule.json', connector[rule]['xPathQueries'])
    rows = evtxstage('-q', '-o', '-', '--from-dcr', file, path).rows
    got = {(r['Channel'], r['EventID']) for r in rows}
    want = {(x['channel'], x['event_id']) for x in expected(path)
            if takes(name, x['channel'], x['event_id'])}
    assert got <= want
    assert {k for k in want - got} == {
        k for k in want if meant_to_differ(name, *k)}


@pytest.mark.parametrize('rule,name', NAMES)
def test_rules_and_sets_on_the_corpus(evtxstage, corpus, connector, tmp_path,
                                      rule, name):
    file = rule_file(tmp_path / 'rule.json', connector[rule]['xPathQueries'])
    path = os.path.join(corpus, 'corpus')
    got = evtxstage('-q', '-o', '-', '--from-dcr', file, path).out.splitlines()
    of_set = evtxstage('-q', '-o', '-', '-s', name, path).out.splitlines()
    assert set(got) <= set(of_set) and got
    for line in set(of_set) - set(got):
        row = json.loads(line)
        assert meant_to_differ(name, row['Channel'], int(row['EventID']))


# --- files ----------------------------------------------------------------

VIEW = """<?xml version="1.0" encoding="%s"?>
<ViewerConfig><QueryConfig><QueryParams><UserQuery/></QueryParams>
<QueryNode><Name>mine</Name><QueryList>
<Query Id="0" Path="Security">
<Select Path="Security">*[System[(EventID &gt;= 4624 and EventID &lt;= 4634)]]
</Select><Suppress>*[System[(EventID=4625)]]</Suppress></Query>
<Query Id="1"><Select Path="System">*</Select>
<Select Path="Security">*[System[EventID=4720]]</Select></Query>
</QueryList></QueryNode></QueryConfig></ViewerConfig>"""


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16', 'utf-8-sig'])
def test_query_list(evtxstage, mixed, tmp_path, encoding):
    path = tmp_path / 'view.xml'
    path.write_bytes((VIEW % encoding).encode(encoding))
    rows = evtxstage('-q', '-o', '-', '--query-file', path, mixed).rows
    assert {r['EventID'] for r in rows} == {4624, 4634, 7045, 4720}


def test_suppress_wins_in_its_query_only(evtxstage, mixed, tmp_path):
    path = tmp_path / 'list.xml'
    path.write_text(
        '<QueryList><Query Id="0" Path="Security"><Select>*</Select>'
        '<Suppress>*[System[EventID!=4624]]</Suppress></Query>'
        '<Query Id="1"><Select Path="Security">*[System[EventID=4625]]'
        '</Select></Query></QueryList>')
    rows = evtxstage('-q', '-o', '-', '--query-file', path, '--query',
                     'Security!*[System[EventID=4634]]', mixed).rows
    assert {r['EventID'] for r in rows} == {4624, 4625, 4634}


def test_a_saved_log_is_any_channel(evtxstage, mixed, tmp_path):
    path = tmp_path / 'list.xml'
    path.write_text('<QueryList><Query Id="0" Path="file://C:\\x.evtx"><Select '
                    'Path="file://C:\\x.evtx">*[System[EventID=7045]]</Select>'
                    '</Query></QueryList>')
    rows = evtxstage('-q', '-o', '-', '--query-file', path, mixed).rows
    assert {r['Channel'] for r in rows} == {'System'}


RULES = [
    {'dataSources': {'windowsEventLogs': [{'xPathQueries': [
        'Security!*[System[EventID=4624]]']}]}},
    {'properties': {'dataSources': {'windowsEventLogs': [
        {'streams': ['Microsoft-Event'],
         'xPathQueries': ['System!*[System[EventID=1]]']},
        {'xPathQueries': ['Security!*[System[(EventID=4624)]]']}]}}},
]


@pytest.mark.parametrize('rule', RULES)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16'])
def test_rule(evtxstage, mixed, tmp_path, rule, encoding):
    path = tmp_path / 'rule.json'
    path.write_bytes(json.dumps(rule).encode(encoding))
    rows = evtxstage('-q', '-o', '-', '--from-dcr', path, mixed).rows
    assert {r['EventID'] for r in rows} == {4624} and len(rows) == 36


@pytest.mark.parametrize('kql,said', [
    ('source', False), (' source ', False), ('source | where EventID == 1', True)])
def test_a_transformation_is_not_applied_and_said_so(
        evtxstage, mixed, tmp_path, kql, said):
    path = tmp_path / 'rule.json'
    path.write_text(json.dumps({**RULES[0], 'dataFlows': [
        {'streams': ['Microsoft-SecurityEvent'], 'transformKql': kql}]}))
    done = evtxstage('-o', '-', '--from-dcr', path, mixed)
    assert len(done.rows) == 36
    assert ('rule.json: its transformKql is not applied' in done.err) == said
    assert not evtxstage('-q', '-o', '-', '--from-dcr', path, mixed).err


BAD_FILES = [
    ('--query-file', '', 'bad.file'), ('--query-file', '<a/>', 'no QueryList'),
    ('--query-file', '<QueryList/>', 'no QueryList'),
    ('--query-file', '<QueryList><Query>', 'not well-formed'),
    ('--query-file', '<QueryList><Other/></QueryList>', 'Other'),
    ('--query-file', '<QueryList><Query><Take/></Query></QueryList>', 'Take'),
    ('--query-file', '<QueryList><Query><Select>*</Select></Query>'
     '</QueryList>', 'has no channel'),
    ('--query-file', '<QueryList><Query Path="S"><Select><b/></Select>'
     '</Query></QueryList>', 'inside of a query'),
    ('--query-file', '<!DOCTYPE a [<!ENTITY b "c">]><QueryList/>', 'bad.file'),
    ('--from-dcr', '', 'not JSON'), ('--from-dcr', '{}', 'no xPathQueries'),
    ('--from-dcr', '{"xPathQueries":"x"}', 'not a list'),
    ('--from-dcr', '{"xPathQueries":[1]}', 'not a string'),
    ('--from-dcr', '{"xPathQueries":["[parameters(\'q\')]"]}', 'expression'),
    ('--from-dcr', '[' * 5000, 'not JSON'),
]


@pytest.mark.parametrize('option,text,word', BAD_FILES)
def test_bad_file_is_refused(evtxstage, log, tmp_path, option, text, word):
    path = tmp_path / 'bad.file'
    path.write_text(text)
    done = evtxstage('-o', tmp_path / 'out', option, path, log)
    assert refused(done, 'bad.file', word)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('option', ['--query-file', '--from-dcr'])
def test_missing_file_is_refused(evtxstage, log, option):
    assert refused(evtxstage('-o', '-', option, 'no/such', log), 'no/such')


# --- refused queries ------------------------------------------------------

def refused_at(done, column, word):
    """The reason with the column, the query, and a mark below the place."""
    assert done.status == 2 and done.out == b''
    message, shown, mark = done.err.splitlines()
    assert 'column %d: ' % column in message and word in message
    assert mark.strip() == '^'
    return shown[len(mark) - 1:]


@pytest.mark.parametrize('text,at,word', [
    ("Security!*[System[contains(Computer,'x')]]", 'contains', 'functions'),
    ('Security!*[System[EventID=4624]', '', ']'),
    ('Security!*[EventData[Data=$x]]', '$x', 'variables'),
    ('Security!System', 'System', 'Event'),
    ("\u00e4\u20ac!*[A='\u00e4' or not(B)]", 'not(', 'functions'),
    ('nothing', 'nothing', 'CHANNEL!XPATH'), ('!*', '!*', 'CHANNEL!XPATH'),
])
def test_refused_with_the_place(evtxstage, log, text, at, word):
    column = text.index(at) + 1 if at else len(text) + 1
    rest = refused_at(evtxstage('-o', '-', '--query', text, log), column, word)
    assert rest.startswith(at)


def test_refused_place_of_a_long_query(evtxstage, log):
    text = 'Security!*[System[%s or bad()]]' % ' or '.join(
        'EventID=%d' % i for i in range(300))
    done = evtxstage('-o', '-', '--query', text, log)
    assert refused_at(done, text.index('bad(') + 1, 'functions') \
        .startswith('bad()')
    assert max(map(len, done.err.splitlines()[1:])) < 80


def test_refused_places_in_files(evtxstage, log, tmp_path):
    rule = rule_file(tmp_path / 'r.json', ['System!*', 'Security!*[..]'])
    done = evtxstage('-o', '-', '--from-dcr', rule, log)
    assert refused_at(done, 12, 'r.json: query 2').startswith('..')
    path = tmp_path / 'l.xml'
    path.write_text('<QueryList><Query Path="S"><Select>*</Select><Suppress>'
                    '*[A &lt; B]</Suppress></Query></QueryList>')
    done = evtxstage('-o', '-', '--query-file', path, log)
    assert refused_at(done, 7, 'l.xml: Query 1, Suppress 2').startswith('B')


def test_query_of_the_environment(evtxstage, mixed):
    env = {'EVTXSTAGE_QUERY': 'System!*'}
    ids = {r['EventID'] for r in evtxstage('-q', '-o', '-', mixed,
                                           env=env).rows}
    assert ids == {7045}
    ids = {r['EventID'] for r in evtxstage(
        '-q', '-o', '-', '--query', 'Security!*[System[EventID=4624]]', mixed,
        env=env).rows}
    assert ids == {4624}


# --- the other criteria ---------------------------------------------------

def values(rows, name):
    return {r[name] for r in rows}


CRITERIA = [
    (['--channel', 'Sec*'], lambda e: e['channel'] == 'Security'),
    (['--channel', 'security', '--channel', 'System'],
     lambda e: e['channel'] in ('Security', 'System')),
    (['--channel', '!Security'], lambda e: e['channel'] != 'Security'),
    (['--channel', 'S*', '--channel', '!System'],
     lambda e: e['channel'] == 'Security'),
    (['--computer', 'ws*'], lambda e: e['computer'] == 'WS7'),
    (['--computer', '!*.corp.example', '--computer', '!DC01'],
     lambda e: e['computer'] == 'WS7'),
    (['--provider', '*sysmon'],
     lambda e: e['provider'] == 'Microsoft-Windows-Sysmon'),
    (['--provider', '!*-Auditing'],
     lambda e: not e['provider'].endswith('-Auditing')),
    (['--include-eid', 'Sysmon:1'],
     lambda e: e['provider'] == 'Microsoft-Windows-Sysmon'),
    (['--include-eid', 'Sysmon:2'], lambda e: False),
    (['--include-eid', 'Security-Auditing:4624-4630,7045'],
     lambda e: e['event_id'] in (4624, 4625, 7045)),
    (['--include-eid', '4624', '--include-eid', 'microsoft-windows-sysmon:1'],
     lambda e: e['event_id'] in (1, 4624)),
    (['--exclude-eid', 'Sysmon:1,System:4624'], lambda e: e['event_id'] != 1),
]


@pytest.mark.parametrize('options,rule', CRITERIA)
def test_criterion(evtxstage, mixed, options, rule):
    lines = expected(mixed)
    want = [e['record'] for e in lines if rule(e)]
    done = evtxstage('-q', '-o', '-', '-s', 'any', *options, mixed)
    assert done.status == 0, done.err
    assert [int(r['EventRecordId']) for r in done.rows] == want


@pytest.mark.parametrize('options,levels', [
    (['--level', '4'], {'4'}), (['--level', '0,information'], {'0', '4'}),
    (['--level', '!0'], {'2', '3', '4', '5'}), (['--level', '1-4,!3'],
                                                {'2', '4'}),
    (['--level', 'warning', '--level', 'verbose'], {'3', '5'}),
    (['--level', 'error-warning'], {'2', '3'})])
def test_level(evtxstage, mkevtx, tmp_path, options, levels):
    path = mkevtx(tmp_path / 'l.evtx', text=''.join(
        'event 4624\nlevel %d\n' % i for i in (0, 2, 3, 4, 5)))
    rows = evtxstage('-q', '-o', '-', *options, path).rows
    assert values(rows, 'Level') == levels


@pytest.mark.parametrize('option,value', [
    ('--level', 'loud'), ('--level', '256'), ('--level', '4-2'),
    ('--level', ''), ('--include-eid', 'Sysmon:'), ('--include-eid', ':1'),
    ('--include-eid', 'a:b'), ('--now', 'then')])
def test_bad_criterion_is_refused(evtxstage, log, option, value):
    assert refused(evtxstage('-o', '-', option, value, log), value)


def test_criteria_meet_and_are_counted_apart(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'l.evtx', text=(
        'event 4624\nchannel System\n'
        'event 4624\ncomputer B\n'
        'event 4624\nprovider Other\n'
        'event 4624\nlevel 3\n'
        'event 4625\nevent 4634\n'
        'event 4624\nLogonType:uint32 = 9\n'
        'event 4624\nLogonType:uint32 = 3\n'))
    done, staging = stage(
        '--channel', 'Security', '--provider', '*Auditing', '--computer',
        'DC01*', '--level', '0', '--include-eid', '4624,4625',
        '--exclude-eid', '4625', '--query', 'Security!' + LOGON + '=3]]',
        path)
    assert done.status == 0, done.err
    account = staging.manifest['accounting']
    assert closes(account) and account['emitted'] == 1
    assert account['filtered'] == {
        'channel': 1, 'provider': 1, 'computer': 1, 'level': 1,
        'include_eid': 1, 'exclude_eid': 1, 'query': 1}


def test_queries_and_an_event_set_meet(evtxstage, mixed):
    options = ['--query', '*!*[System[EventID=4634 or EventID=7045]]']
    assert values(evtxstage('-q', '-o', '-', *options, mixed).rows,
                  'EventID') == {4634, 7045}
    assert values(evtxstage('-q', '-o', '-', '-s', 'all', *options,
                            mixed).rows, 'EventID') == {4634}
    assert evtxstage('-q', '-o', '-', '-s', 'minimal', *options,
                     mixed).rows == []


def test_manifest_says_what_was_asked(stage, mixed):
    text = '*!*[System[TimeCreated[timediff(@SystemTime) < 9]]]'
    _, staging = stage('--query', text, '--now', NOW, '--channel', 'S*',
                       '--channel', '!System', mixed)
    options = staging.manifest['options']
    assert options['query'] == text and options['event_set'] == 'any'
    assert options['channel'] == 'S* !System'
    assert options['now'] == '2024-05-02T00:00:00.0000000Z'
    assert len(options['queries_sha256']) == 64
    _, staging = stage('--query', '*!*', mixed, to='other')
    assert 'now' not in staging.manifest['options']


def test_timediff_counts_from_now(evtxstage, mixed):
    text = '*!*[System[TimeCreated[timediff(@SystemTime) <= 86400000]]]'
    assert evtxstage('-q', '-o', '-', '--query', text, mixed).rows == []
    assert run(evtxstage, mixed, '--query', text).rows != []
