# SPDX-License-Identifier: Apache-2.0
"""For each question of queries/: a technique as its events show it, a benign
twin that looks like it, and the rows that find the technique.

A case is (planted events, events of the twin, expected rows). An event is
(id, seconds after the start of the case, fields). The events of a case are of
one computer; START is the time of its first.
"""
START = '2024-05-01T10:00:00Z'
KNOWN = {1102, 4624, 4625, 4662, 4663, 4688, 4720, 4728, 4732, 4768, 4769}
AUDITING = 'Microsoft-Windows-Security-Auditing'

MALLORY = {'SubjectUserName': 'mallory', 'SubjectDomainName': 'CORP',
           'SubjectUserSid:sid': 'S-1-5-21-7-7-7-1666',
           'SubjectLogonId:hex64': '0x6660'}
BY = {'By': 'CORP\\mallory'}
ATTACKER = '203.0.113.77'
DOMAIN = 'S-1-5-21-7-7-7'


def describe(computer, events, **system):
    """The events in mkevtx's language; `system` replaces provider, channel."""
    lines = ['start ' + START, 'default computer %s.corp.example' % computer]
    for id_, seconds, fields in events:
        if id_ in KNOWN:
            lines.append('event %d' % id_)
        else:
            lines += ['event', 'provider ' + AUDITING, 'channel Security',
                      'id %d' % id_, 'keywords 0x8020000000000000']
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours + 10, 24)
        lines.append('time 2024-05-%02dT%02d:%02d:%02dZ'
                     % (days + 1, hours, minutes, rest))
        lines += ['%s %s' % item for item in system.items()]
        for name, value in fields.items():
            # Fields of known events have their types already.
            name = name.split(':')[0] if id_ in KNOWN else name
            lines.append('%s = %s' % (name, str(value).replace('\\', '\\\\')
                                      .replace('\r\n', '\\r\\n')))
    return '\n'.join(lines) + '\n'


def logon(seconds, user='user', id_=4624, **fields):
    return id_, seconds, {'TargetUserName': user, 'TargetDomainName': 'CORP',
                          'LogonType': 3, **fields}


def failed(seconds, user='user', **fields):
    return logon(seconds, user, 4625, **fields)


def ticket(id_, seconds, service, **fields):
    return id_, seconds, {'TargetUserName': 'bob@CORP.EXAMPLE',
                          'TargetDomainName': 'CORP.EXAMPLE',
                          'ServiceName': service, 'Status': '0x0', **fields}


def replication(subject, right='1131f6ad-9c07-11d1-f79f-00c04fc2dcd2',
                access='0x100'):
    return 4662, 0, {**MALLORY, 'SubjectUserName': subject,
                     'AccessMask': access,
                     'Properties': '%%%%7688\r\n\t\t{%s}' % right}


def directory(attribute, value, operation='%%14674', object_='domainDNS'):
    return 5136, 0, {**MALLORY, 'ObjectDN': 'DC=corp,DC=example',
                     'ObjectClass': object_,
                     'AttributeLDAPDisplayName': attribute,
                     'AttributeValue': value, 'OperationType': operation}


def service(name, file):
    return 4697, 0, {**MALLORY, 'ServiceName': name, 'ServiceFileName': file,
                     'ServiceType:hex32': '0x10',
                     'ServiceStartType:uint32': 3,
                     'ServiceAccount': 'LocalSystem'}


def task(id_, command):
    return id_, 0, {**MALLORY, 'TaskName': '\\Update', 'TaskContent':
                    '<Task><Exec><Command>%s</Command></Exec></Task>'
                    % command}


def member(id_, seconds, group, sid):
    return id_, seconds, {
        **MALLORY, 'MemberName': 'CN=Helper,DC=corp', 'MemberSid:sid':
        DOMAIN + '-1001', 'TargetUserName': group,
        'TargetDomainName': 'CORP', 'TargetSid:sid': sid}


def user(id_, seconds, name, sid=DOMAIN + '-1001', **fields):
    return id_, seconds, {**MALLORY, 'TargetUserName': name,
                          'TargetDomainName': 'CORP', 'TargetSid:sid': sid,
                          **fields}


