/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/row_digest.h"
#include "util/mix.h"
#include "util/num.h"

enum part { PROCESS, THREAD, ACTIVITY, RELATED, USER, PARTS };

struct parts {
	uint64_t number[2]; /* ids of the process and of the thread */
	/* The GUIDs ActivityID and RelatedActivityID. */
	uint8_t guid[2][NUM_GUID_BYTES];
	struct span user;
};

static uint64_t
digest_of(const struct parts *p)
{
	uint64_t word[(size_t)2 * NUM_GUID_BYTES / sizeof(uint64_t)];
	uint64_t sum = mix_word(mix_word(0, p->number[0]), p->number[1]);

	memcpy(word, p->guid, sizeof(word));
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++)
		sum = mix_word(sum, word[i]);
	return p->user.n == 0 ? sum : mix_bytes(sum, p->user);
}

/* The place of a part in a line: after `name`, in the object that begins with
 * `object`. Parts without a name are not written by the schema. */
struct place {
	/* Text with which the object begins; NULL: the part is a member of the
	 * line. */
	const char *object;
	const char *name;
};

static const struct place in_row[PARTS] = {
	[PROCESS] = { NULL, ",\"SystemProcessId\":" },
	[THREAD] = { NULL, ",\"SystemThreadId\":" },
	[ACTIVITY] = { NULL, ",\"Correlation\":" },
	[USER] = { NULL, ",\"SystemUserId\":" },
};

static const struct place in_raw[PARTS] = {
	[PROCESS] = { "\"Execution\":{\"#attributes\":{", "\"ProcessID\":" },
	[THREAD] = { "\"Execution\":{\"#attributes\":{", "\"ThreadID\":" },
	[ACTIVITY] = { "\"Correlation\":{\"#attributes\":{",
	    "\"ActivityID\":" },
	[RELATED] = { "\"Correlation\":{\"#attributes\":{",
	    "\"RelatedActivityID\":" },
	[USER] = { "\"Security\":{\"#attributes\":{", "\"UserID\":" },
};

static const struct place in_ecs[PARTS] = {
	[PROCESS] = { ",\"process\":{", "\"pid\":" },
	[THREAD] = { ",\"process\":{", "\"thread\":{\"id\":" },
	[ACTIVITY] = { NULL, ",\"activity_id\":" },
	[RELATED] = { NULL, ",\"related_activity_id\":" },
	[USER] = { ",\"user\":{", "\"identifier\":" },
};

static const struct place in_event[PARTS] = {
	[USER] = { NULL, ",\"UserName\":" },
};

static const struct place *
places_of(const struct schema *schema)
{
	return schema == &schema_raw           ? in_raw
	       : schema == &schema_ecs         ? in_ecs
	       : schema == &schema_event_table ? in_event
					       : in_row;
}

/* --- a record ------------------------------------------------------------- */

static void
read_guid(uint8_t out[NUM_GUID_BYTES], const struct value *v, struct buf *text)
{
	uint8_t guid[NUM_GUID_BYTES];

	if (v->type == VALUE_GUID && v->n == NUM_GUID_BYTES) {
		memcpy(out, v->p, NUM_GUID_BYTES);
		return;
	}
	buf_cut(text, 0);
	value_text(text, v);
	if (num_parse_guid(buf_span(text), guid))
		memcpy(out, guid, sizeof(guid));
}

uint64_t
row_digest(const struct schema *schema, const struct system_fields *s,
    const struct value *values, struct buf *text)
{
	static const enum system_field fields[PARTS] = { SYSTEM_PROCESS_ID,
		SYSTEM_THREAD_ID, SYSTEM_ACTIVITY_ID,
		SYSTEM_RELATED_ACTIVITY_ID, SYSTEM_USER_ID };
	const struct place *const places = places_of(schema);
	const struct value *v[PARTS] = { NULL };
	struct parts p;

	memset(&p, 0, sizeof(p));
	for (int i = 0; i < PARTS; i++) {
		if (places[i].name != NULL)
			v[i] = system_fields_value(s, fields[i], values);
	}
	for (int i = 0; i < 2; i++) {
		uint64_t n;
		if (v[PROCESS + i] != NULL && value_u64(v[PROCESS + i], &n))
			p.number[i] = n;
		if (v[ACTIVITY + i] != NULL)
			read_guid(p.guid[i], v[ACTIVITY + i], text);
	}
	buf_cut(text, 0);
	if (v[USER] != NULL)
		value_json(text, v[USER]);
	p.user = buf_span(text);
	return digest_of(&p);
}

/* --- a line --------------------------------------------------------------- */

/* Returns what precedes the text in s; all of s if the text is not found. */
static struct span
before(struct span s, const char *text)
{
	const uint8_t *const at =
	    s.n == 0 ? NULL : memmem(s.p, s.n, text, strlen(text));

	return at == NULL ? s : span_of(s.p, (size_t)(at - s.p));
}

/* Returns what follows the text in s; empty if the text is not found. */
static struct span
after(struct span s, const char *text)
{
	const size_t n = before(s, text).n;
	const size_t skip = n + strlen(text);

	return skip > s.n ? span_of(NULL, 0) : span_of(s.p + skip, s.n - skip);
}

/* Returns the value at a place: the content of a string, or the digits of a
 * number; empty if there is none. */
static struct span
find(struct span line, const struct place *place)
{
	struct span s = line;

	if (place->name == NULL)
		return span_of(NULL, 0);
	if (place->object != NULL)
		s = before(after(s, place->object), "}");
	s = after(s, place->name);
	if (s.n > 0 && s.p[0] == '"')
		return before(span_of(s.p + 1, s.n - 1), "\"");
	size_t n = 0;
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return span_of(s.p, n);
}

/* Returns the SID of a user as rows name it; empty if there is no user. */
static struct span
sid_of_user(struct span user)
{
	static const struct {
		const char *shown;
		const char *sid;
	} names[] = {
		{ "N/A", "" },
		{ "NT AUTHORITY\\\\SYSTEM", "S-1-5-18" },
		{ "NT AUTHORITY\\\\LOCAL SERVICE", "S-1-5-19" },
		{ "NT AUTHORITY\\\\NETWORK SERVICE", "S-1-5-20" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (span_eq(user, span_str(names[i].shown)))
			return span_str(names[i].sid);
	}
	return user;
}

uint64_t
row_digest_of_line(const struct schema *schema, struct span line)
{
	static const char *const data[] = { "\"EventData\":", "\"UserData\":",
		"\"event_data\":", "\"user_data\":" };
	const struct place *const places = places_of(schema);
	uint8_t guid[NUM_GUID_BYTES];
	struct parts p;
	uint64_t n;

	/* In these schemas the event's own data could have members of the same
	 * names. */
	if (places == in_raw || places == in_ecs) {
		for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++)
			line = before(line, data[i]);
	}
	memset(&p, 0, sizeof(p));
	for (int i = 0; i < 2; i++) {
		if (num_parse_u64(find(line, &places[PROCESS + i]), &n))
			p.number[i] = n;
		if (num_parse_guid(find(line, &places[ACTIVITY + i]), guid))
			memcpy(p.guid[i], guid, sizeof(guid));
	}
	p.user = sid_of_user(find(line, &places[USER]));
	return digest_of(&p);
}
