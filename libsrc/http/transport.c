/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transport.h"

const struct transport transport_http = {
	.create = http_create,
	.destroy = http_destroy,
	.start = http_start,
	.in_flight = http_in_flight,
	.wait = http_wait,
	.wake = http_wake,
	.next_answer = http_next_answer,
	.cancel_all = http_cancel_all,
};
