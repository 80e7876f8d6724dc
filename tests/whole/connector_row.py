# SPDX-License-Identifier: Apache-2.0
"""A second mapping, from an event as evtx_dump shows it to a row of
SecurityEvent, by the published facts (EVTX_CORPUS/sentinel): columns from
eventdata_mapping.tsv, texts from activity_texts.tsv. It shares nothing with
libsrc/schema."""
import csv
import os
import re

INTEGERS = {'Task', 'EventID', 'AuditsDiscarded', 'AuthenticationLevel',
            'AuthenticationService', 'ErrorCode', 'KeyLength', 'LogonType',
            'ServiceStartType', 'Version', 'SystemProcessId',
            'SystemThreadId'}
LEVELS = ['LogAlways', 'Critical', 'Error', 'Warning', 'Information',
          'Verbose']
LOGON_TYPES = {2: 'Interactive', 3: 'Network', 4: 'Batch', 5: 'Service',
               7: 'Unlock', 8: 'NetworkCleartext', 9: 'NewCredentials',
               10: 'RemoteInteractive', 11: 'CachedInteractive',
               12: 'CachedRemoteInteractive', 13: 'CachedUnlock'}
ANYTHING = object()  # the column is there
NOBODY = {4776, 5058, 5061}
TARGETS = {4624, 4625}
GUID = re.compile(r'^\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-'
                  r'[0-9A-Fa-f]{12})\}?$')
# A FILETIME of 0 is no time.
NO_TIME = re.compile(r'^1601-01-01T00:00:00(\.0+)?Z$')


def table(folder, name):
    with open(os.path.join(folder, name), encoding='utf-8') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


class Facts:
    def __init__(self, corpus):
        folder = os.path.join(corpus, 'sentinel')
        self.identity = {row['column'] for row in
                         table(folder, 'eventdata_mapping.tsv')
                         if row['kind'] == 'identity'}
        self.texts = {int(row['EventID']): row['Text'] for row in
                      table(folder, 'activity_texts.tsv')
                      if row['Text'].strip()}


def text_of(value):
    """A value of the JSON as text; None: it is no single one."""
    if value is None:
        return ''
    if isinstance(value, dict):
        if set(value) <= {'#attributes', '#text'}:
            return text_of(value.get('#text'))
        return None
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, list):
        return None
    return str(value)


def cell(text):
    text = text.replace('\r\n', ' ')
    guid = GUID.match(text)
    return guid.group(1).lower() if guid else text


def integer(text):
    """A column's integer; None: absent; 'null': no number of 32 bits."""
    if text == '':
        return None
    try:
        n = int(text, 16) if text[:2] in ('0x', '0X') else int(text)
    except ValueError:
        return 'null'
    if not -2 ** 31 <= n < 2 ** 32:
        return 'null'
    return n - 2 ** 32 if n >= 2 ** 31 else n


def attribute(element, name):
    if isinstance(element, dict):
        value = element.get('#attributes', {}).get(name)
        return None if value is None else text_of(value)
    return None


class Event:
    def __init__(self, record):
        event = record['Event']
        self.system = event.get('System') or {}
        self.data = event.get('EventData')
        self.body = None
        self.is_user_data = self.data is None and 'UserData' in event
        fields = self.data
        if self.is_user_data:
            user = event['UserData']
            names = [k for k in user or {} if k != '#attributes']
            self.body = names[0] if names else None
            fields = user[names[0]] if names else None
        self.fields = {k: v for k, v in (fields or {}).items()
                       if k not in ('#attributes', '#text', 'Data')} \
            if isinstance(fields, dict) else {}

    def head(self, name):
        value = self.system.get(name)
        return None if value is None else text_of(value)

    def id(self):
        text = self.head('EventID')
        return int(text) if text and text.isdigit() else None

    def field(self, *names):
        for name in names:
            if name in self.fields:
                return text_of(self.fields[name])
        return None


def person(event, kind):
    user = event.field(kind + 'UserName')
    sid = event.field(kind + 'UserSid')
    if kind == 'Target' and 'TargetUserSid' not in event.fields:
        sid = event.field('TargetSid')
    return event.field(kind + 'DomainName'), user, sid


