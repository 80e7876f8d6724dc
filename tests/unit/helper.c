/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/helper.h"

static struct arena arena = { .max = (size_t)64 << 20 };

void
helper_span(struct span got, struct span want, const char *file, int line)
{
	if (span_eq(got, want))
		return;
	print_error("got  (%zu) \"%.*s\"\nwant (%zu) \"%.*s\"\n", got.n,
	    (int)got.n, (const char *)got.p, want.n, (int)want.n,
	    (const char *)want.p);
	_fail(file, line);
}

void
helper_says(const char *text, const char *part, const char *file, int line)
{
	if (text != NULL && strstr(text, part) != NULL)
		return;
	print_error("\"%s\" does not say \"%s\"\n", text, part);
	_fail(file, line);
}

static void *
give(size_t n)
{
	void *const p = arena_alloc(&arena, n + 1);

	assert_non_null(p);
	return p;
}

struct span
bytes(const char *hex)
{
	uint8_t *const p = give(strlen(hex));
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		unsigned v;
		if (isspace((unsigned char)*hex))
			continue;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		p[n++] = (uint8_t)v;
		hex++;
	}
	return span_of(p, n);
}

static struct value
value_of(unsigned type, struct span s)
{
	return (struct value){ s.p, (uint32_t)s.n, (uint8_t)type };
}

struct value
hex_value(unsigned type, const char *hex)
{
	return value_of(type, bytes(hex));
}

struct value
wide_value(const char *ascii)
{
	const size_t n = strlen(ascii);
	uint8_t *const p = give(2 * n);

	for (size_t i = 0; i < n; i++)
		p[2 * i] = (uint8_t)ascii[i];
	return value_of(VALUE_WSTRING, span_of(p, 2 * n));
}

struct value
utf8_value(const char *text)
{
	return value_utf8(arena_copy(&arena, span_str(text)));
}

struct value
number_value(unsigned type, uint64_t v, unsigned width)
{
	uint8_t *const p = give(width);

	for (unsigned i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	return value_of(type, span_of(p, width));
}

static struct node **
end_of(struct node **list)
{
	while (*list != NULL)
		list = &(*list)->next;
	return list;
}

static struct node *
add(struct node **list, enum node_kind kind)
{
	struct node **last = end_of(list);
	struct node *const n = tree_add(&arena, &last, kind);

	assert_non_null(n);
	return n;
}

/* Remove and return the text up to one of the characters of `stop`. */
static struct span
take(const char **text, const char *stop)
{
	const char *const start = *text;

	*text += strcspn(start, stop);
	return arena_copy(&arena, span_of(start, (size_t)(*text - start)));
}

static void
add_leaf(struct node **list, const char **text, const char *stop)
{
	if (**text == '{') {
		struct node *const substitution = add(list, NODE_SUBSTITUTION);
		char *end;
		substitution->index = (uint16_t)strtoul(*text + 1, &end, 10);
		assert_int_equal(*end, '}');
		*text = end + 1;
		return;
	}
	add(list, NODE_TEXT)->value = value_utf8(take(text, stop));
}

static void
add_attr(struct node *element, const char **text)
{
	struct node *const a = add(&element->attrs, NODE_ATTRIBUTE);

	a->name = take(text, "=");
	*text += 2;
	while (**text != '\'')
		add_leaf(&a->kids, text, "'{");
	*text += 1;
}

static void
add_element(struct node **list, const char **text)
{
	struct node *const n = add(list, NODE_ELEMENT);

	*text += 1;
	n->name = take(text, " />");
	for (; **text == ' '; add_attr(n, text))
		*text += 1;
	if (**text == '/') {
		*text += 2;
		return;
	}
	for (*text += 1; strncmp(*text, "</", 2) != 0;) {
		assert_int_not_equal(**text, '\0');
		if (**text == '<')
			add_element(&n->kids, text);
		else
			add_leaf(&n->kids, text, "<{");
	}
	*text += strcspn(*text, ">") + 1;
}

const struct node *
sample(const char *text)
{
	struct node *root = NULL;

	add_element(&root, &text);
	assert_int_equal(*text, '\0');
	return root;
}

struct tree
sample_tree(const char *text, const struct value *values, size_t n_values)
{
	return (struct tree){ sample(text), values, n_values };
}

void
helper_free(void)
{
	arena_free(&arena);
}

int
helper_teardown(void **state)
{
	(void)state;
	helper_free();
	return 0;
}

void
temp_make(char path[TEMP_MAX])
{
	const char *const base = getenv("TMPDIR");

	(void)snprintf(path, TEMP_MAX, "%s/evtxunit.XXXXXX",
	    base != NULL && strlen(base) < TEMP_MAX / 2 ? base : "/tmp");
	assert_non_null(mkdtemp(path));
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

void
temp_remove(const char *path)
{
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *
in(const char *path, const char *name)
{
	static char place[8][4096];
	static unsigned turn;
	char *const out = place[turn++ % 8];

	(void)snprintf(out, sizeof(place[0]), "%s/%s", path, name);
	return out;
}

void
file_write(const char *path, struct span s)
{
	FILE *const f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(
	    fwrite(s.p == NULL ? "" : (const char *)s.p, 1, s.n, f), s.n);
	assert_int_equal(fclose(f), 0);
}

char *
file_text(const char *path)
{
	FILE *const f = fopen(path, "rb");
	struct buf b;

	if (f == NULL)
		return NULL;
	buf_init(&b, (size_t)64 << 20);
	for (size_t n = 1; n != 0; b.n += n) {
		uint8_t *const p = buf_room(&b, 65536);
		assert_non_null(p);
		n = fread(p, 1, 65536, f);
	}
	(void)fclose(f);
	buf_byte(&b, '\0');
	return (char *)b.p;
}

int
file_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

const char *
segment_name(size_t i)
{
	static char name[40];

	(void)snprintf(name, sizeof(name), "segments/%06zu.ndjson", i + 1);
	return name;
}

void
mkevtx(const char *path, const char *description, const char *odd)
{
	static const char program[] = "tests/mkevtx/mkevtx";
	char text[4200];

	if (access(program, X_OK) == -1) {
		print_message("%s was not built\n", program);
		skip();
	}
	(void)snprintf(text, sizeof(text), "%s.txt", path);
	file_write(text, span_str(description));
	const pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)execl(program, program, "--describe", text, "-o", path,
		    odd == NULL ? NULL : "--odd", odd, NULL);
		_exit(127);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)unlink(text);
}

uint32_t
dice(uint32_t below)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}
