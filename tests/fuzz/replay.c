/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target on files and on all files of folders: one file when a
 * finding is looked at; without any, the target's corpus, in every test run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/io.h"

#define FILE_MAX ((size_t)64 << 20)

/* The input has its exact size, so that a sanitizer sees what is beyond. */
static unsigned
run_file(const char *path)
{
	struct buf b;
	struct err e;

	buf_init(&b, FILE_MAX);
	FUZZ_NEED(io_slurp(AT_FDCWD, path, &b, &e) == RC_OK);
	/* libFuzzer's empty input has no address either. */
	uint8_t *const input = b.n == 0 ? NULL : malloc(b.n);
	FUZZ_NEED(input != NULL || b.n == 0);
	for (size_t i = 0; i < b.n; i++)
		input[i] = b.p[i];
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(input, b.n);
	free(input);
	buf_reset(&b);
	return 1;
}

static unsigned
run_folder(const char *path)
{
	struct dirent **names;
	unsigned n = 0;
	char file[4096];
	const int found = scandir(path, &names, NULL, alphasort);

	FUZZ_NEED(found != -1);
	for (int i = 0; i < found; i++) {
		(void)snprintf(
		    file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			n += run_file(file);
		free(names[i]);
	}
	free(names);
	return n;
}

static unsigned
run(const char *path)
{
	struct stat st;

	FUZZ_NEED(stat(path, &st) == 0);
	return S_ISDIR(st.st_mode) ? run_folder(path) : run_file(path);
}

/* The corpus of this program, replay_NAME, in the sources that a test run
 * names. */
static unsigned
run_corpus(const char *program)
{
	const char *const slash = strrchr(program, '/');
	const char *const name =
	    strstr(slash == NULL ? program : slash, "replay_");
	const char *const sources = getenv("srcdir");
	char path[4096];

	FUZZ_NEED(name != NULL);
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    sources != NULL ? sources : ".", name + strlen("replay_"));
	return run(path);
}

int
main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++)
		n += run(argv[i]);
	if (argc == 1)
		n = run_corpus(argv[0]);
	(void)printf("%u inputs\n", n);
	/* A corpus that is not there tests nothing. */
	return n == 0 ? 1 : 0;
}