def renamed(old, new):
    return 4781, 0, {**MALLORY, 'OldTargetUserName': old,
                     'NewTargetUserName': new, 'TargetDomainName': 'CORP',
                     'TargetSid:sid': DOMAIN + '-1105'}


def opened(id_, object_, program, type_='Process'):
    return id_, 0, {**MALLORY, 'ObjectServer': 'Security',
                    'ObjectType': type_, 'ObjectName': object_,
                    'AccessMask:hex32': '0x10', 'ProcessName': program}


def written(share, file, access='%%4417'):
    return 5145, 0, {**MALLORY, 'IpAddress': ATTACKER, 'ShareName': share,
                     'RelativeTargetName': file, 'AccessMask:hex32': '0x2',
                     'AccessList': access}


def command(line):
    return 4688, 0, {**MALLORY, 'CommandLine': line}


def policy(changes, sid='S-1-5-21-7-7-7-1666'):
    return 4719, 0, {**MALLORY, 'SubjectUserSid:sid': sid,
                     'SubcategoryId': '%%12544',
                     'AuditPolicyChanges': changes}


LSASS = '\\Device\\HarddiskVolume2\\Windows\\System32\\lsass.exe'
PROGRAM = 'C:\\Users\\Public\\p.exe'

CASES = {
    'failed-then-success': (
        [failed(30 * i, 'user%d' % i, IpAddress=ATTACKER) for i in range(6)] +
        [logon(180, 'user5', IpAddress=ATTACKER)],
        # Four failures; failures of two hours ago; no address.
        [failed(i, IpAddress='203.0.113.78') for i in range(4)] +
        [logon(10, IpAddress='203.0.113.78')] +
        [failed(i, IpAddress='203.0.113.79') for i in range(9)] +
        [logon(7200, IpAddress='203.0.113.79')] +
        [failed(i, IpAddress='-') for i in range(9)] +
        [logon(20, IpAddress='-')],
        [{'EventTime': '2024-05-01 10:03:00.0000000', 'IpAddress': ATTACKER,
          'Account': 'CORP\\user5', 'LogonTypeName': '3 - Network',
          'Failures': 6}]),
    'password-spray': (
        [failed(60 * i, 'user%d' % i, IpAddress=ATTACKER)
         for i in range(10)],
        # Nine accounts; ten accounts in two hours; one account ten times.
        [failed(60 * i, 'user%d' % i, IpAddress='203.0.113.78')
         for i in range(9)] +
        [failed(660 * i, 'user%d' % i, IpAddress='203.0.113.79')
         for i in range(10)] +
        [failed(i, 'user', IpAddress='203.0.113.80') for i in range(10)],
        [{'EventTime': '2024-05-01 10:00:00.0000000', 'IpAddress': ATTACKER,
          'Accounts': 10, 'Failures': 10,
          'Last': '2024-05-01 10:09:00.0000000'}]),
    'password-guessing': (
        [failed(i, 'admin', IpAddress='-') for i in range(20)],
        [failed(i, 'bob') for i in range(19)] +
        [failed(360 * i, 'carol') for i in range(20)],
        [{'EventTime': '2024-05-01 10:00:00.0000000',
          'TargetAccount': 'CORP\\admin', 'Failures': 20,
          'Addresses': '-'}]),
    'kerberoasting': (
        [ticket(4769, 0, 'svc-sql', TicketEncryptionType='0x17')],
        [ticket(4769, 0, 'svc-sql', TicketEncryptionType='0x12'),
         ticket(4769, 1, 'DC01$', TicketEncryptionType='0x17'),
         ticket(4769, 2, 'krbtgt', TicketEncryptionType='0x17'),
         ticket(4769, 3, 'svc-sql', TicketEncryptionType='0x17',
                Status='0x1b'),
         ticket(4769, 4, 'svc-sql', TicketEncryptionType='0x17',
                TargetUserName='WEB01$@CORP.EXAMPLE')],
        [{'By': 'CORP.EXAMPLE\\bob@CORP.EXAMPLE',
          'ServiceName': 'svc-sql'}]),
    'asrep-roasting': (
        [ticket(4768, 0, 'krbtgt', TargetUserName='bob', PreAuthType=0)],
        [ticket(4768, 0, 'krbtgt', TargetUserName='bob', PreAuthType=2),
         ticket(4768, 1, 'krbtgt', TargetUserName='bob', PreAuthType=0,
                Status='0x6'),
         ticket(4768, 2, 'krbtgt', TargetUserName='WS01$', PreAuthType=0)],
        [{'TargetAccount': 'CORP.EXAMPLE\\bob', 'ServiceName': 'krbtgt'}]),
    'dcsync': (
        [replication('mallory')],
        [replication('DC02$'), replication('mallory', access='0x20'),
         replication('mallory', 'bf967aba-0de6-11d0-a285-00aa003049e2')],
        [{**BY, 'SubjectLogonId': '0x6660'}]),
    'delegation-to-computer': (
        [directory('msDS-AllowedToActOnBehalfOfOtherIdentity',
                   'O:BAD:(A;;GA;;;S-1-5-21-7)', object_='computer')],
        [directory('msDS-AllowedToActOnBehalfOfOtherIdentity', 'O:BAD:',
                   '%%14675', 'computer'),
         directory('description',
                   'msDS-AllowedToActOnBehalfOfOtherIdentity is set',
                   object_='computer')],
        [BY]),
    'replication-rights': (
        [directory('nTSecurityDescriptor', 'D:(OA;;CR;1131f6ad-9c07-11d1-'
                   'f79f-00c04fc2dcd2;;S-1-5-21-7-7-7-1666)')],
        [directory('nTSecurityDescriptor', 'D:(A;;GR;;;AU)'),
         directory('nTSecurityDescriptor', 'D:(OA;;CR;1131f6ad-9c07-11d1-'
                   'f79f-00c04fc2dcd2;;DA)', '%%14675'),
         directory('nTSecurityDescriptor', 'D:(OA;;CR;1131f6ad-9c07-11d1-'
                   'f79f-00c04fc2dcd2;;DA)', object_='user')],
        [BY]),
    'suspicious-service': (
        [service('BTOBTO', '%COMSPEC% /Q /c echo cd > \\\\127.0.0.1\\C$\\o')],
        [service('Printer', 'C:\\Windows\\System32\\spoolsv.exe'),
         service('Agent', '"C:\\Program Files\\Agent\\agent.exe" -k')],
        [{**BY, 'ServiceName': 'BTOBTO', 'ServiceAccount': 'LocalSystem'}]),
    'suspicious-task': (
        [task(4698, 'cmd.exe /C whoami > %windir%\\Temp\\x.tmp 2>&1')],
        [task(4698, 'C:\\Windows\\System32\\sc.exe start wuauserv'),
         task(4699, 'cmd.exe /C whoami')],
        [BY]),
    'privileged-group': (
        [member(4728, 0, 'Domain Admins', DOMAIN + '-512'),
         member(4756, 1, 'Enterprise Admins', DOMAIN + '-519')],
        [member(4728, 0, 'Sales', DOMAIN + '-1512'),
         member(4729, 1, 'Domain Admins', DOMAIN + '-512'),
         member(4732, 2, 'Users', 'S-1-5-32-545')],
        [{**BY, 'GroupName': 'Domain Admins',
          'MemberSid': DOMAIN + '-1001'},
         {**BY, 'GroupName': 'Enterprise Admins'}]),
    'new-local-admin': (
        [user(4720, 0, 'helper'),
         member(4732, 1, 'Administrators', 'S-1-5-32-544')],
        [user(4720, 0, 'helper'),
         member(4732, 1, 'Users', 'S-1-5-32-545')],
        [{**BY, 'EventTime': '2024-05-01 10:00:01.0000000',
          'MemberSid': DOMAIN + '-1001', 'NewAccount': 'CORP\\helper'}]),
    'cleared-log': (
        [(1102, 0, {'SubjectUserName': 'mallory',
                    'SubjectDomainName': 'CORP'})],
        [logon(0)],
        [{'Account': 'CORP\\mallory',
          'Activity': '1102 - The audit log was cleared.'}]),
    'short-lived-account': (
        [user(4720, 0, 'ghost'), user(4726, 3600, 'ghost')],
        [user(4720, 0, 'temp'), user(4726, 86401, 'temp'),
         user(4726, 10, 'other', DOMAIN + '-1002')],
        [{**BY, 'TargetAccount': 'CORP\\ghost', 'DeletedBy': 'CORP\\mallory',
          'Deleted': '2024-05-01 11:00:00.0000000'}]),
    'pass-the-hash': (
        [logon(0, LogonType=9, LogonProcessName='seclogo',
               AuthenticationPackageName='Negotiate')],
        [logon(0, LogonType=9, LogonProcessName='Advapi',
               AuthenticationPackageName='Negotiate'),
         logon(1, LogonType=2, LogonProcessName='seclogo',
               AuthenticationPackageName='Negotiate')],
        [{'Account': 'CORP\\user'}]),
    'rdp-tunnel': (
        [logon(0, LogonType=10, IpAddress='127.0.0.1')],
        [logon(0, LogonType=10, IpAddress='10.1.1.1'),
         logon(1, LogonType=2, IpAddress='127.0.0.1')],
        [{'Account': 'CORP\\user', 'IpAddress': '127.0.0.1'}]),
    'rdp-from-internet': (
        [logon(0, LogonType=10, IpAddress=ATTACKER),
         logon(1, LogonType=10, IpAddress='172.32.0.1')],
        [logon(i, LogonType=10, IpAddress=a) for i, a in enumerate(
            ('10.1.1.1', '172.16.0.1', '172.31.255.1', '192.168.1.1', '-',
             '169.254.1.1', '::1', 'fe80::1'))] +
        [logon(9, LogonType=3, IpAddress=ATTACKER)],
        [{'Account': 'CORP\\user', 'IpAddress': ATTACKER},
         {'IpAddress': '172.32.0.1'}]),
    'dsrm-password': (
        [(4794, 0, {**MALLORY, 'Workstation': 'DC01', 'Status:hex32': 0})],
        [(4794, 0, {**MALLORY, 'Workstation': 'DC01',
                    'Status:hex32': '0xc000006a'})],
        [{**BY, 'Workstation': 'DC01'}]),
    'preauthentication-disabled': (
        [user(4738, 0, 'bob', UserAccountControl='\r\n\t\t%%2096')],
        [user(4738, 0, 'bob', UserAccountControl='\r\n\t\t%%2089')],
        [{**BY, 'TargetAccount': 'CORP\\bob'}]),
    'user-named-as-computer': (
        [user(4720, 0, 'WS99$')],
        [user(4720, 0, 'alice'), user(4741, 1, 'WS98$')],
        [{**BY, 'TargetAccount': 'CORP\\WS99$'}]),
    'computer-renamed': (
        [renamed('WS01$', 'DC01')],
        [renamed('WS01$', 'WS02$'), renamed('bob', 'robert')],
        [{**BY, 'OldName': 'WS01$', 'NewName': 'DC01'}]),
    'lsass-access': (
        [opened(4656, LSASS, PROGRAM)],
        [opened(4656, LSASS, 'C:\\Windows\\System32\\wbem\\WmiPrvSE.exe'),
         opened(4663, LSASS, PROGRAM, 'File'),
         opened(4663, LSASS.replace('lsass', 'notepad'), PROGRAM)],
        [{**BY, 'ProcessName': PROGRAM}]),
    'program-to-admin-share': (
        [written('\\\\*\\ADMIN$', 'PSEXESVC.exe')],
        [written('\\\\*\\ADMIN$', 'PSEXESVC.exe', '%%4416'),
         written('\\\\*\\public', 'setup.exe'),
         written('\\\\*\\C$', 'notes.txt')],
        [{**BY, 'IpAddress': ATTACKER, 'RelativeTargetName':
          'PSEXESVC.exe'}]),
    'backups-deleted': (
        [command('vssadmin.exe  Delete Shadows /all /quiet'.replace('  ', ' ')),
         command('wbadmin delete catalog -quiet')],
        [command('vssadmin.exe list shadows')],
        [{'Account': 'CORP\\mallory'}, {'Account': 'CORP\\mallory'}]),
    'auditing-disabled': (
        [policy('%%8448')],
        [policy('%%8449, %%8451'), policy('%%8448', 'S-1-5-18')],
        [{**BY, 'AuditPolicyChanges': '%%8448'}]),
}

