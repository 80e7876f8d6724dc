/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every record went. Each one that is found ends in exactly one term:
 *
 *   found = emitted + sum of filtered + duplicate + damaged
 *
 * What is not in the sum stands beside it: regions are damaged byte ranges
 * without a record header; unchecked counts the emitted records of chunks whose
 * checksum fails; hidden counts records that another one swallowed, repaired
 * those that were read after a repair (emitted or filtered); inferred counts
 * lines whose time is not their own;
 * disagreements counts records that two decoders read differently, one_sided
 * those that only one of the two could read; other_channels counts emitted
 * records of channels that are not those of the schema's table; conflicts
 * counts lines with the RecordKey of another line that says something else;
 * borrowed counts records (emitted or filtered) whose template another chunk
 * had. Old records in free space are in no term of the sum, they are recovered
 * (one line each), recovered_filtered or recovered_damaged.
 */
#ifndef STAGE_ACCOUNT_H
#define STAGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_REASONS 12U

struct account {
	uint64_t found;
	uint64_t emitted;
	uint64_t filtered[ACCOUNT_REASONS]; /* by reason, named elsewhere */
	uint64_t duplicate;
	uint64_t damaged;
	uint64_t borrowed;
	uint64_t recovered;
	uint64_t recovered_filtered;
	uint64_t recovered_damaged;
	uint64_t regions;
	uint64_t unchecked;
	uint64_t hidden;
	uint64_t repaired;
	uint64_t names; /* believed, though they do not fit their hash */
	uint64_t inferred;
	uint64_t long_fields; /* values that were cut: schema/value_limit.h */
	uint64_t disagreements;
	uint64_t one_sided;
	uint64_t conflicts;
	uint64_t other_channels;
	uint64_t first_time; /* least and largest FILETIME, 0 if none */
	uint64_t last_time;
};

void account_add(struct account *to, const struct account *from);

/* Count a record's time. */
void account_time(struct account *a, uint64_t filetime);

uint64_t account_filtered(const struct account *a);

/* Whether the sum holds. */
bool account_closes(const struct account *a);

#endif
