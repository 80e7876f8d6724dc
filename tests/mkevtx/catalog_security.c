/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft-Windows-Security-Auditing: names and types as its manifest has
 * them, task and keywords as in real logs.
 */
#include "catalog.h"

#define SUCCESS 0x8020000000000000U
#define FAILURE 0x8010000000000000U

#define SUBJECT \
	"SubjectUserSid:sid=@ssid\n" \
	"SubjectUserName:string=@sname\n" \
	"SubjectDomainName:string=@sdom\n" \
	"SubjectLogonId:hex64=@slid\n"

#define SYSTEM_SUBJECT \
	"SubjectUserSid:sid=S-1-5-18\n" \
	"SubjectUserName:string=@mname\n" \
	"SubjectDomainName:string=CORP\n" \
	"SubjectLogonId:hex64=0x3e7\n"

#define TARGET \
	"TargetUserName:string=@tname\n" \
	"TargetDomainName:string=@tdom\n" \
	"TargetSid:sid=@tsid\n"

#define ADDRESS \
	"IpAddress:string=@ip\n" \
	"IpPort:string=@port\n"

#define MEMBER_FIELDS(group, domain, sid) \
	"MemberName:string=@tdn\n" \
	"MemberSid:sid=@tsid\n" \
	"TargetUserName:string=" group "\n" \
	"TargetDomainName:string=" domain "\n" \
	"TargetSid:sid=" sid "\n" SUBJECT "PrivilegeList:string=-\n" \
	"MembershipExpirationTime:filetime=2030-01-01T00:00:00Z\n"

#define DOMAIN_SID "S-1-5-21-1004336348-1177238915-682003330-"

static const struct catalog_provider security = {
	.alias = "Security",
	.name = "Microsoft-Windows-Security-Auditing",
	.guid = "54849625-5478-4994-A5BA-3E3B0328C30D",
	.channel = "Security",
	.style = EVENT_REALTIME,
};

