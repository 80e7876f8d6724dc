/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events outside Security-Auditing: the log cleared, a new service, Sysmon,
 * PowerShell, AppLocker.
 */
#include "catalog.h"

#define PLAIN 0x8000000000000000U
#define WINDOWS_1 \
	"http://schemas.microsoft.com/schemas/event/Microsoft.Windows/1.0.0.0"

static const struct catalog_provider eventlog = {
	.alias = "Eventlog",
	.name = "Microsoft-Windows-Eventlog",
	.guid = "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148",
	.channel = "Security",
	.style = EVENT_CLASSIC,
};

static const struct catalog_provider services = {
	.alias = "System",
	.name = "Service Control Manager",
	.guid = "555908d1-a6d7-4695-8e1e-26931d2012f4",
	.source = "Service Control Manager",
	.channel = "System",
	.style = EVENT_CLASSIC,
};

static const struct catalog_provider sysmon = {
	.alias = "Sysmon",
	.name = "Microsoft-Windows-Sysmon",
	.guid = "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
	.channel = "Microsoft-Windows-Sysmon/Operational",
	.style = EVENT_REALTIME,
};

static const struct catalog_provider powershell = {
	.alias = "PowerShell",
	.name = "Microsoft-Windows-PowerShell",
	.guid = "A0C1853B-5C40-4B15-8766-3CF1C58F985A",
	.channel = "Microsoft-Windows-PowerShell/Operational",
	.style = EVENT_REALTIME,
};

static const struct catalog_provider applocker = {
	.alias = "AppLocker",
	.name = "Microsoft-Windows-AppLocker",
	.guid = "CBDA4DBF-8D5D-4F69-9578-BE14AA540D22",
	.channel = "Microsoft-Windows-AppLocker/EXE and DLL",
	.style = EVENT_REALTIME,
};

#define RULE_AND_FILE \
	"PolicyNameLength:uint16=@len\n" \
	"PolicyName:string=EXE\n" \
	"RuleId:guid=@appid\n" \
	"RuleNameLength:uint16=@len\n" \
	"RuleName:string=@apprule\n" \
	"RuleSddlLength:uint16=@len\n" \
	"RuleSddl:string=@appsddl\n" \
	"TargetUser:sid=@tsid\n" \
	"TargetProcessId:uint32=@pid\n" \
	"FilePathLength:uint16=@len\n" \
	"FilePath:string=@apppath\n" \
	"FileHashLength:uint16=@len\n" \
	"FileHash:binary=@sha256\n" \
	"FqbnLength:uint16=@len\n" \
	"Fqbn:string=@appfqbn\n" \
	"TargetLogonId:hex64=@tlid\n" \
	"FullFilePathLength:uint16=@len\n" \
	"FullFilePath:string=@appfull\n"

const struct catalog_entry catalog_other[] = {
	{ .provider = &eventlog,
	    .id = 1102,
	    .task = 104,
	    .level = 4,
	    .keywords = 0x4020000000000000U,
	    .wrapper = "LogFileCleared",
	    .xmlns =
		"http://manifests.microsoft.com/win/2004/08/windows/eventlog",
	    .cut = { { 0, 4 } },
	    .fields = "SubjectUserSid:sid=@ssid\n"
		      "SubjectUserName:string=@sname\n"
		      "SubjectDomainName:string=@sdom\n"
		      "SubjectLogonId:hex64=@slid\n" },
	{ .provider = &services,
	    .id = 7045,
	    .level = 4,
	    .qualifiers = 16384,
	    .keywords = 0x8080000000000000U,
	    .user = "@ssid",
	    .cut = { { 0, 5 } },
	    .fields =
		"ServiceName:string=Update Helper|PSEXESVC|WinDefend|"
		"Spooler Extension\n"
		"ImagePath:string=%SystemRoot%\\\\PSEXESVC.exe|@appfull|"
		"%COMSPEC% /c ping -n 1 127.0.0.1 >nul\n"
		"ServiceType:string=user mode service|kernel mode driver\n"
		"StartType:string=demand start|auto start\n"
		"AccountName:string=LocalSystem\n" },
	{ .provider = &sysmon,
	    .id = 1,
	    .task = 1,
	    .level = 4,
	    .keywords = PLAIN,
	    .user = "S-1-5-18",
	    .cut = { { 5, 22 } },
	    .fields =
		"RuleName:string=|-|technique_id=T1059\n"
		"UtcTime:string=@utc\n"
		"ProcessGuid:guid=@guid\n"
		"ProcessId:uint32=@pid\n"
		"Image:string=@proc\n"
		"FileVersion:string=10.0.19041.1 (WinBuild.160101.0800)|-\n"
		"Description:string=Windows Command Processor|-\n"
		"Product:string=Microsoft\\xae Windows\\xae Operating System\n"
		"Company:string=Microsoft Corporation\n"
		"OriginalFileName:string=@appname\n"
		"CommandLine:string=@cmd\n"
		"CurrentDirectory:string=C:\\\\Windows\\\\system32\\\\\n"
		"User:string=NT AUTHORITY\\\\SYSTEM|CORP\\\\alice\n"
		"LogonGuid:guid=@guid\n"
		"LogonId:hex64=@slid\n"
		"TerminalSessionId:uint32=0|1|2\n"
		"IntegrityLevel:string=System|High|Medium\n"
		"Hashes:string=@hashes\n"
		"ParentProcessGuid:guid=@guid\n"
		"ParentProcessId:uint32=@ppid\n"
		"ParentImage:string=@pproc\n"
		"ParentCommandLine:string=@pproc\n" },
	{ .provider = &powershell,
	    .id = 4104,
	    .task = 2,
	    .level = 5,
	    .opcode = 15,
	    .keywords = 0,
	    .user = "@ssid",
	    .cut = { { 1, 5 } },
	    .fields = "MessageNumber:int32=1\n"
		      "MessageTotal:int32=1\n"
		      "ScriptBlockText:string=@script\n"
		      "ScriptBlockId:string=@guid\n"
		      "Path:string=|C:\\\\Users\\\\alice\\\\run.ps1\n" },
	{ .provider = &applocker,
	    .id = 8002,
	    .level = 4,
	    .keywords = PLAIN,
	    .user = "@tsid",
	    .wrapper = "RuleAndFileData",
	    .xmlns = WINDOWS_1,
	    .cut = { { 0, 18 } },
	    .fields = RULE_AND_FILE },
	{ .provider = &applocker,
	    .id = 8004,
	    .level = 2,
	    .keywords = PLAIN,
	    .user = "@tsid",
	    .wrapper = "RuleAndFileData",
	    .xmlns = WINDOWS_1,
	    .cut = { { 0, 18 } },
	    .fields = RULE_AND_FILE },
	{ .provider = NULL },
};
