/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/decoder.h"
#include "evtx/decoder_compare.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"

static const struct decoder_kind *const kinds[] = { &decoder_native,
	&decoder_libevtx, &decoder_compare };

const struct decoder_kind *
decoder_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	}
	return NULL;
}