const struct catalog_entry catalog_security[] = {
	{ .provider = &security,
	    .id = 4624,
	    .task = 12544,
	    .keywords = SUCCESS,
	    .cut = { { 0, 20 }, { 1, 21 }, { 2, 27 } },
	    .fields = SYSTEM_SUBJECT
	    "TargetUserSid:sid=@tsid\n"
	    "TargetUserName:string=@tname\n"
	    "TargetDomainName:string=@tdom\n"
	    "TargetLogonId:hex64=@tlid\n"
	    "LogonType:uint32=3|3|3|3|2|5|7|10|11\n"
	    "LogonProcessName:string=Kerberos|NtLmSsp |User32 |Advapi  \n"
	    "AuthenticationPackageName:string=Kerberos|NTLM|Negotiate\n"
	    "WorkstationName:string=@host|-\n"
	    "LogonGuid:guid=@guid\n"
	    "TransmittedServices:string=-\n"
	    "LmPackageName:string=-|NTLM V2\n"
	    "KeyLength:uint32=0|128\n"
	    "ProcessId:pointer=0x0|@pid\n"
	    "ProcessName:string=-|C:\\\\Windows\\\\System32\\\\svchost."
	    "exe\n" ADDRESS "ImpersonationLevel:string=%%1833|%%1840\n"
	    "RestrictedAdminMode:string=-\n"
	    "TargetOutboundUserName:string=-\n"
	    "TargetOutboundDomainName:string=-\n"
	    "VirtualAccount:string=%%1843\n"
	    "TargetLinkedLogonId:hex64=0x0|@slid\n"
	    "ElevatedToken:string=%%1842|%%1843\n" },
	{ .provider = &security,
	    .id = 4625,
	    .task = 12544,
	    .keywords = FAILURE,
	    .cut = { { 0, 21 } },
	    .fields = "SubjectUserSid:sid=S-1-0-0\n"
		      "SubjectUserName:string=-\n"
		      "SubjectDomainName:string=-\n"
		      "SubjectLogonId:hex64=0x0\n"
		      "TargetUserSid:sid=S-1-0-0\n"
		      "TargetUserName:string=@tname\n"
		      "TargetDomainName:string=@tdom\n"
		      "Status:hex32=0xc000006d\n"
		      "FailureReason:string=%%2313\n"
		      "SubStatus:hex32=0xc000006a|0xc000006a|0xc0000064\n"
		      "LogonType:uint32=3|3|10\n"
		      "LogonProcessName:string=NtLmSsp \n"
		      "AuthenticationPackageName:string=NTLM\n"
		      "WorkstationName:string=@host\n"
		      "TransmittedServices:string=-\n"
		      "LmPackageName:string=-\n"
		      "KeyLength:uint32=0\n"
		      "ProcessId:pointer=0x0\n"
		      "ProcessName:string=-\n" ADDRESS },
	{ .provider = &security,
	    .id = 4634,
	    .task = 12545,
	    .keywords = SUCCESS,
	    .cut = { { 0, 5 } },
	    .fields = "TargetUserSid:sid=@tsid\n"
		      "TargetUserName:string=@tname\n"
		      "TargetDomainName:string=@tdom\n"
		      "TargetLogonId:hex64=@tlid\n"
		      "LogonType:uint32=3|2|7|10\n" },
	{ .provider = &security,
	    .id = 4648,
	    .task = 12544,
	    .keywords = SUCCESS,
	    .cut = { { 0, 14 } },
	    .fields = SUBJECT "LogonGuid:guid=@guid\n"
			      "TargetUserName:string=@tname\n"
			      "TargetDomainName:string=@tdom\n"
			      "TargetLogonGuid:guid=@guid\n"
			      "TargetServerName:string=@fqdn|localhost\n"
			      "TargetInfo:string=@fqdn|localhost\n"
			      "ProcessId:pointer=@pid\n"
			      "ProcessName:string=@proc\n" ADDRESS },
	{ .provider = &security,
	    .id = 4662,
	    .task = 14080,
	    .keywords = SUCCESS,
	    .cut = { { 0, 14 } },
	    .fields = SUBJECT
	    "ObjectServer:string=DS\n"
	    "ObjectType:string=%{19195a5b-6da0-11d0-afd3-00c04fd930c9}\n"
	    "ObjectName:string=%{c6faf700-bfe4-452a-a766-424f84c29583}\n"
	    "OperationType:string=Object Access\n"
	    "HandleId:pointer=0x0\n"
	    "AccessList:string=%%7688\\r\\n\\t\\t\\t\\t\n"
	    "AccessMask:hex32=0x100\n"
	    "Properties:string=%%7688\\r\\n\\t\\t"
	    "{1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}\\r\\n\\t"
	    "{19195a5b-6da0-11d0-afd3-00c04fd930c9}\\r\\n\n"
	    "AdditionalInfo:string=-\n"
	    "AdditionalInfo2:string=\n" },
	{ .provider = &security,
	    .id = 4663,
	    .task = 12800,
	    .keywords = SUCCESS,
	    .cut = { { 0, 12 }, { 1, 13 } },
	    .fields = SUBJECT "ObjectServer:string=Security\n"
			      "ObjectType:string=File|Process|Key\n"
			      "ObjectName:string=@apppath|@appfull\n"
			      "HandleId:pointer=@handle\n"
			      "AccessList:string=%%4416\\r\\n\\t\\t\\t\\t|"
			      "%%4417\\r\\n\\t\\t\\t\\t\n"
			      "AccessMask:hex32=0x1|0x2|0x10\n"
			      "ProcessId:pointer=@pid\n"
			      "ProcessName:string=@proc\n"
			      "ResourceAttributes:string=-\n" },
	{ .provider = &security,
	    .id = 4672,
	    .task = 12548,
	    .keywords = SUCCESS,
	    .cut = { { 0, 5 } },
	    .fields = SUBJECT
	    "PrivilegeList:string=SeSecurityPrivilege\\r\\n\\t\\t\\t"
	    "SeBackupPrivilege\\r\\n\\t\\t\\tSeRestorePrivilege\\r\\n\\t\\t\\t"
	    "SeTakeOwnershipPrivilege\\r\\n\\t\\t\\tSeDebugPrivilege"
	    "\\r\\n\\t\\t\\tSeSystemEnvironmentPrivilege\\r\\n\\t\\t\\t"
	    "SeLoadDriverPrivilege\\r\\n\\t\\t\\tSeImpersonatePrivilege\n" },
	{ .provider = &security,
	    .id = 4688,
	    .task = 13312,
	    .keywords = SUCCESS,
	    .cut = { { 0, 8 }, { 1, 9 }, { 2, 15 } },
	    .fields = SUBJECT
	    "NewProcessId:pointer=@pid\n"
	    "NewProcessName:string=@proc\n"
	    "TokenElevationType:string=%%1936|%%1937|%%1938\n"
	    "ProcessId:pointer=@ppid\n"
	    "CommandLine:string=@cmd\n"
	    "TargetUserSid:sid=S-1-0-0\n"
	    "TargetUserName:string=-\n"
	    "TargetDomainName:string=-\n"
	    "TargetLogonId:hex64=0x0\n"
	    "ParentProcessName:string=@pproc\n"
	    "MandatoryLabel:sid=S-1-16-8192|S-1-16-12288|S-1-16-16384\n" },
	{ .provider = &security,
	    .id = 4720,
	    .task = 13824,
	    .keywords = SUCCESS,
	    .cut = { { 0, 26 } },
	    .fields = TARGET SUBJECT
	    "PrivilegeList:string=-\n"
	    "SamAccountName:string=@tname\n"
	    "DisplayName:string=%%1793\n"
	    "UserPrincipalName:string=@tupn\n"
	    "HomeDirectory:string=%%1793\n"
	    "HomePath:string=%%1793\n"
	    "ScriptPath:string=%%1793\n"
	    "ProfilePath:string=%%1793\n"
	    "UserWorkstations:string=%%1793\n"
	    "PasswordLastSet:string=%%1794\n"
	    "AccountExpires:string=%%1794\n"
	    "PrimaryGroupId:string=513\n"
	    "AllowedToDelegateTo:string=-\n"
	    "OldUacValue:string=0x0\n"
	    "NewUacValue:string=0x15\n"
	    "UserAccountControl:string=\\r\\n\\t\\t%%2080\\r\\n\\t\\t%%2082"
	    "\\r\\n\\t\\t%%2084\n"
	    "UserParameters:string=%%1793\n"
	    "SidHistory:string=-\n"
	    "LogonHours:string=%%1793|%%1797\n" },
	{ .provider = &security,
	    .id = 4728,
	    .task = 13826,
	    .keywords = SUCCESS,
	    .cut = { { 0, 10 }, { 1, 11 } },
	    .fields =
		MEMBER_FIELDS("Domain Admins", "CORP", DOMAIN_SID "512") },
	{ .provider = &security,
	    .id = 4732,
	    .task = 13826,
	    .keywords = SUCCESS,
	    .cut = { { 0, 10 }, { 1, 11 } },
	    .fields =
		MEMBER_FIELDS("Administrators", "Builtin", "S-1-5-32-544") },
	{ .provider = &security,
	    .id = 4768,
	    .task = 14339,
	    .keywords = SUCCESS,
	    .cut = { { 0, 14 } },
	    .fields = "TargetUserName:string=@tname\n"
		      "TargetDomainName:string=@realm\n"
		      "TargetSid:sid=@tsid\n"
		      "ServiceName:string=krbtgt\n"
		      "ServiceSid:sid=" DOMAIN_SID "502\n"
		      "TicketOptions:hex32=0x40810010\n"
		      "Status:hex32=0x0|0x0|0x0|0x6|0x18\n"
		      "TicketEncryptionType:hex32=0x12|0x12|0x17\n"
		      "PreAuthType:string=2|0|15\n"
		      "IpAddress:string=@ip6\n"
		      "IpPort:string=@port\n"
		      "CertIssuerName:string=\n"
		      "CertSerialNumber:string=\n"
		      "CertThumbprint:string=\n" },
	{ .provider = &security,
	    .id = 4769,
	    .task = 14337,
	    .keywords = SUCCESS,
	    .cut = { { 0, 11 } },
	    .fields = "TargetUserName:string=@tupn\n"
		      "TargetDomainName:string=@realm\n"
		      "ServiceName:string=@mname|krbtgt\n"
		      "ServiceSid:sid=@msid\n"
		      "TicketOptions:hex32=0x40810000|0x40800000\n"
		      "TicketEncryptionType:hex32=0x12|0x12|0x17\n"
		      "IpAddress:string=@ip6\n"
		      "IpPort:string=@port\n"
		      "Status:hex32=0x0|0x0|0x0|0x1b\n"
		      "LogonGuid:guid=@guid\n"
		      "TransmittedServices:string=-\n" },
	{ .provider = &security,
	    .id = 4776,
	    .task = 14336,
	    .keywords = SUCCESS,
	    .cut = { { 0, 4 } },
	    .fields =
		"PackageName:string=MICROSOFT_AUTHENTICATION_PACKAGE_V1_0\n"
		"TargetUserName:string=@tname\n"
		"Workstation:string=@host\n"
		"Status:hex32=0x0|0x0|0xc000006a|0xc0000064\n" },
	{ .provider = &security,
	    .id = 4798,
	    .task = 13824,
	    .keywords = SUCCESS,
	    .cut = { { 0, 9 } },
	    .fields = TARGET SUBJECT "CallerProcessId:pointer=@pid\n"
				     "CallerProcessName:string=@proc\n" },
	{ .provider = &security,
	    .id = 4799,
	    .task = 13826,
	    .keywords = SUCCESS,
	    .cut = { { 0, 9 } },
	    .fields = "TargetUserName:string=Administrators\n"
		      "TargetDomainName:string=Builtin\n"
		      "TargetSid:sid=S-1-5-32-544\n" SUBJECT
		      "CallerProcessId:pointer=@pid\n"
		      "CallerProcessName:string=@proc\n" },
	{ .provider = &security,
	    .id = 5140,
	    .task = 12808,
	    .keywords = SUCCESS,
	    .cut = { { 1, 11 } },
	    .fields = SUBJECT
	    "ObjectType:string=File\n" ADDRESS
	    "ShareName:string=\\\\\\\\*\\\\IPC$|\\\\\\\\*\\\\SYSVOL|"
	    "\\\\\\\\*\\\\C$\n"
	    "ShareLocalPath:string=|\\\\??\\\\C:\\\\Windows\n"
	    "AccessMask:hex32=0x1\n"
	    "AccessList:string=%%4416\\r\\n\\t\\t\\t\\t\n" },
	{ .provider = &security,
	    .id = 5156,
	    .task = 12810,
	    .keywords = SUCCESS,
	    .cut = { { 0, 11 }, { 1, 13 } },
	    .fields = "ProcessID:uint64=@pid\n"
		      "Application:string=@device\n"
		      "Direction:string=%%14592|%%14593\n"
		      "SourceAddress:string=@ip\n"
		      "SourcePort:string=@port\n"
		      "DestAddress:string=@server\n"
		      "DestPort:string=@service\n"
		      "Protocol:uint32=6|6|17\n"
		      "FilterRTID:uint64=@rtid\n"
		      "LayerName:string=%%14610|%%14611\n"
		      "LayerRTID:uint64=44|48|50\n"
		      "RemoteUserID:sid=S-1-0-0\n"
		      "RemoteMachineID:sid=S-1-0-0\n" },
	{ .provider = NULL },
};