def account(domain, user):
    if user is None:
        return None
    if domain is None:
        return cell(user)
    text = cell(domain) + '\\' + cell(user)
    return '' if text == '\\' else text


def whose(event):
    if event.body == 'RuleAndFileData' and 'TargetUser' in event.fields:
        sid = event.field('TargetUser')
        return None, sid, sid
    if event.id() in NOBODY:
        return None, None, None
    if event.id() in TARGETS or event.field('SubjectUserName') is None:
        return person(event, 'Target')
    return person(event, 'Subject')


def account_type(domain, user, sid):
    if not user and not domain:
        return ''
    return 'Machine' if user.endswith('$') or sid == 'S-1-5-18' else 'User'


def put(row, column, value):
    if value is not None:
        row[column] = value


def system_columns(row, event):
    head = event.head
    provider = event.system.get('Provider')
    row['Computer'] = head('Computer') or ''
    row['Channel'] = head('Channel') or ''
    put(row, 'EventSourceName', attribute(provider, 'Name'))
    for column in ('Level', 'Opcode', 'Keywords'):
        put(row, column, head(column))
    for column in ('Task', 'Version'):
        if head(column) is not None:
            put(row, column, integer(head(column)))
    put(row, 'EventRecordId', head('EventRecordID'))
    execution = event.system.get('Execution')
    for column, name in (('SystemProcessId', 'ProcessID'),
                         ('SystemThreadId', 'ThreadID')):
        value = attribute(execution, name)
        if value is not None:
            put(row, column, integer(value))
    activity = attribute(event.system.get('Correlation'), 'ActivityID')
    if activity is not None:
        row['Correlation'] = '{%s}' % cell(activity)
    user = attribute(event.system.get('Security'), 'UserID')
    row['SystemUserId'] = 'N/A' if user is None else user


def derived_columns(row, event, facts):
    number = event.id()
    text = facts.texts.get(number)
    row['EventID'] = '' if event.head('EventID') is None \
        else integer(event.head('EventID'))
    # The connector's texts are for the channels that it collects.
    channel = (event.head('Channel') or '').lower()
    if channel != 'security' and \
            not channel.startswith('microsoft-windows-applocker/'):
        text = None
    row['Activity'] = '' if event.head('EventID') is None else \
        event.head('EventID') + (' - ' + text if text else '')
    level = event.head('Level')
    if level is not None:
        n = int(level) if level.isdigit() else 99
        row['EventLevelName'] = LEVELS[n] if n < len(LEVELS) else ''
    domain, user, sid = whose(event)
    put(row, 'Account', account(domain, user))
    if user is not None:
        row['AccountType'] = account_type(domain, user, sid)
    for kind in ('Subject', 'Target'):
        put(row, kind + 'Account', account(*person(event, kind)[:2]))
    logon = event.field('LogonType')
    if logon:
        number = integer(logon)
        name = LOGON_TYPES.get(number)
        row['LogonTypeName'] = '%s - %s' % (logon, name) if name else logon
    path = event.field('NewProcessName', 'ProcessName')
    if path is None and event.body == 'RuleAndFileData':
        path = event.field('FilePath')
    if path is not None:
        row['Process'] = cell(path.rsplit('\\', 1)[-1])


def identity_columns(row, event, facts):
    for name, value in event.fields.items():
        text = text_of(value)
        if name not in facts.identity or NO_TIME.match(text or ''):
            continue
        if text is None:  # elements: their XML, which JSON does not show
            row[name] = ANYTHING
            continue
        put(row, name, integer(text) if name in INTEGERS else cell(text))
    if event.body == 'RuleAndFileData':
        for name in ('FilePath', 'FileHash', 'Fqbn', 'TargetUser'):
            put(row, name, event.field(name))


def row_of(record, facts):
    """The row but for EventData."""
    event = Event(record)
    row = {}
    time = attribute(event.system.get('TimeCreated'), 'SystemTime')
    if not NO_TIME.match(time or ''):
        put(row, 'TimeCreated_CF', time)
    identity_columns(row, event, facts)
    system_columns(row, event)
    derived_columns(row, event, facts)
    return row
