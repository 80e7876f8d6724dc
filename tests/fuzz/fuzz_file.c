/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole file through the conversion. In every chunk that stands where one
 * belongs the checksums are made right, unless the file says 'X' where the
 * last zero of its signature is.
 */
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "evtx/decoder_native.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/lines.h"
#include "util/scratch.h"

#define FILE_MAX ((size_t)4 << 20)

static uint32_t
get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static void
seal_chunks(uint8_t *bytes, size_t size)
{
	for (size_t at = CHUNK_FILE_HEADER;
	     at < size && size - at >= CHUNK_BYTES; at += CHUNK_BYTES) {
		if (memcmp(bytes + at, "ElfChnk", 8) == 0)
			lines_seal(bytes + at, get32(bytes + at + 48), false);
	}
}

static void
convert(const char *path, const struct schema *schema)
{
	static struct select any = { .set = { .any = true }, .to = UINT64_MAX };
	char *const name = strdup(path);
	struct scratch scratch = { .dir = fuzz_folder() };
	struct walk walk = { .scratch = &scratch };
	const struct writer_options wo = { .fd = fuzz_empty(1) };
	const struct convert_options o = {
		.worker = { .decoder = &decoder_native,
		    .record = { .schema = schema, .select = &any } },
		.jobs = 1,
		.scratch = &scratch,
	};
	struct manifest m;
	struct writer *out = NULL;
	struct err e;

	memset(&m, 0, sizeof(m));
	err_clear(&e);
	FUZZ_NEED(name != NULL);
	FUZZ_NEED(walk_operands(&walk, &name, 1, &e) == RC_OK);
	FUZZ_NEED(writer_open(&out, &wo, &e) == RC_OK);
	FUZZ_NEED(convert_run(&o, &walk, out, &m, &e) == RC_OK);
	FUZZ_NEED(account_closes(&m.account));
	writer_close(out);
	manifest_free(&m);
	walk_free(&walk);
	free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 8 || size > FILE_MAX)
		return 0;
	uint8_t *const bytes = malloc(size);
	FUZZ_NEED(bytes != NULL);
	memcpy(bytes, data, size);
	if (bytes[7] != 'X')
		seal_chunks(bytes, size);
	const char *const path = fuzz_file(0, span_of(bytes, size));
	free(bytes);
	convert(path, &schema_raw);
	const struct span lines = fuzz_content(1);
	fuzz_need_lines(lines);
	FUZZ_NEED(lines.n <= 64 * (size + CHUNK_BYTES));
	return 0;
}
