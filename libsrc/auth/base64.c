/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>

#include "auth/base64.h"

void
base64_put(struct buf *out, struct span bytes)
{
	/* EVP_EncodeBlock() writes a NUL after the text. */
	uint8_t *const to = buf_room(out, (bytes.n + 2) / 3 * 4 + 1);

	if (to != NULL)
		out->n += (size_t)EVP_EncodeBlock(to, bytes.p, (int)bytes.n);
}

void
base64_put_url(struct buf *out, struct span bytes)
{
	const size_t from = out->n;

	base64_put(out, bytes);
	while (out->n > from && out->p[out->n - 1] == '=')
		out->n--;
	for (size_t i = from; i < out->n; i++) {
		if (out->p[i] == '+')
			out->p[i] = '-';
		if (out->p[i] == '/')
			out->p[i] = '_';
	}
}

bool
base64_parse_url(struct span text, struct buf *out)
{
	struct buf padded;

	buf_init(&padded, out->max + 4);
	for (size_t i = 0; i < text.n; i++)
		buf_byte(&padded, text.p[i] == '-'   ? '+'
				  : text.p[i] == '_' ? '/'
						     : text.p[i]);
	while (padded.n % 4 != 0)
		buf_byte(&padded, '=');
	uint8_t *const to = buf_room(out, padded.n / 4 * 3 + 1);
	const int got = padded.full || to == NULL || padded.n == 0
			    ? -1
			    : EVP_DecodeBlock(to, padded.p, (int)padded.n);
	buf_wipe(&padded);
	if (got < 0)
		return false;
	out->n += (size_t)got;
	/* EVP_DecodeBlock() decodes the padding as NULs. */
	while (out->n > 0 && out->p[out->n - 1] == '\0')
		out->n--;
	return true;
}
