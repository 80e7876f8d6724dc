/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "world.h"

#define SYS32 "C:\\Windows\\System32\\"
#define EVERYONE "D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains \"%WINDIR%\\*\"))"
#define OTHERS "D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains \"%OSDRIVE%\\*\"))"
#define MS_FQBN \
	"O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US\\MICROSOFT" \
	"\xc2\xae WINDOWS\xc2\xae OPERATING SYSTEM\\"

const char *const world_users[WORLD_USERS] = { "alice", "bob", "carol", "dave",
	"erin", "frank", "grace", "heidi", "ivan", "judy", "svc-backup",
	"Administrator" };

const char *const world_machines[WORLD_MACHINES] = { "DC01", "DC02", "FS01",
	"SQL01", "WS01", "WS02", "WS03", "WS04", "WS05", "WS06" };

const char *const world_addresses[WORLD_ADDRESSES] = { "10.20.0.11",
	"10.20.0.12", "10.20.0.21", "10.20.0.22", "10.20.1.101", "10.20.1.102",
	"10.20.1.103", "10.20.1.104", "10.20.1.105", "10.20.1.106",
	"192.0.2.44", "198.51.100.7", "203.0.113.99", "2001:db8::7" };

const struct world_program world_programs[WORLD_PROGRAMS] = {
	{ SYS32 "cmd.exe", "Cmd.Exe", "cmd.exe /c dir \"C:\\Program Files\"",
	    "C:\\Windows\\explorer.exe" },
	{ SYS32 "svchost.exe", "svchost.exe",
	    SYS32 "svchost.exe -k netsvcs -p -s Schedule",
	    SYS32 "services.exe" },
	{ SYS32 "WindowsPowerShell\\v1.0\\powershell.exe", "PowerShell.EXE",
	    "powershell.exe -NoProfile -Command \"Get-Service | Where-Object "
	    "{$_.Status -eq 'Running'}\"",
	    SYS32 "cmd.exe" },
	{ SYS32 "whoami.exe", "whoami.exe", "whoami /groups", SYS32 "cmd.exe" },
	{ SYS32 "net1.exe", "net1.exe", "net1 localgroup administrators",
	    SYS32 "net.exe" },
	{ "C:\\Program Files\\App\xc2\xb5\\app.exe", "app.exe",
	    "\"C:\\Program Files\\App\xc2\xb5\\app.exe\" --start <&>",
	    "C:\\Windows\\explorer.exe" },
	{ SYS32 "lsass.exe", "lsass.exe", SYS32 "lsass.exe",
	    SYS32 "wininit.exe" },
	{ SYS32 "wbem\\WmiPrvSE.exe", "Wmiprvse.exe",
	    SYS32 "wbem\\wmiprvse.exe -secured -Embedding",
	    SYS32 "svchost.exe" },
};

const struct world_app world_apps[WORLD_APPS] = {
	{ "a61c8b2c-a319-4cd0-9690-d2177cad7b51",
	    "(Default Rule) All files located in the Windows folder", EVERYONE,
	    "%SYSTEM32%\\CMD.EXE", SYS32 "cmd.exe",
	    MS_FQBN "CMD.EXE\\10.0.19041.746" },
	{ "a61c8b2c-a319-4cd0-9690-d2177cad7b51",
	    "(Default Rule) All files located in the Windows folder", EVERYONE,
	    "%SYSTEM32%\\WHOAMI.EXE", SYS32 "whoami.exe",
	    MS_FQBN "WHOAMI.EXE\\10.0.19041.1" },
	{ "921cc481-6e17-4653-8f75-050b80acca20",
	    "(Default Rule) All files located in the Program Files folder",
	    EVERYONE, "%PROGRAMFILES%\\APP\xc2\xb5\\APP.EXE",
	    "C:\\Program Files\\App\xc2\xb5\\app.exe", "-" },
	{ "00000000-0000-0000-0000-000000000000", "-", "-",
	    "%OSDRIVE%\\USERS\\ALICE\\DOWNLOADS\\SETUP.EXE",
	    "C:\\Users\\alice\\Downloads\\setup.exe", "-" },
	{ "5e3ec135-b5af-4961-ae4d-cde98710afc9", "Block: tools of others",
	    OTHERS, "%OSDRIVE%\\TEMP\\MIMIKATZ.EXE", "C:\\Temp\\mimikatz.exe",
	    "-" },
};

const char *const world_script[] = {
	"$ErrorActionPreference = 'Stop'\n",
	"function Get-Inventory {\n    param([string[]]$ComputerName)\n",
	"    foreach ($c in $ComputerName) {\n",
	"        Get-CimInstance -ClassName Win32_Process -ComputerName $c |\n",
	"            Select-Object Name, ProcessId, CommandLine\n    }\n}\n",
	"$list = Get-Content \"$env:TEMP\\hosts.txt\"\n",
	"if ($list.Count -gt 0 -and $list[0] -ne '') { Write-Verbose 'ok' }\n",
	"Invoke-Command -ComputerName $list -ScriptBlock { whoami /all }\n",
	"# grüß dich, 日本, 😀\n",
	"$b = [Convert]::FromBase64String('AAECAwQFBgcICQ==')\r\n",
	NULL,
};
