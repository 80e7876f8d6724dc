/* SPDX-License-Identifier: Apache-2.0 */
#include <libdeflate.h>

#include "util/crc.h"

uint32_t
crc_add(uint32_t crc, struct span s)
{
	return libdeflate_crc32(crc, s.p, s.n);
}
