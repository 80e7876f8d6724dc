/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/account.h"

void
account_add(struct account *to, const struct account *from)
{
	to->found += from->found;
	to->emitted += from->emitted;
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++)
		to->filtered[i] += from->filtered[i];
	to->duplicate += from->duplicate;
	to->damaged += from->damaged;
	to->borrowed += from->borrowed;
	to->recovered += from->recovered;
	to->recovered_filtered += from->recovered_filtered;
	to->recovered_damaged += from->recovered_damaged;
	to->regions += from->regions;
	to->unchecked += from->unchecked;
	to->hidden += from->hidden;
	to->repaired += from->repaired;
	to->names += from->names;
	to->inferred += from->inferred;
	to->long_fields += from->long_fields;
	to->disagreements += from->disagreements;
	to->one_sided += from->one_sided;
	to->conflicts += from->conflicts;
	to->other_channels += from->other_channels;
	account_time(to, from->first_time);
	account_time(to, from->last_time);
}

void
account_time(struct account *a, uint64_t filetime)
{
	if (filetime == 0)
		return;
	if (a->first_time == 0 || filetime < a->first_time)
		a->first_time = filetime;
	if (filetime > a->last_time)
		a->last_time = filetime;
}

uint64_t
account_filtered(const struct account *a)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < ACCOUNT_REASONS; i++)
		n += a->filtered[i];
	return n;
}

bool
account_closes(const struct account *a)
{
	return a->found ==
	       a->emitted + account_filtered(a) + a->duplicate + a->damaged;
}