# What the questions find in real logs: in this file, so many rows.
CORPUS = {
    'password-guessing': (
        'hayabusa/DeepBlueCLI/smb-password-guessing-security.evtx', 1),
    'kerberoasting': (
        'mitre/TA0006-Credential Access/T1558-Steal or Forge Kerberos Tickets/'
        'ID4769-Kerberoast ticket with low encryption.evtx', 1),
    'asrep-roasting': (
        'mitre/TA0006-Credential Access/T1558-Steal or Forge Kerberos Tickets/'
        'ID4768-Kerberos AS-REP Roasting.evtx', 1),
    'dcsync': ('hayabusa/EVTX-ATTACK-SAMPLES/Credential Access/'
               'CA_DCSync_4662.evtx', 3),
    'delegation-to-computer': (
        'mitre/TA0003-Persistence/T1098.xxx-Account manipulation/'
        'ID5136-Computer account set for RBCD delegation.evtx', 1),
    'replication-rights': (
        'hayabusa/EVTX-ATTACK-SAMPLES/Privilege Escalation/'
        'privexchange_dirkjan.evtx', 1),
    'suspicious-service': (
        'mitre/TA0003-Persistence/T1543.003-Create or Modify System Process-'
        'Windows Service/ID7045-4697-SMBexec service registration.evtx', 1),
    'suspicious-task': (
        'hayabusa/EVTX-ATTACK-SAMPLES/Lateral Movement/'
        'LM_ScheduledTask_ATSVC_target_host.evtx', 1),
    'privileged-group': (
        'mitre/TA0003-Persistence/T1098.xxx-Account manipulation/'
        'ID4728-4756-Member added to sensitive domain groups.evtx', 3),
    'new-local-admin': (
        'hayabusa/DeepBlueCLI/new-user-security.evtx', 1),
    'cleared-log': (
        'mitre/TA0005-Defense Evasion/T1070.001-Clear Windows event logs/'
        'ID104-1102-Event log cleared.evtx', 1),
    'short-lived-account': (
        'mitre/TA0003-Persistence/T1136-Create account/'
        'ID4720-4726 Fast created-deleted user.evtx', 1),
    'pass-the-hash': (
        'mitre/TA0008-Lateral Movement/T1550-Use Alternate Authentication '
        'Material/ID4624-Mimikatz Pass the hash.evtx', 1),
    'rdp-tunnel': ('hayabusa/EVTX-ATTACK-SAMPLES/Command and Control/'
                   'DE_RDP_Tunneling_4624.evtx', 1),
    'dsrm-password': ('hayabusa/EVTX-ATTACK-SAMPLES/Credential Access/'
                      '4794_DSRM_password_change_t1098.evtx', 1),
    'preauthentication-disabled': (
        'mitre/TA0003-Persistence/T1098.xxx-Account manipulation/'
        'ID4738-Do not require Kerberos preauthentication.evtx', 1),
    'user-named-as-computer': (
        'hayabusa/EVTX-ATTACK-SAMPLES/Defense Evasion/'
        'DE_Fake_ComputerAccount_4720.evtx', 2),
    'computer-renamed': (
        'mitre/EVTX_full_APT_attack_steps/ID47x,4661-4662,5136,4688,4697-SAM '
        'the admin (CVE-2021-42287).evtx', 1),
    'lsass-access': ('hayabusa/EVTX-ATTACK-SAMPLES/Credential Access/'
                     'CA_hashdump_4663_4656_lsass_access.evtx', 2),
    'program-to-admin-share': (
        'hayabusa/EVTX-ATTACK-SAMPLES/Lateral Movement/'
        'LM_renamed_psexecsvc_5145.evtx', 2),
    'backups-deleted': (
        'mitre/TA0040-Impact/T1490-Inhibit System Recovery/'
        'ID4688-Delete Window backup (webadmin).evtx', 1),
}
