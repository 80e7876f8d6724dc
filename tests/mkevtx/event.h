/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event before it is written: what System says, the body as a shape and
 * its values, and the odd ways in which its record is to be written.
 *
 * Texts are 16-bit units in arenas that outlive the event.
 */
#ifndef MKEVTX_EVENT_H
#define MKEVTX_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "vals.h"

struct event_text {
	const uint8_t *units;
	size_t bytes;
};

/* How the outer template looks. Real-time providers (LSA, Sysmon) leave
 * substitutions for the provider and the channel, classic and Eventlog ones do
 * not. */
enum event_style { EVENT_REALTIME, EVENT_CLASSIC };

/* System elements that an event can lack. */
enum event_lack {
	EVENT_NO_PROVIDER = 1,
	EVENT_NO_VERSION = 2,
	EVENT_NO_KEYWORDS = 4,
	EVENT_NO_TIME = 8,
	EVENT_NO_RECORD = 16,
	EVENT_NO_EXECUTION = 32,
	EVENT_NO_CHANNEL = 64,
	EVENT_NO_COMPUTER = 128
};

enum event_odd {
	EVENT_NO_TEMPLATE = 1,
	EVENT_RAW_BODY = 2,
	EVENT_TWO_FRAGMENTS = 4,
	EVENT_LATE = 8,
	EVENT_MISSING = 16,
	EVENT_SIZE_COPY = 32,
	EVENT_HEADER_TIME = 64
};

enum event_body { EVENT_NONE, EVENT_DATA, EVENT_USER };

struct event {
	enum event_style style;
	unsigned lack; /* of enum event_lack */
	unsigned odd;  /* of enum event_odd */

	struct event_text provider;
	struct event_text source; /* EventSourceName, may be empty */
	struct event_text channel;
	struct event_text computer;
	uint8_t guid[16];
	bool has_guid;

	uint16_t id;
	uint16_t qualifiers;
	bool has_qualifiers;
	uint8_t version;
	uint8_t level;
	uint8_t opcode;
	uint16_t task;
	uint64_t keywords;
	uint64_t time; /* FILETIME */
	uint64_t record;
	uint32_t pid;
	uint32_t tid;
	bool has_activity;
	bool has_related;
	uint8_t activity[16];
	uint8_t related[16];
	uint8_t user[68]; /* SID */
	size_t user_bytes;

	enum event_body body;
	const struct vals_shape *shape; /* of the body */
	struct vals *vals;
};

#endif
