/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transport.h"

const struct transport transport_http = {
	.create = http_create,
	.destroy = http_destroy,
	.start = http_start,
	.busy = http_busy,
	.wait = http_wait,
	.wake = http_wake,
	.take = http_take,
	.abandon = http_abandon,
};
