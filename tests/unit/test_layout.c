/* SPDX-License-Identifier: Apache-2.0 */
#include "input/layout.h"
#include "tests/unit/helper.h"

struct expected {
	const char *name;
	const char *tool; /* NULL: plain */
	const char *host; /* NULL: not told */
	unsigned shadow;
	const char *path;
};

#define LOGS "\\Windows\\System32\\winevt\\Logs\\"

static const struct expected velociraptor[] = {
	{ "/ev/Collection-WS01_corp_local-2024-05-01T12_00_00Z.zip!/uploads/"
	  "auto/C%3A/Windows/System32/winevt/Logs/Microsoft-Windows-Foo%254"
	  "Operational.evtx",
	    "velociraptor", "WS01_corp_local", 0,
	    "C:" LOGS "Microsoft-Windows-Foo%4Operational.evtx" },
	{ "WS-7-C.0123456789abcdef-F.CABCDEF.zip!/clients/C.0123/collections/"
	  "F.1/uploads/ntfs/%5C%5C.%5CC%3A/Windows/System32/winevt/Logs/a.evtx",
	    "velociraptor", "WS-7", 0, "C:" LOGS "a.evtx" },
	{ "x/Uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShad"
	  "owCopy12/Windows/System32/winevt/Logs/a.evtx",
	    "velociraptor", NULL, 12,
	    "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy12" LOGS
	    "a.evtx" },
	{ "uploads/auto/D%3a/x.evtx", "velociraptor", NULL, 0, "D:\\x.evtx" },
};

static const struct expected drives[] = {
	{ "/ev/WS01/C/Windows/System32/winevt/logs/a.evtx", "kape", "WS01", 0,
	    "C:\\Windows\\System32\\winevt\\logs\\a.evtx" },
	{ "in.zip!/C/Windows/System32/winevt/Logs/a.evtx", "kape", NULL, 0,
	    "C:" LOGS "a.evtx" },
	{ "2024-05-01T120000_WS01.zip!/C/Windows/System32/winevt/Logs/a.evtx",
	    "kape", "WS01", 0, "C:" LOGS "a.evtx" },
	{ "k.zip!/WS02\\VSS3\\Windows\\System32\\winevt\\Logs\\a.evtx", "kape",
	    "WS02", 3, LOGS "a.evtx" },
	{ "out/VSS1/D/Windows/a.evtx", "kape", NULL, 1, "D:\\Windows\\a.evtx" },
	{ "out.zip!/VSS1/D/x/a.evtx", "kape", NULL, 1, "D:\\x\\a.evtx" },
	{ "HOST1.zip!/C/vss002/Windows/a.evtx", "kape", "HOST1", 2,
	    "C:\\Windows\\a.evtx" },
	{ "C/VSS3/D/a.evtx", NULL, NULL, 0, "" },
	{ "/ev/SRV-DC1.zip!/C/Windows/System32/winevt/Logs/a.evtx", "cylr",
	    "SRV-DC1", 0, "C:" LOGS "a.evtx" },
	{ "SRV.tar.gz!/d:/old/a.evtx", "cylr", "SRV", 0, "d:\\old\\a.evtx" },
};

static const struct expected plain[] = {
	{ "", NULL, NULL, 0, "" },
	{ "///", NULL, NULL, 0, "" },
	{ "C", NULL, NULL, 0, "" },
	{ "/home/c/logs/a.evtx", NULL, NULL, 0, "" },
	{ "uploads/auto/C%3A", NULL, NULL, 0, "" },
	{ "uploads/auto/C%3/a.evtx", NULL, NULL, 0, "" },
	{ "uploads/auto/%/a.evtx", NULL, NULL, 0, "" },
	{ "VSS1/C", NULL, NULL, 0, "" },
	{ "VSS0/Windows/a.evtx", NULL, NULL, 0, "" },
	{ "VSS99999999999999999999/Windows/a.evtx", NULL, NULL, 0, "" },
};

static void
assert_layout(const struct expected *x)
{
	struct layout l;

	layout_init(&l, x->name);
	const struct span host =
	    x->host == NULL ? span_of(NULL, 0) : span_str(x->host);
	const char *const tool = layout_name(l.tool);
	if ((tool == NULL) != (x->tool == NULL) ||
	    (tool != NULL && strcmp(tool, x->tool) != 0) ||
	    !span_eq(l.host, host) || l.shadow != x->shadow ||
	    !span_eq(buf_span(&l.path), span_str(x->path)))
		fail_msg("%s: %s, host %.*s, copy %u, path %.*s", x->name,
		    tool == NULL ? "plain" : tool, (int)l.host.n,
		    l.host.n == 0 ? "" : (const char *)l.host.p, l.shadow,
		    (int)l.path.n, l.path.n == 0 ? "" : (const char *)l.path.p);
	layout_reset(&l);
}

static void
test_velociraptor(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(velociraptor) / sizeof(*velociraptor);
	     i++)
		assert_layout(&velociraptor[i]);
}

static void
test_folders_of_drives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(drives) / sizeof(*drives); i++)
		assert_layout(&drives[i]);
}

static void
test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		assert_layout(&plain[i]);
}

/* A name with many parts is handled in linear time. */
static void
test_deep_names(void **state)
{
	char name[4000];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "C/", 2);
	memcpy(name + sizeof(name) - 2, "x", 2);
	const struct expected x = { name, NULL, NULL, 0, "" };
	assert_layout(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_velociraptor),
		cmocka_unit_test(test_folders_of_drives),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_deep_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
