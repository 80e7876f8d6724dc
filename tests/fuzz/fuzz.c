/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "tests/fuzz/fuzz.h"

#define SLOTS 4U

_Noreturn void
fuzz_fail(const char *what, const char *file, int line)
{
	(void)fprintf(
	    stderr, "%s:%d: this does not hold: %s\n", file, line, what);
	abort();
}

static void
need_line(struct span line)
{
	const bool valid = fuzz_json_valid(line);

	if (!valid)
		(void)fprintf(stderr, "no JSON: %.*s\n", (int)line.n,
		    (const char *)line.p);
	FUZZ_NEED(valid);
	cJSON *const json = cJSON_ParseWithLength((const char *)line.p, line.n);
	FUZZ_NEED(cJSON_IsObject(json));
	cJSON_Delete(json);
}

void
fuzz_need_lines(struct span text)
{
	while (text.n != 0) {
		const uint8_t *const lf = memchr(text.p, '\n', text.n);
		FUZZ_NEED(lf != NULL);
		const size_t n = (size_t)(lf - text.p);
		need_line(span_of(text.p, n));
		text = span_of(lf + 1, text.n - n - 1);
	}
}

static int
descriptor(unsigned slot)
{
	static int fds[SLOTS] = { -1, -1, -1, -1 };

	FUZZ_NEED(slot < SLOTS);
	if (fds[slot] == -1)
		fds[slot] = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_NEED(fds[slot] != -1);
	return fds[slot];
}

int
fuzz_empty(unsigned slot)
{
	const int fd = descriptor(slot);

	FUZZ_NEED(ftruncate(fd, 0) == 0);
	FUZZ_NEED(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
write_all(int fd, struct span bytes)
{
	if (bytes.n != 0)
		FUZZ_NEED(write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
}

const char *
fuzz_file(unsigned slot, struct span bytes)
{
	static char paths[SLOTS][32];

	write_all(fuzz_empty(slot), bytes);
	(void)snprintf(paths[slot], sizeof(paths[slot]), "/proc/self/fd/%d",
	    descriptor(slot));
	return paths[slot];
}

struct span
fuzz_content(unsigned slot)
{
	static uint8_t *content;
	struct stat st;
	const int fd = descriptor(slot);

	FUZZ_NEED(fstat(fd, &st) == 0);
	free(content);
	const size_t n = (size_t)st.st_size;
	content = malloc(n == 0 ? 1 : n);
	FUZZ_NEED(content != NULL);
	FUZZ_NEED(pread(fd, content, n, 0) == (ssize_t)n);
	return span_of(content, n);
}

static char folder[] = "/tmp/fuzz-XXXXXX";

static void
remove_folder(void)
{
	const char *const inside[] = { "segments/000001.ndjson", "segments",
		"manifest.json" };
	const int dir = open(folder, O_RDONLY | O_DIRECTORY);

	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		const int flags = i == 1 ? AT_REMOVEDIR : 0;
		(void)unlinkat(dir, inside[i], flags);
	}
	(void)close(dir);
	(void)rmdir(folder);
}

const char *
fuzz_folder(void)
{
	static bool made;

	if (!made) {
		FUZZ_NEED(mkdtemp(folder) != NULL);
		FUZZ_NEED(atexit(remove_folder) == 0);
		made = true;
	}
	return folder;
}

void
fuzz_write(const char *dir, const char *name, struct span bytes)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FUZZ_NEED(fd != -1);
	write_all(fd, bytes);
	(void)close(fd);
}
